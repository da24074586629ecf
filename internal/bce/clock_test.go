package bce

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestWhatMovesTheClockOfAHost(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	const answer, expired, unmarked = "answer", "RequestExpired", "another's answer"
	type step struct {
		what  string
		ours  time.Duration // our clock, ahead of at
		cloud time.Duration // the Date, ahead of at
		took  time.Duration
		want  time.Duration // the offset from then on
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"a right clock stays", []step{{answer, 0, 0, 0, 0}}},
		{"one that is 5 s ahead stays", []step{{answer, 6 * time.Second, 0, 0, 0}}},
		{"one that is 7 s ahead is moved back", []step{{answer, 7 * time.Second, 0, 0, -7 * time.Second}}},
		{"one that is behind stays", []step{{answer, -time.Minute, 0, 0, 0}, {answer, -10 * time.Minute, 0, 0, 0}}},
		{"one that is behind is moved on by a refusal", []step{{expired, -10 * time.Minute, 0, 0, 10 * time.Minute}}},
		{"an answer that took a minute says little", []step{{answer, 65 * time.Second, 0, time.Minute, 0}}},
		{"and enough if the clock is ahead by more than that", []step{{answer, 70 * time.Second, 0, time.Minute, -70 * time.Second}}},
		{"a day ahead is believed", []step{{answer, 24 * time.Hour, 0, 0, -24 * time.Hour}}},
		{"more than a day ahead is not", []step{{answer, 24*time.Hour + time.Second, 0, 0, 0}}},
		{"unless a refusal says so", []step{{expired, 48 * time.Hour, 0, 0, -48 * time.Hour}}},
		{"what is not the cloud's says nothing", []step{{unmarked, 10 * time.Minute, 0, 0, 0}}},
		{"a clock that is put right is followed", []step{
			{answer, 10 * time.Minute, 0, 0, -10 * time.Minute},
			{answer, 0, 0, 0, -10 * time.Minute}, // signed too early, it is refused
			{expired, 0, 0, 0, 0},
		}},
		{"and back", []step{
			{expired, -10 * time.Minute, 0, 0, 10 * time.Minute},
			{answer, 0, 0, 0, 0},
		}},
		{"a Date that leads astray is not believed again, and neither is our clock beyond what the refusal proves", []step{
			{answer, 0, -10 * time.Minute, 0, -10 * time.Minute},
			{expired, 0, -10 * time.Minute, 0, -9 * time.Minute}, // a signature's life on
			{answer, 0, -10 * time.Minute, 0, -9 * time.Minute},
			{expired, 0, 10 * time.Minute, 0, 10 * time.Minute}, // but what a refusal says is
		}},
		{"neither is one that the Date of a refusal contradicts", []step{
			{answer, 0, -10 * time.Minute, 0, -10 * time.Minute},
			{expired, 0, 0, 0, 0},
			{answer, 0, -10 * time.Minute, 0, 0},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var now time.Time
			k := clock{now: func() time.Time { return now }}
			for i, s := range c.steps {
				now = at.Add(s.ours)
				header := http.Header{"Date": {at.Add(s.cloud).Format(http.TimeFormat)}, "X-Bce-Request-Id": {"r-1"}}
				before := k.offset("host")
				switch s.what {
				case unmarked:
					header.Del("X-Bce-Request-Id")
					fallthrough
				case answer:
					moved := k.learn("host", header, now.Add(-s.took))
					if moved != before-s.want {
						t.Errorf("step %d: got moved back by %v; want %v", i+1, moved, before-s.want)
					}
				case expired:
					if again := k.correct("host", header, before, time.Minute, now); again != (before != s.want) {
						t.Errorf("step %d: got worth another try: %v; want %v", i+1, again, before != s.want)
					}
				}
				if got := k.offset("host"); got != s.want {
					t.Errorf("step %d: got offset %v; want %v", i+1, got, s.want)
				}
				if got := k.offset("other"); got != 0 {
					t.Errorf("step %d: got offset %v for another host; want none", i+1, got)
				}
			}
		})
	}
}

func TestAnExpiredRequestCorrectsTheClockForTheNextTry(t *testing.T) {
	secret := func(string) (string, bool) { return testSecret, true }
	ahead := func() time.Time { return time.Now().Add(3 * time.Hour) }
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", ahead().UTC().Format(http.TimeFormat))
		if err := Verify(r, secret, ahead()); err != nil {
			w.WriteHeader(err.HTTPStatus)
			_, _ = io.WriteString(w, `{"code":"`+err.Code+`","message":"late"}`)
		}
	})
	client := newClient(t, url)
	first := client.Renew(t.Context(), renewal(t, "vpn"))
	if first.Class != Refused || !first.ClockCorrected || first.Account {
		t.Errorf("got %+v; want refused, the clock corrected, and the account not to blame", first)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("got %d requests; want the client not to repeat by itself", n)
	}
	second := client.Renew(t.Context(), renewal(t, "vpn"))
	if second.Class != Accepted || second.ClockCorrected {
		t.Errorf("got %+v; want accepted", second)
	}
}

func TestOfSeveralExpiredRequestsEachMayTryAgain(t *testing.T) {
	behind := func() time.Time { return time.Now().Add(-2 * time.Hour) }
	var both sync.WaitGroup
	both.Add(2)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		both.Done()
		both.Wait() // both are signed by the wrong clock before either is answered
		w.Header().Set("Date", behind().UTC().Format(http.TimeFormat))
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `{"code":"RequestExpired","message":"late"}`)
	})
	client := newClient(t, url)
	answers := make(chan Answer, 2)
	for range 2 {
		go func() { answers <- client.Renew(t.Context(), renewal(t, "vpn")) }()
	}
	for range 2 {
		if a := <-answers; !a.ClockCorrected || a.Account {
			t.Errorf("got %+v; want the clock corrected for it too", a)
		}
	}
}

func TestAnExpiredRequestUnderAGoodClockConcernsTheAccount(t *testing.T) {
	for name, date := range map[string]string{
		"the clocks agree":   time.Now().UTC().Format(http.TimeFormat),
		"an unreadable date": "soon",
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", date)
				w.WriteHeader(400)
				_, _ = io.WriteString(w, `{"code":"RequestExpired","message":"late"}`)
			})
			a := newClient(t, url).Renew(t.Context(), renewal(t, "vpn"))
			if a.Class != Refused || a.ClockCorrected || !a.Account {
				t.Errorf("got %+v; want refused, not corrected, the account's", a)
			}
		})
	}
}

// slept is a time after this machine has slept: the wall clock went on, and the
// monotonic one stood still. No function makes such times, so their monotonic
// part, whose place has not changed since Go 1.9, is turned back by hand.
func slept(t time.Time, by time.Duration) time.Time {
	t = t.Add(by)
	inside := (*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t))
	inside.ext -= int64(by)
	return t
}

// dated is the header of an answer of the cloud.
func dated(t time.Time) http.Header {
	return http.Header{"Date": {t.UTC().Format(http.TimeFormat)}, "X-Bce-Request-Id": {"r-1"}}
}

func TestElapsedIsTheLongerTimeOfBothClocks(t *testing.T) {
	began := time.Now()
	for _, c := range []struct {
		name string
		now  time.Time
		want time.Duration
	}{
		{"both clocks went on", began.Add(time.Minute), time.Minute},
		{"the machine slept", slept(began, time.Hour), time.Hour},
		{"the wall clock was set back", slept(began.Add(time.Minute), -time.Hour), time.Minute},
	} {
		if got := elapsed(began, c.now); got != c.want {
			t.Errorf("%s: got %v; want %v", c.name, got, c.want)
		}
	}
}

// TestASleepDoesNotMoveTheClock has this machine ahead by ten minutes, a Date that
// is right, and sleeps while requests are on their way. Were each to prove something,
// requests would live longer and longer at the cloud.
func TestASleepDoesNotMoveTheClock(t *testing.T) {
	const truth = -10 * time.Minute // the cloud's clock, by ours
	now := time.Now()
	k := clock{now: func() time.Time { return now }}
	k.learn("host", dated(now.Add(truth)), now)
	for range 3 {
		signed, began := k.offset("host"), now
		now = slept(now, 10*time.Minute)
		k.learn("host", dated(now.Add(truth)), began)
		if !k.correct("host", dated(now.Add(truth)), signed, time.Minute, began) {
			t.Error("got not worth another try; want that the sleep is no fault of the request")
		}
		if got := k.offset("host"); got != signed {
			t.Errorf("got offset %v; want %v as before", got, signed)
		}
	}
}

// TestARequestThatExpiredInASleepDoesNotConcernTheAccount: the clocks agree, so that
// another try is all that is needed.
func TestARequestThatExpiredInASleepDoesNotConcernTheAccount(t *testing.T) {
	asleep := func(t *testing.T) *Client {
		t.Helper()
		now := time.Now()
		first := true
		c := newClient(t, "", func(cfg *Config) {
			cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
				status, body := 200, `{"id":"nat-bir8biqwr45e","paymentTiming":"Postpaid"}`
				if first {
					first = false
					now = slept(now, time.Hour)
					status, body = 400, `{"code":"RequestExpired","message":"late"}`
				}
				return &http.Response{StatusCode: status, Header: dated(now), Body: io.NopCloser(strings.NewReader(body))}, nil
			})
		})
		c.clock.now = func() time.Time { return now }
		return c
	}
	if a := asleep(t).Renew(t.Context(), renewal(t, "nat")); a.Class != Refused || a.Account || !a.ClockCorrected {
		t.Errorf("got %v, the account's: %v, worth another try: %v; want refused, not the account's, worth it", a, a.Account, a.ClockCorrected)
	}
	r := renewal(t, "nat")
	if _, err := asleep(t).Read(t.Context(), r.Region, r.Kind, r.ID); err != nil {
		t.Errorf("got %v; want the state, by a second request", err)
	}
}

// TestAClockThatIsSetBackDoesNotDiscreditTheDate: what led to the refusal was this
// machine, and if it goes ahead again the Date is all that tells.
func TestAClockThatIsSetBackDoesNotDiscreditTheDate(t *testing.T) {
	cloud := time.Now()
	now := cloud.Add(10 * time.Minute)
	k := clock{now: func() time.Time { return now }}
	want := func(least, most time.Duration) {
		t.Helper()
		if got := k.offset("host"); got < least || got > most {
			t.Errorf("got offset %v; want %v to %v", got, least, most)
		}
	}
	k.learn("host", dated(cloud), now)
	want(-10*time.Minute-time.Second, -10*time.Minute)
	now = slept(now, -10*time.Minute)
	signed := k.offset("host")
	for range 2 { // in flight
		if !k.correct("host", dated(cloud), signed, time.Minute, now) {
			t.Error("got not worth another try; want that the clock was corrected")
		}
	}
	want(-time.Second, 0)
	now = slept(now, 20*time.Minute)
	k.learn("host", dated(cloud), now)
	want(-20*time.Minute-time.Second, -20*time.Minute)
}

// TestAFrontWhoseDateIsBehindIsOfUse: our clock is right, and the Date is believed
// until that leads to a refusal. The read finds out, and no purchase has to.
func TestAFrontWhoseDateIsBehindIsOfUse(t *testing.T) {
	for _, c := range []struct {
		behind time.Duration
		most   int64 // requests of the read
		ok     bool
	}{
		{3 * time.Second, 1, true},
		{45 * time.Second, 2, true},
		{90 * time.Second, 3, true},
		{10 * time.Minute, 12, true},
		{MaxClockSkew, 32, true},
		{2 * time.Hour, 1 + mostCorrections, false},
	} {
		t.Run(c.behind.String(), func(t *testing.T) {
			url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
				now := time.Now()
				w.Header().Set("Date", now.Add(-c.behind).UTC().Format(http.TimeFormat))
				w.Header().Set("X-Bce-Request-Id", "r-1")
				if err := Verify(r, func(string) (string, bool) { return testSecret, true }, now); err != nil {
					w.WriteHeader(err.HTTPStatus)
					_, _ = io.WriteString(w, `{"code":"`+err.Code+`","message":"late"}`)
					return
				}
				_, _ = io.WriteString(w, `{"id":"nat-bir8biqwr45e","paymentTiming":"Postpaid"}`)
			})
			client, r := newClient(t, url), renewal(t, "nat")
			if _, err := client.Read(t.Context(), r.Region, r.Kind, r.ID); (err == nil) != c.ok {
				t.Errorf("got %v; want success: %v", err, c.ok)
			}
			if n := requests.Load(); n > c.most || c.ok && n < c.most-1 {
				t.Errorf("got %d requests; want %d, or one less", n, c.most)
			}
			if ahead := client.clock.offset(client.Host(r.Region, r.Kind)); ahead > 0 {
				t.Errorf("got requests signed %v ahead of our own clock; want none", ahead)
			}
			if a := client.Renew(t.Context(), r); (a.Class == Accepted) != c.ok {
				t.Errorf("got a renewal %v; want accepted: %v", a, c.ok)
			}
		})
	}
}
