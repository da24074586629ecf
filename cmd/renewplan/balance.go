package main

import (
	"context"

	"renewplan/internal/plan"
)

// checkBalance holds the account's balance against what the rows cost, as far as
// that is known, and refuses to begin what it does not cover. Many accounts' keys
// may not read the balance; then a line says so, and the run goes on.
func (p *process) checkBalance(ctx context.Context, j *job, rows []plan.Row, ignore bool) error {
	var cost plan.Fen
	known := false
	for _, row := range rows {
		if price, ok := plan.ParseFen(row.Price); ok {
			cost, known = cost.Plus(price), true
		}
	}
	ctx, stop := p.interruptible(ctx)
	defer stop()
	fen, err := j.conn.balance(ctx)
	j.conn.requests++
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		p.say("the account's balance could not be read, so it is not compared with the price: %v", err)
		return nil
	}
	balance := plan.Fen(fen)
	if !known {
		p.say("balance: CNY %s; no price of what is to be renewed is known", balance)
		return nil
	}
	p.say("balance: CNY %s; known price of what is to be renewed: CNY %s", balance, cost)
	if balance >= cost {
		return nil
	}
	if ignore {
		p.warn("the balance is CNY %s short", cost-balance)
		return nil
	}
	return refused("the account's balance of CNY %s does not cover the price of CNY %s, it is CNY %s short; nothing was sent",
		balance, cost, cost-balance).
		hint("pay in, or let --ignore-balance apply it where credit or vouchers cover the rest")
}
