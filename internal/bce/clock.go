package bce

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// clock is the time by which requests are signed: this machine's, corrected for
// each host by the Date headers of its answers. A signature lives by the cloud's
// clock from the time that it names. If that time is ahead of the cloud's, a
// delayed request lives longer than its sender thinks, and may buy when it has
// been given up. So
//
//	any answer's Date       may move the clock of its host back
//	a RequestExpired's Date may move it either way: there it proves something
//
// A request that is signed too early is only refused, and then the clock is
// corrected. Our own clock may be right where the Date is not; but no answer says
// so, and all that a refusal proves is that a signature has died. So after a Date
// that led to one our own is believed by a signature's life more at each refusal.
// That is left to reads, which are tried again whenever the clock was moved, until
// they are served; a renewal is tried once more. Safe for concurrent use.
type clock struct {
	now func() time.Time

	mu    sync.Mutex
	hosts map[string]hostClock
}

// hostClock is what is known of a host's clock.
type hostClock struct {
	offset time.Duration // what to add to now
	by     time.Time     // now when a Date set the offset
	astray bool          // its Date has led to a refusal: it moves nothing back any more
}

const (
	// minCorrection is the least error of the clock that is corrected. Less than
	// that never makes a request expired, and is far less than its life.
	minCorrection = 5 * time.Second
	// maxCorrection is how far a Date may be away and still be believed, where
	// no refusal proves it.
	maxCorrection = 24 * time.Hour
	// dateUnit is what a Date header is cut to.
	dateUnit = time.Second
)

// offset is what to add to now for a request to a host.
func (k *clock) offset(host string) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.hosts[host].offset
}

// learn takes in the Date of an answer, and reports by how much the host's clock
// is moved back, 0 if it is not. began is when the request began, by now.
// Only answers that bear the cloud's mark are listened to: others are a gateway's.
func (k *clock) learn(host string, header http.Header, began time.Time) time.Duration {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || header.Get("X-Bce-Request-Id") == "" {
		return 0
	}
	now := k.now()
	// The cloud wrote the date at some time of the request, which took this long by
	// the monotonic clock. So its offset is at least, and at most:
	least := date.Sub(now)
	most := least + now.Sub(began) + dateUnit

	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.hosts[host]
	if h.astray || h.offset-most <= minCorrection || least < -maxCorrection {
		return 0
	}
	back := h.offset - least
	h.offset, h.by = least, now
	k.set(host, h)
	return back
}

// correct learns from an answer that called a request expired, which was signed
// with an offset. It reports whether signing again may succeed: the clock was
// wrong, had been led astray, or was not to blame.
func (k *clock) correct(host string, header http.Header, signed, life time.Duration, began time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.hosts[host]
	date, err := http.ParseTime(header.Get("Date"))
	now := k.now()
	took := elapsed(began, now)
	if took >= life {
		// Only a machine that slept, or whose clock was set, has waited so long. The
		// signature died on its way, by a right clock as well as by a wrong one.
		return true
	}
	offset := date.Sub(now)
	// Compared with the clock of that very request: of several in flight, the
	// first answer corrects the clock for all.
	if err == nil && (offset-signed).Abs() >= minCorrection && (!h.astray || offset > signed) {
		if signed < 0 && signed == h.offset && offset > signed {
			// A Date had moved it back, and too far, unless our clock was set back since.
			since := now.Sub(h.by)
			setBack := since - now.Round(0).Sub(h.by.Round(0))
			h.astray = h.astray || (offset-signed-setBack).Abs() >= minCorrection
		}
		h.offset, h.by = offset, now
		k.set(host, h)
		return true
	}
	if signed >= 0 {
		if h.astray || signed == 0 {
			return false
		}
		k.set(host, hostClock{astray: true})
		return true
	}
	// Signed by the Date of this host, and refused as too old: its clock is ahead of
	// that by a signature's life. Our own may be ahead of it, and is not believed
	// further than that.
	k.set(host, hostClock{offset: min(0, max(h.offset, signed+life-took)), astray: true})
	return true
}

// elapsed is how long something took by that clock by which it took longer: the
// monotonic one stands still while a machine sleeps, and the wall clock may be set.
func elapsed(began, now time.Time) time.Duration {
	return max(now.Sub(began), now.Round(0).Sub(began.Round(0)))
}

// set notes what is known of a host. The caller holds mu.
func (k *clock) set(host string, h hostClock) {
	if k.hosts == nil {
		k.hosts = map[string]hostClock{}
	}
	k.hosts[host] = h
}

// correctClock is clock.correct, with a debug line.
func (c *Client) correctClock(ctx context.Context, host string, rep reply) bool {
	again := c.clock.correct(host, rep.header, rep.offset, c.SignatureLife(), rep.began)
	if again {
		c.log.DebugContext(ctx, "the request had expired for the cloud, and the clock is corrected, unless this machine slept",
			"host", host, "by", (c.clock.offset(host) - rep.offset).Round(time.Millisecond))
	}
	return again
}
