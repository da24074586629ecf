package main

import (
	"context"

	"renewplan/internal/plan"
)

// checkBalance holds the account's balance against what the rows cost, as far as
// that is known, and refuses to begin what it does not cover. Many accounts' keys
// may not read the balance; then a line says so, and the run goes on.
//
// Where no price is known, nothing depends on it. Then, if nobody is asked whether
// to apply, it is read while the run goes on, and told by the function returned.
func (p *process) checkBalance(ctx context.Context, opt *applyOptions, j *job, rows []plan.Row) (tell func(), err error) {
	cost, known := knownPrice(rows)
	if !known && opt.autoApprove {
		return p.balanceBeside(ctx, j), nil
	}
	return func() {}, p.compareBalance(ctx, j, cost, known, opt.ignoreBalance)
}

// knownPrice adds up what rows cost, as far as that is known.
func knownPrice(rows []plan.Row) (cost plan.Fen, known bool) {
	for _, row := range rows {
		if price, ok := plan.ParseFen(row.Price); ok {
			cost, known = cost.Plus(price), true
		}
	}
	return cost, known
}

// balanceBeside begins to read the balance. The function that it returns tells it,
// and does not wait for one that has not come.
func (p *process) balanceBeside(ctx context.Context, j *job) (tell func()) {
	ctx, cancel := context.WithCancel(ctx)
	var fen int64
	var err error
	read := make(chan struct{})
	j.conn.requests++
	go func() {
		defer close(read)
		fen, err = j.conn.balance(ctx)
	}()
	return func() {
		defer cancel()
		inTime := true
		select {
		case <-read:
		default:
			inTime = false
			cancel()
			<-read
		}
		if !inTime && err != nil {
			p.say("the account's balance had not come when the run was over; no price of what is renewed is known")
			return
		}
		p.sayBalance(plan.Fen(fen), err)
	}
}

// sayBalance tells the balance where no price is known.
func (p *process) sayBalance(balance plan.Fen, err error) {
	if err != nil {
		p.say("the account's balance could not be read: %v", err)
		return
	}
	p.say("balance: CNY %s; no price of what is to be renewed is known", balance)
}

func (p *process) compareBalance(ctx context.Context, j *job, cost plan.Fen, known, ignore bool) error {
	ctx, stop := p.interruptible(ctx)
	defer stop()
	fen, err := j.conn.balance(ctx)
	j.conn.requests++
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case !known:
		p.sayBalance(plan.Fen(fen), err)
		return nil
	case err != nil:
		p.say("the account's balance could not be read, so it is not compared with the price: %v", err)
		return nil
	}
	balance := plan.Fen(fen)
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
