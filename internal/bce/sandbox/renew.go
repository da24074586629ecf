package sandbox

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"renewplan/internal/bce"
)

// result is what a renewal came to: a refusal, or a success with the body that
// answers it.
type result struct {
	Refusal *apiError `json:"refusal,omitempty"`
	Body    string    `json:"body,omitempty"`
}

// delayed is a request whose client got no answer, and which is processed later.
type delayed struct {
	purchase
	at      time.Time
	request *http.Request // for its signature
}

// renew answers a renewal whose signature is right.
func (s *Sandbox) renew(r *http.Request, k bce.Kind, id, region string, body []byte) reply {
	p, bad := parsePurchase(r, k, body)
	if bad == nil && s.cfg.UnitStrict && !unitAsOnPage(body, k) {
		bad = inappropriate("reservationTimeUnit is not %q.", k.Unit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad != nil {
		s.counts.Rejected++
		return s.fail(bad)
	}
	p.id, p.region, p.accessKeyID = id, region, accessKeyID(r)
	e, bad := s.find(key{region, k.Name, id})
	if bad != nil {
		s.counts.Rejected++
		return s.fail(bad)
	}
	s.counts.Purchases++
	e.Purchases++
	s.changes++
	p.fate = s.draw(false, e.key(), e.Purchases)
	order := s.hash("order", e.key(), e.Purchases)
	p.orderID = hex.EncodeToString(order[:16])
	out, done := s.before(p, r)
	if !done {
		out = s.after(p, s.purchase(p, s.now()))
	}
	if p.fate.has(Slow) {
		out.wait = s.faults.SlowBy.or(2 * time.Second)
	}
	return out
}

// before is the answer if the request's fate is to buy nothing now. The caller
// holds s.mu.
func (s *Sandbox) before(p purchase, r *http.Request) (reply, bool) {
	switch hit := p.fate.has; {
	case hit(LostRequest):
		return reply{end: lost}, true
	case hit(ResetBefore):
		return reply{end: reset}, true
	case hit(HangBefore):
		return reply{end: hang}, true
	case hit(ErrorBefore):
		return s.fail(s.faults.serverError()), true
	case hit(HTMLBefore):
		return s.html(http.StatusBadGateway), true
	case hit(PortalBefore):
		return s.html(http.StatusOK), true
	case hit(Throttle):
		return s.fail(s.faults.throttled()), true
	case hit(Refuse):
		refused := s.faults.refused()
		if p.fate.has(ReplayRefusal) {
			s.withToken(p, s.now(), func() result { return result{Refusal: refused} })
		}
		return s.fail(refused), true
	case hit(Delayed):
		at := s.now().Add(s.faults.DelayBy.or(45 * time.Second))
		s.delayed = append(s.delayed, delayed{p, at, r.Clone(context.WithoutCancel(r.Context()))})
		return reply{end: lost}, true
	}
	return reply{}, false
}

// after is how the result reaches the client, if at all. The caller holds s.mu.
func (s *Sandbox) after(p purchase, res result) reply {
	out := s.ok([]byte(res.Body))
	if res.Refusal != nil {
		out = s.fail(res.Refusal)
	}
	switch hit := p.fate.has; {
	case hit(LostAnswer):
		out.end = lost
	case hit(ResetAfter):
		out.end = reset
	case hit(HangAfter):
		out.end = hang
	case hit(ErrorAfter):
		return s.fail(s.faults.serverError())
	case hit(HTMLAfter):
		return s.html(http.StatusBadGateway)
	case hit(CutBody):
		if len(out.body) == 0 {
			out.body = orderBody(p.orderID)
		}
		out.end = cut
	}
	return out
}

// buy decides on a renewal that no token settles, and charges it. The caller
// holds s.mu.
func (s *Sandbox) buy(p purchase, now time.Time) result {
	e, bad := s.find(key{p.region, p.kind.Name, p.id})
	if bad != nil {
		return result{Refusal: bad}
	}
	e.show(now)
	if bad := refusal(e, p.kind, now); bad != nil {
		return result{Refusal: bad}
	}
	before, from := e.Expiry, e.Expiry
	if s.cfg.RenewFrom == "now" && before.Before(now) {
		from = now.Truncate(time.Second)
	}
	after := addMonths(from, p.months, s.cfg.UnifiedDay)
	if p.fate.has(WrongExpiry) {
		after = after.Add(s.faults.WrongBy.or(10 * 24 * time.Hour)).Truncate(time.Second)
	}
	shows := now
	if p.kind.Async {
		shows = shows.Add(s.cfg.InstanceDelay)
	}
	if p.fate.has(Late) {
		shows = shows.Add(s.faults.LateBy.or(2 * time.Minute))
	}
	things, along := s.renewAttached(e, p, after)
	e.move(after, things, shows)
	if strings.EqualFold(e.Status, statusExpired(p.kind)) {
		e.Status = "" // a resource that was stopped for its expiry starts again
	}
	s.charges = append(s.charges, Charge{
		Region: e.Region, Kind: e.Kind, ID: e.ID, Months: p.months, RelatedRenewFlag: p.flag,
		Token: p.token, OrderID: p.orderID, Along: along, Before: before, After: after, At: now,
	})
	s.changes++
	return result{Body: successBody(p)}
}

// refusal says why the cloud would not renew a resource, or nil. The codes for
// postpaid and dedicated resources are not documented.
func refusal(e *entry, k bce.Kind, now time.Time) *apiError {
	isBusy := func(b string) bool { return strings.EqualFold(b, e.status(k, now)) }
	switch {
	case e.Payment != prepaid:
		return badRequest("%s %s is postpaid and not eligible for renewal.", e.Kind, e.ID)
	case e.Dedicated:
		return denied("a dedicated instance does not support renewal.")
	case slices.ContainsFunc(k.Busy, isBusy):
		return denied("%s %s is %s.", e.Kind, e.ID, e.status(k, now))
	}
	return nil
}

// successBody is the body of a 200: an order for instances and nothing for the
// other kinds, unless a fault has it otherwise.
func successBody(p purchase) string {
	switch hit := p.fate.has; {
	case hit(EmptyBody):
		return ""
	case hit(OrderBody):
		return string(orderBody(p.orderID))
	case hit(OtherBody):
		return `{"success":true,"result":{"status":"READY_FOR_CREATE"}}`
	case hit(BrokenBody):
		return `{"orderId":"` + p.orderID[:8]
	}
	if p.kind.Name == "instance" {
		return string(orderBody(p.orderID))
	}
	return ""
}

func orderBody(orderID string) []byte {
	b, _ := json.Marshal(map[string]string{"orderId": orderID})
	return b
}

// settle processes the delayed requests that are due, each at its own time. It
// comes before anything else looks at the state, so that nobody can tell it
// from a request that arrived at that time. The caller holds s.mu.
func (s *Sandbox) settle() {
	now := s.now()
	for {
		next := -1
		for i, d := range s.delayed {
			if !d.at.After(now) && (next < 0 || d.at.Before(s.delayed[next].at)) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		d := s.delayed[next]
		s.delayed = slices.Delete(s.delayed, next, next+1)
		if bce.Verify(d.request, s.secret, d.at.Add(time.Duration(s.faults.Skew))) == nil {
			s.purchase(d.purchase, d.at)
		}
	}
}
