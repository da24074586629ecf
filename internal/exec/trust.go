package exec

import "time"

// Bounds on what is borne of a host.
const (
	// leastBudget is how many failed requests to a host are borne, besides one for
	// each row of the run. What goes well gives one back.
	leastBudget = 50
	// mostSilent is how many requests to a host that has never answered are made, if
	// they have taken silentFor.
	mostSilent = 6
	silentFor  = 5 * time.Second
)

// trust is how a host has done, and whether anything new is sent to it. Each host
// has its own, so that one in trouble ends nothing but the rows behind it, and is
// not asked ever more often. It is a value with a clock handed in; limiter owns it.
type trust struct {
	budget   int
	answered bool
	silent   int       // requests without an answer, while there has not been any
	since    time.Time // when the first of them ended
	lost     string    // why the host was given up, for people; "" if it was not
}

func newTrust(rows int) trust { return trust{budget: leastBudget + rows} }

// well takes in that a request went well.
func (t *trust) well() {
	t.answered = true
	t.budget++
}

// failed takes in that a request failed: how, and whether there was an answer.
func (t *trust) failed(answered bool, how string, now time.Time) {
	t.budget--
	if t.answered = t.answered || answered; !t.answered {
		if t.silent++; t.silent == 1 {
			t.since = now
		}
	}
	switch {
	case t.lost != "":
	case t.budget <= 0:
		t.lost = "too many requests in a row failed, the newest: " + how
	case !t.answered && t.silent >= mostSilent && now.Sub(t.since) >= silentFor:
		t.lost = "it has not answered once: " + how
	}
}
