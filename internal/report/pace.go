package report

import (
	"sort"
	"time"

	"renewplan/internal/plan"
)

// How the time left is estimated.
const (
	paceWindow = 30 * time.Second // the speed is that of so long ago until now
	paceStep   = time.Second      // moves nearer to each other count as one
	paceSilent = 15 * time.Second // nothing is said while nothing has moved for so long
)

// pace estimates how long a run still takes. A row moves when the cloud has
// answered its purchase, or when it is done without one; reading it back comes
// after that, for many rows at once, and goes on while others move. So the time
// left is what those that have not moved take at the recent speed, and then as
// long as rows have lately waited to be read back.
type pace struct {
	moves   []move // the first is the state at the first update: what had moved before counts for no speed
	done    int    // rows that are done
	wait    time.Duration
	stirred time.Duration // when a row moved or was done last
}

// move says how many rows had moved at the end of a step.
type move struct {
	from, at time.Duration // of the run's clock: the first and the last move of the step
	rows     int
}

// update takes the newest state.
func (p *pace) update(now plan.Progress) {
	rows := max(now.Done, now.Sent)
	if len(p.moves) == 0 {
		p.moves = append(p.moves, move{now.Elapsed, now.Elapsed, rows})
		p.done, p.stirred = now.Done, now.Elapsed
		return
	}
	if last := &p.moves[len(p.moves)-1]; rows > last.rows {
		p.stirred = now.Elapsed
		if len(p.moves) > 1 && now.Elapsed-last.from < paceStep {
			last.at, last.rows = now.Elapsed, rows
		} else {
			p.moves = append(p.moves, move{now.Elapsed, now.Elapsed, rows})
		}
	}
	if now.Done > p.done {
		p.stirred = now.Elapsed
		p.wait = now.Elapsed - p.moved(p.done+1)
		p.done = now.Done
	}
}

// moved is when so many rows had moved, or fewer at the first update.
func (p *pace) moved(rows int) time.Duration {
	i := sort.Search(len(p.moves)-1, func(i int) bool { return p.moves[i].rows >= rows })
	m := p.moves[i]
	if i == 0 {
		return m.at
	}
	before := p.moves[i-1].rows
	return m.from + (m.at-m.from)*time.Duration(rows-before)/time.Duration(m.rows-before)
}

// left is the time left at the newest state; ok is false where nothing can be
// said of it.
func (p *pace) left(now plan.Progress) (left time.Duration, ok bool) {
	last := p.moves[len(p.moves)-1]
	if now.Done >= now.Total || now.Elapsed-p.stirred >= paceSilent {
		return 0, false
	}
	wait := p.wait
	if p.done < last.rows {
		wait = max(wait, now.Elapsed-p.moved(p.done+1))
	}
	if last.rows >= now.Total {
		left = last.at + wait - now.Elapsed
		return left, left >= time.Second
	}
	// The first move is no part of the speed: what came before it was no work of
	// this kind.
	first := 1
	for first+1 < len(p.moves) && p.moves[first+1].at <= last.at-paceWindow {
		first++
	}
	if first >= len(p.moves)-1 {
		return 0, false
	}
	base := p.moves[first]
	each := float64(last.at-base.at) / float64(last.rows-base.rows)
	left = time.Duration(each*float64(now.Total-last.rows)) + wait
	return left, left >= time.Second
}
