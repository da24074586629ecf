package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce/sandbox"
)

// Every fault of a purchase's outcome: what the client sees, and what was bought.
func TestAFaultDecidesWhatTheClientSeesAndWhatIsBought(t *testing.T) {
	type seen struct {
		status int
		code   string
		html   bool
		err    string // "cut", "reset" or ""
	}
	tests := map[sandbox.Fault]struct {
		seen    seen
		charges int
	}{
		sandbox.LostRequest:  {seen{err: "cut"}, 0},
		sandbox.LostAnswer:   {seen{err: "cut"}, 1},
		sandbox.ResetBefore:  {seen{err: "reset"}, 0},
		sandbox.ResetAfter:   {seen{err: "reset"}, 1},
		sandbox.ErrorBefore:  {seen{status: 500, code: "InternalError"}, 0},
		sandbox.ErrorAfter:   {seen{status: 500, code: "InternalError"}, 1},
		sandbox.HTMLBefore:   {seen{status: 502, html: true}, 0},
		sandbox.HTMLAfter:    {seen{status: 502, html: true}, 1},
		sandbox.PortalBefore: {seen{status: 200, html: true}, 0},
		sandbox.CutBody:      {seen{status: 200, err: "cut"}, 1},
		sandbox.Delayed:      {seen{err: "cut"}, 0},
		sandbox.Throttle:     {seen{status: 429, code: "RequestLimitExceeded"}, 0},
		sandbox.Refuse:       {seen{status: 403, code: "InsufficientBalance"}, 0},
	}
	for fault, want := range tests {
		t.Run(string(fault), func(t *testing.T) {
			cfg := sandbox.Config{Faults: script(once(fault))}
			for way, dial := range ways() {
				t.Run(way, func(t *testing.T) {
					s := open(t, cfg)
					c := dial(t, s)
					got := c.do(t, renewal("vpn", "t", "1"))
					saw := seen{status: got.status, code: got.code, html: strings.HasPrefix(got.body, "<html>")}
					switch {
					case errors.Is(got.err, syscall.ECONNRESET):
						saw.err = "reset"
					case errors.Is(got.err, io.EOF), errors.Is(got.err, io.ErrUnexpectedEOF):
						saw.err = "cut"
					case got.err != nil:
						t.Errorf("got error %v; want one of a cut or reset connection", got.err)
					}
					if saw != want.seen {
						t.Errorf("got %+v %q; want %+v", saw, got.body, want.seen)
					}
					wantCharges(t, s, want.charges)
					if moved := c.expiry(t, "vpn").After(soon); moved != (want.charges == 1) {
						t.Errorf("got expiry moved: %v; want %v", moved, want.charges == 1)
					}
					// The next one goes well, and the token makes that one charge in all.
					wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "")
					wantCharges(t, s, 1)
				})
			}
		})
	}
}

func TestAHangingAnswerEndsWithTheClientsPatience(t *testing.T) {
	for fault, charges := range map[sandbox.Fault]int{sandbox.HangBefore: 0, sandbox.HangAfter: 1} {
		t.Run(string(fault)+" in process", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := sandbox.New(sandbox.Config{Fleet: fleet(), Now: clockAt(day), Faults: script(once(fault))})
				if err != nil {
					t.Fatal(err)
				}
				c := inProcess(s)
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				begin := time.Now()
				got := c.doWith(t, ctx, renewal("vpn", "t", "1"))
				if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(begin) != 30*time.Second {
					t.Errorf("got %v after %s; want the deadline after 30s", got.err, time.Since(begin))
				}
				wantCharges(t, s, charges)
			})
		})
		t.Run(string(fault)+" over HTTP", func(t *testing.T) {
			s := open(t, sandbox.Config{Faults: script(once(fault))})
			waiting := make(chan struct{})
			c := overHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx := watched{r.Context(), sync.OnceFunc(func() { close(waiting) })}
				s.ServeHTTP(w, r.WithContext(ctx)) //nolint:contextcheck // watched is the request's own context
			}))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			result := make(chan answer, 1)
			go func() { result <- c.doWith(t, ctx, renewal("vpn", "t", "1")) }()
			select {
			case got := <-result:
				t.Fatalf("got %d %v; want no answer", got.status, got.err)
			case <-waiting:
				cancel()
			}
			if got := <-result; !errors.Is(got.err, context.Canceled) {
				t.Errorf("got %v; want that the client gave up", got.err)
			}
			wantCharges(t, s, charges)
		})
	}
}

// watched is a context that tells when somebody begins to wait for its end.
type watched struct {
	context.Context
	asked func()
}

func (w watched) Done() <-chan struct{} {
	w.asked()
	return w.Context.Done()
}

func TestASlowAnswerTakesItsTimeAndIsBoughtAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Config{Fleet: fleet(), Now: clockAt(day), Faults: sandbox.Faults{
			Script: []sandbox.Step{once(sandbox.Slow), once(sandbox.Slow)}, SlowBy: sandbox.Duration(7 * time.Second),
		}})
		if err != nil {
			t.Fatal(err)
		}
		c := inProcess(s)
		begin := time.Now()
		wantAnswer(t, c.do(t, renewal("vpn", "a", "1")), http.StatusOK, "")
		if got := time.Since(begin); got != 7*time.Second {
			t.Errorf("got an answer after %s; want 7s", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		if got := c.doWith(t, ctx, renewal("nat", "b", "1")); !errors.Is(got.err, context.DeadlineExceeded) {
			t.Errorf("got %d %v; want the deadline", got.status, got.err)
		}
		wantCharges(t, s, 2)
	})
}

func TestABodyOfASuccessIsWhatTheFaultSays(t *testing.T) {
	tests := map[sandbox.Fault]func(kind, body, order string) bool{
		sandbox.EmptyBody:  func(_, body, _ string) bool { return body == "" },
		sandbox.OrderBody:  func(_, body, order string) bool { return body == `{"orderId":"`+order+`"}` },
		sandbox.OtherBody:  func(_, body, order string) bool { return json.Valid([]byte(body)) && !strings.Contains(body, order) },
		sandbox.BrokenBody: func(_, body, _ string) bool { return body != "" && !json.Valid([]byte(body)) },
		"":                 func(kind, body, _ string) bool { return (kind == "instance") == (body != "") },
	}
	for fault, fits := range tests {
		for _, kind := range []string{"vpn", "instance"} {
			t.Run(fmt.Sprintf("%q %s", fault, kind), func(t *testing.T) {
				var f sandbox.Faults
				if fault != "" {
					f = script(once(fault))
				}
				for way, dial := range ways() {
					t.Run(way, func(t *testing.T) {
						s := open(t, sandbox.Config{Faults: f})
						c := dial(t, s)
						got := c.do(t, renewal(kind, "t", "1"))
						wantAnswer(t, got, http.StatusOK, "")
						wantCharges(t, s, 1)
						if order := s.Charges()[0].OrderID; !fits(kind, got.body, order) {
							t.Errorf("got body %q of order %s; want what %q says", got.body, order, fault)
						}
					})
				}
			})
		}
	}
}

func TestALateRenewalShowsLater(t *testing.T) {
	s := open(t, sandbox.Config{Faults: sandbox.Faults{
		Chance: map[sandbox.Fault]float64{sandbox.Late: 1}, LateBy: sandbox.Duration(5 * time.Minute),
	}})
	c := inProcess(s)
	c.do(t, renewal("vpn", "t", "1"))
	later(s, c, 5*time.Minute-time.Second)
	if got := c.expiry(t, "vpn"); !got.Equal(soon) {
		t.Errorf("got expiry %s; want the old one %s for 5 minutes", got, soon)
	}
	if got := s.Resources()[3].Expiry; !got.After(soon) {
		t.Errorf("got true expiry %s; want it moved at once", got)
	}
	later(s, c, time.Second)
	if got := c.expiry(t, "vpn"); !got.After(soon) {
		t.Errorf("got expiry %s after 5 minutes; want it moved", got)
	}
}

func TestANewerStateShowsNoOlderOneLater(t *testing.T) {
	s := open(t, sandbox.Config{Faults: script(once(sandbox.Late))})
	c := inProcess(s)
	c.do(t, renewal("vpn", "a", "1"))
	c.do(t, renewal("vpn", "b", "1"))
	want := time.Date(2027, 2, 5, 8, 30, 0, 0, time.UTC)
	if got := c.expiry(t, "vpn"); !got.Equal(want) {
		t.Errorf("got expiry %s; want both renewals: %s", got, want)
	}
	later(s, c, time.Hour)
	if got := c.expiry(t, "vpn"); !got.Equal(want) {
		t.Errorf("got expiry %s later; want both renewals still: %s", got, want)
	}
}

func TestAWrongExpiryDeviates(t *testing.T) {
	for by, want := range map[sandbox.Duration]time.Time{
		0:                                 time.Date(2027, 1, 15, 8, 30, 0, 0, time.UTC),
		sandbox.Duration(-24 * time.Hour): time.Date(2027, 1, 4, 8, 30, 0, 0, time.UTC),
	} {
		s := open(t, sandbox.Config{Faults: sandbox.Faults{Script: []sandbox.Step{once(sandbox.WrongExpiry)}, WrongBy: by}})
		c := inProcess(s)
		c.do(t, renewal("vpn", "t", "1"))
		if got := c.expiry(t, "vpn"); !got.Equal(want) {
			t.Errorf("got expiry %s; want %s", got, want)
		}
	}
}

func TestADelayedRequestIsProcessedOnlyWhileItsSignatureHolds(t *testing.T) {
	for delay, charges := range map[time.Duration]int{60 * time.Second: 1, 61 * time.Second: 0} {
		s := open(t, sandbox.Config{Faults: sandbox.Faults{
			Script: []sandbox.Step{once(sandbox.Delayed)}, DelayBy: sandbox.Duration(delay),
		}})
		c := inProcess(s)
		c.do(t, renewal("vpn", "t", "1"))
		s.Advance(delay - time.Second)
		wantCharges(t, s, 0)
		s.Advance(time.Hour)
		wantCharges(t, s, charges)
		if charges == 1 && !s.Charges()[0].At.Equal(day.Add(delay)) {
			t.Errorf("got it charged at %s; want %s after it was sent", s.Charges()[0].At, delay)
		}
	}
}

func TestADelayedRequestBuysTwiceIfTokensAreIgnored(t *testing.T) {
	for faults, charges := range map[string]int{
		"delayed=next:1":               1,
		"delayed+token-ignored=next:1": 2,
	} {
		s := open(t, sandbox.Config{})
		setFaults(t, s, faults)
		c := inProcess(s)
		c.do(t, renewal("vpn", "t", "1"))
		later(s, c, 10*time.Second)
		wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "") // the resend overtakes it
		later(s, c, time.Minute)
		if got := len(s.Charges()); got != charges {
			t.Errorf("%s: got %d charges; want %d", faults, got, charges)
		}
	}
}

func TestAServersClockThatIsOffRefusesAndTellsItsDate(t *testing.T) {
	for way, dial := range ways() {
		t.Run(way, func(t *testing.T) {
			s := open(t, sandbox.Config{Faults: sandbox.Faults{Skew: sandbox.Duration(40 * time.Minute)}})
			c := dial(t, s)
			got := c.do(t, renewal("vpn", "t", "1"))
			wantAnswer(t, got, http.StatusBadRequest, "RequestExpired")
			date, err := http.ParseTime(got.header.Get("Date"))
			if err != nil || !date.Equal(day.Add(40*time.Minute)) {
				t.Fatalf("got date %s, %v; want the server's", date, err)
			}
			c.now = date
			wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "")
		})
	}
}

func TestStatusesOfFaultsCanBeChosen(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	setFaults(t, s, "5xx-before=next:1,error-status=503")
	wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusServiceUnavailable, "ServiceUnavailable")
	setFaults(t, s, "throttle=1,throttle-status=503,retry-after=90s")
	got := c.do(t, renewal("vpn", "t", "1"))
	wantAnswer(t, got, http.StatusServiceUnavailable, "RequestLimitExceeded")
	if got := got.header.Get("Retry-After"); got != "90" {
		t.Errorf("got Retry-After %q; want 90", got)
	}
	setFaults(t, s, "throttle=1,retry-after=-1s")
	if got, ok := c.do(t, renewal("vpn", "t", "1")).header["Retry-After"]; ok {
		t.Errorf("got Retry-After %q; want none", got)
	}
	setFaults(t, s, "refuse=1,refuse-status=400,refuse-code=OrderException")
	wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusBadRequest, "OrderException")
	wantCharges(t, s, 0)
}

func TestARefusedResendProvesNothing(t *testing.T) {
	s := open(t, sandbox.Config{Faults: script(once(sandbox.LostAnswer), once(sandbox.Refuse))})
	c := inProcess(s)
	if got := c.do(t, renewal("vpn", "t", "1")); got.err == nil {
		t.Fatalf("got %d; want a lost answer", got.status)
	}
	wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusForbidden, "InsufficientBalance")
	wantCharges(t, s, 1)
}

func TestTheScriptComesBeforeChanceAndInOrder(t *testing.T) {
	s := open(t, sandbox.Config{})
	setFaults(t, s, "lost-request=1,ok=next:1,throttle=next:1@nat-1,5xx-before=next:2")
	c := inProcess(s)
	wantAnswer(t, c.do(t, renewal("vpn", "a", "1")), http.StatusOK, "")
	wantAnswer(t, c.do(t, renewal("vpn", "b", "1")), http.StatusInternalServerError, "InternalError")
	wantAnswer(t, c.do(t, renewal("nat", "c", "1")), http.StatusTooManyRequests, "RequestLimitExceeded")
	wantAnswer(t, c.do(t, renewal("nat", "c", "1")), http.StatusInternalServerError, "InternalError")
	if got := c.do(t, renewal("vpn", "d", "1")); got.err == nil {
		t.Errorf("got %d; want a lost request by chance", got.status)
	}
	if got := s.Faults().Script; len(got) != 0 {
		t.Errorf("got %+v left of the script; want nothing", got)
	}
}

func TestFaultsThatExcludeEachOtherShareTheChance(t *testing.T) {
	s := open(t, sandbox.Config{})
	setFaults(t, s, "5xx-before=0.5,throttle=0.3,refuse=0.2")
	c := inProcess(s)
	seen := map[int]int{}
	for range 1000 {
		seen[c.do(t, renewal("vpn", "t", "1")).status]++
	}
	for status, want := range map[int]int{500: 500, 429: 300, 403: 200} {
		if got := seen[status]; got < want-60 || got > want+60 {
			t.Errorf("got %d of 1000 with status %d; want about %d: %v", got, status, want, seen)
		}
	}
	wantCharges(t, s, 0)
}

// outcomes renews 200 resources in the given order and says which were bought
// although their answers were lost.
func outcomes(t *testing.T, seed uint64, order []int) string {
	t.Helper()
	var rs []sandbox.Resource
	for i := range 200 {
		rs = append(rs, sandbox.Resource{Region: "bj", Kind: "vpn", ID: fmt.Sprint("vpn-", i), Expiry: soon})
	}
	s := open(t, sandbox.Config{Fleet: rs, Seed: seed})
	setFaults(t, s, "lost-answer=0.2,lost-request=0.1,token-ignored=0.5")
	c := inProcess(s)
	saw := make([]byte, len(rs))
	for _, i := range order {
		in := renewal("vpn", fmt.Sprint("t", i), "1")
		in.line = strings.Replace(in.line, "vpn-1?", fmt.Sprintf("vpn-%d?", i), 1)
		saw[i] = '.'
		if c.do(t, in).err != nil {
			saw[i] = 'x'
		}
	}
	for _, charge := range s.Charges() {
		i, err := strconv.Atoi(strings.TrimPrefix(charge.ID, "vpn-"))
		if err != nil {
			t.Fatal(err)
		}
		if saw[i] == 'x' {
			saw[i] = 'a'
		}
	}
	return string(saw)
}

func TestChanceDependsOnSeedAndResourceAndNotOnTheOrder(t *testing.T) {
	var up []int
	for i := range 200 {
		up = append(up, i)
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	first := outcomes(t, 1, up)
	if again := outcomes(t, 1, down); again != first {
		t.Errorf("got another fate in another order:\n%s; want\n%s", again, first)
	}
	if other := outcomes(t, 2, up); other == first {
		t.Errorf("got the same fate from another seed: %s", other)
	}
	answers, requests := strings.Count(first, "a"), strings.Count(first, "x")
	if answers < 20 || answers > 60 || requests < 8 || requests > 35 {
		t.Errorf("got %d lost answers and %d lost requests of 200; want about 40 and 20", answers, requests)
	}
}

func clockAt(at time.Time) func() time.Time { return func() time.Time { return at } }
