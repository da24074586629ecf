package main

import "context"

// interruptible returns a context that the first interrupt cancels. The second
// one ends the process. It is for the parts of a command that buy nothing.
// stop must be called; it returns when no interrupt is being handled any more.
func (p *process) interruptible(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopWatching := p.watch(cancel, "")
	return ctx, func() { stopWatching(); cancel() }
}

// drainable returns a channel that the first interrupt closes, for the part of
// a command that buys: what is in flight finishes and is recorded. The second
// interrupt ends the process; the ledger already knows what was sent. Until stop is
// called, messages wait for nobody who does not read them; stop waits.
func (p *process) drainable() (stopped <-chan struct{}, stop func()) {
	ch := make(chan struct{})
	catchUp := p.stderr.fallBehind()
	stopWatching := p.watch(func() { close(ch) },
		"interrupted: nothing more is sent, what is in flight finishes; interrupt again to leave at once")
	return ch, func() { catchUp(); stopWatching() }
}

// watch calls first on the first interrupt, after saying message unless it is
// empty, and exits the process on the second.
func (p *process) watch(first func(), message string) (stop func()) {
	signals, stopSignals := p.signals()
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-quit:
			return
		case <-signals:
		}
		if message != "" {
			p.say("%s", message)
		}
		first()
		select {
		case <-quit:
		case <-signals:
			p.exit(int(statusInterrupted))
		}
	}()
	return func() {
		stopSignals()
		close(quit)
		<-ended
	}
}
