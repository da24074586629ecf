package exec

import "time"

// Numbers of the search for a host's limit.
const (
	startRate = 250.0 // requests per second to begin with, where the ceiling is higher
	leastRate = 0.5   // it never goes slower, and the budget ends a run that gets nowhere

	stepLeast = 20 * time.Millisecond  // between two doublings, while nothing was throttled,
	stepMost  = 100 * time.Millisecond // with two round trips in between, or one if that is long
	probeStep = 250 * time.Millisecond // between two steps of a probe

	safe      = 0.97 // of the measured limit is kept
	firstHold = 2 * time.Second
	mostHold  = time.Minute
	// noAdvice is how long nothing leaves after a throttled answer that does not say.
	noAdvice = 500 * time.Millisecond
)

// pacer decides how fast requests may leave for one host, of which nothing is
// known but its answers. It is a value with a clock handed in; limiter owns it.
//
//	search   begin at startRate and double about every round trip, until the
//	         first throttled answer or the ceiling
//	cut      nothing leaves while the cloud says so; then go on at the limit
//	         that was measured: what was served between two throttled answers,
//	         by the time between them, for at both the cloud had nothing left to give
//	hold     stay there, each time longer that the same limit was found again
//	probe    then go a little faster, ever quicker, until the next cut
//
// One burst of throttled answers is one cut: requests that left before it say
// nothing about what came after it.
type pacer struct {
	ceiling float64 // requests per second, never exceeded
	rate    float64 // now

	tokens  float64 // requests that may leave at once
	counted time.Time
	blocked time.Time // nothing leaves before

	epoch   int       // how many cuts there were
	cut     time.Time // when the request left that the last cut is due to, or the first one of all
	left    int       // requests that left in this epoch
	level   float64   // what is held, once there was a cut
	excess  float64   // what a probe goes beyond the level, as a share of it
	sure    bool      // the level was measured
	saves   bool      // what is not used can be saved up there, as it seems
	hold    time.Duration
	stepped time.Time // when the rate was last changed, or the level may be acted upon
	short   bool      // since then somebody had to wait for the pace
}

// pass is the leave of one request.
type pass struct {
	at    time.Time
	epoch int
	nr    int // how many had left before it in its epoch
}

func newPacer(ceiling float64) pacer {
	return pacer{ceiling: ceiling, rate: min(ceiling, startRate), tokens: 1}
}

// burst is how many requests may leave at once: a twentieth of a second's worth.
func burst(perSecond float64) float64 { return max(1, perSecond/20) }

// take lets one request leave, or says how long to wait before asking again.
func (p *pacer) take(now time.Time) (pass, time.Duration) {
	if d := p.blocked.Sub(now); d > 0 {
		p.counted = p.blocked
		return pass{}, d
	}
	if p.counted.IsZero() {
		p.counted, p.cut, p.stepped = now, now, now
	}
	p.tokens = min(burst(p.rate), p.tokens+max(0, now.Sub(p.counted).Seconds())*p.rate)
	p.counted = now
	if p.tokens < 1-1e-9 {
		p.short = true
		return pass{}, max(time.Microsecond, time.Duration(min((1-p.tokens)/p.rate, 3600)*float64(time.Second)))
	}
	p.tokens--
	p.left++
	return pass{now, p.epoch, p.left - 1}, 0
}

// served takes in that a request was answered, and not throttled.
func (p *pacer) served(by pass, now time.Time) {
	if by.epoch != p.epoch || by.at.Before(p.stepped) || !p.short || p.rate >= p.ceiling {
		return
	}
	since := now.Sub(p.stepped)
	switch {
	case p.epoch == 0:
		trip := now.Sub(by.at)
		if since < min(max(2*trip, stepLeast), stepMost) {
			return
		}
		if p.rate *= 2; trip >= 2*stepMost {
			p.rate *= 2 // so that a far cloud is not found more slowly
		}
	case p.excess == 0:
		if since < p.hold {
			return
		}
		p.excess = 0.05
		if p.sure {
			p.excess = 0.02
		}
		p.rate = p.level * (1 + p.excess)
	default:
		if since < probeStep {
			return
		}
		if p.excess *= 1.35; p.sure {
			p.excess *= 1.2 / 1.35
		}
		p.rate = p.level * (1 + p.excess)
	}
	p.rate = min(p.rate, p.ceiling)
	p.stepped, p.short = now, false
}

// throttled takes in an answer that asked to slow down for at least after; 0 if
// it did not say.
func (p *pacer) throttled(by pass, now time.Time, after time.Duration) {
	if after <= 0 {
		after = noAdvice
		if by.epoch != p.epoch {
			after = 0
		}
	}
	if until := now.Add(after); until.After(p.blocked) {
		p.blocked = until
	}
	if by.epoch != p.epoch {
		return
	}
	before := p.level
	p.level = min(max(p.next(by, after), leastRate), p.ceiling)
	switch {
	case p.sure && p.epoch > 1 && p.level > 0.9*before && p.level < 1.1*before:
		p.hold = min(2*p.hold, mostHold)
	case p.sure:
		p.hold = firstHold
	default:
		p.hold = time.Second
	}
	p.rate, p.excess, p.tokens = p.level, 0, min(p.tokens, 1)
	p.epoch++
	p.left, p.cut, p.stepped, p.short = 0, by.at, p.blocked, false
}

// next is the rate to go on with after a cut: a little less than what the cloud
// has shown to give.
func (p *pacer) next(by pass, after time.Duration) float64 {
	spent := by.at.Sub(p.cut)
	measured := float64(by.nr) / max(spent, time.Millisecond).Seconds()
	p.sure = p.epoch > 0 && by.nr >= enough/2 && spent >= noAdvice/2
	switch {
	case p.epoch == 0 && by.nr >= enough:
		// A cloud that lets a second's worth be saved up has given that too: with the
		// pause, it comes out right, and too low for others. The next cut tells.
		p.saves = true
		return min(float64(by.nr)/(spent+after).Seconds(), p.rate/2)
	case p.epoch == 0:
		return p.rate / 4
	case !p.sure:
		return p.rate / 2
	case p.excess == 0:
		p.saves = true
		least := p.rate / 2
		if by.nr >= enough {
			least = p.rate / 10
		}
		return min(max(safe*measured, least), 0.95*p.rate)
	case p.saves && measured < 0.9*p.level: // the limit fell
		return max(safe*measured, p.rate/4)
	case p.saves && measured < 1.15*p.level:
		return min(max(p.level, measured), 0.95*p.rate)
	default:
		// The level was too low. What is not saved up is refused at once, so the rate
		// was the limit; if that is wrong, the next cut comes soon and measures it.
		p.saves = false
		return 0.85 * p.rate
	}
}

// enough is how many requests make a measurement of the limit.
const enough = 10
