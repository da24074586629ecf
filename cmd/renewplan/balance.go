package main

import (
	"context"
	"time"

	"renewplan/internal/plan"
)

// balancePatience is how long purchases wait for a balance that decides nothing.
const balancePatience = 10 * time.Second

// checkBalance holds the account's balance against what the rows cost, as far as
// that is known, and refuses to begin what it does not cover. Many accounts' keys
// may not read the balance; then a line says so, and the run goes on.
//
// Where no price is known, nothing depends on it. Then, if nobody is asked whether
// to apply, it is read beside the first looks: ready is closed when it is told, and
// stop ends the reading. In all other cases ready is nil.
func (p *process) checkBalance(ctx context.Context, opt *applyOptions, j *job, rows []plan.Row) (ready <-chan struct{}, stop func(), err error) {
	cost, known := knownPrice(rows)
	if !known && opt.autoApprove {
		ready, stop = p.balanceBeside(ctx, j)
		return ready, stop, nil
	}
	return nil, func() {}, p.compareBalance(ctx, j, cost, known, opt.ignoreBalance)
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

// balanceBeside begins to read the balance. It is told, and told is closed, unless
// stop comes first.
func (p *process) balanceBeside(ctx context.Context, j *job) (told <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	j.conn.requests++
	go func() {
		defer close(done)
		asking, enough := context.WithTimeout(ctx, balancePatience)
		defer enough()
		fen, err := j.conn.balance(asking)
		if ctx.Err() == nil {
			p.sayBalance(plan.Fen(fen), err)
		}
	}()
	return done, func() { cancel(); <-done }
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
