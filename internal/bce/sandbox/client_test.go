package sandbox_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

// The product's own client against every fault, in the time of a bubble: what
// it makes of the answer, and what was bought.

func newClient(t *testing.T, cfg bce.Config) *bce.Client {
	t.Helper()
	cfg.Credentials = bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey}
	c, err := bce.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inBubble makes a sandbox and a client of it in process, on the bubble's clock.
func inBubble(t *testing.T, f sandbox.Faults) (*sandbox.Sandbox, *bce.Client) {
	t.Helper()
	var rs []sandbox.Resource
	for _, r := range fleet() {
		r.Expiry = time.Now().UTC().Add(10 * 24 * time.Hour)
		rs = append(rs, r)
	}
	s, err := sandbox.New(sandbox.Config{Fleet: rs, Faults: f})
	if err != nil {
		t.Fatal(err)
	}
	return s, newClient(t, bce.Config{Transport: s.Transport(), Timeout: 20 * time.Second})
}

func vpnRenewal(t *testing.T) bce.Renewal {
	t.Helper()
	k, ok := bce.KindByName("vpn")
	if !ok {
		t.Fatal("no kind vpn")
	}
	return bce.Renewal{Region: "bj", Kind: k, ID: "vpn-1", Months: 1, ClientToken: "token-1"}
}

func TestTheClientSeesEachFaultForWhatItProves(t *testing.T) {
	tests := map[sandbox.Fault]struct {
		class   bce.Class
		charges int
	}{
		sandbox.LostRequest:    {bce.Unknown, 0},
		sandbox.LostAnswer:     {bce.Unknown, 1},
		sandbox.ResetBefore:    {bce.Unknown, 0},
		sandbox.ResetAfter:     {bce.Unknown, 1},
		sandbox.ErrorBefore:    {bce.Unknown, 0},
		sandbox.ErrorAfter:     {bce.Unknown, 1},
		sandbox.HTMLBefore:     {bce.Unknown, 0},
		sandbox.HTMLAfter:      {bce.Unknown, 1},
		sandbox.PortalBefore:   {bce.Unknown, 0},
		sandbox.HangBefore:     {bce.Unknown, 0},
		sandbox.HangAfter:      {bce.Unknown, 1},
		sandbox.CutBody:        {bce.Unknown, 1},
		sandbox.Delayed:        {bce.Unknown, 1},
		sandbox.Throttle:       {bce.Throttled, 0},
		sandbox.Refuse:         {bce.Refused, 0},
		sandbox.EmptyBody:      {bce.Accepted, 1},
		sandbox.OrderBody:      {bce.Accepted, 1},
		sandbox.OtherBody:      {bce.Accepted, 1},
		sandbox.BrokenBody:     {bce.Unknown, 1},
		sandbox.Slow:           {bce.Accepted, 1},
		sandbox.Late:           {bce.Accepted, 1},
		sandbox.WrongExpiry:    {bce.Accepted, 1},
		sandbox.TokenIgnored:   {bce.Accepted, 1},
		sandbox.TokenForgotten: {bce.Accepted, 1},
		sandbox.ReplayRefusal:  {bce.Accepted, 1},
	}
	wantEveryFault(t, false, tests)
	for fault, want := range tests {
		t.Run(string(fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := inBubble(t, script(once(fault)))
				got := c.Renew(t.Context(), vpnRenewal(t))
				if got.Class != want.class {
					t.Errorf("got %s %+v; want %s", got.Class, got, want.class)
				}
				s.Advance(45 * time.Second) // a delayed request is processed by then
				wantCharges(t, s, want.charges)
			})
		})
	}
}

// wantEveryFault checks that a table of tests leaves out no fault.
func wantEveryFault[V any](t *testing.T, reads bool, tests map[sandbox.Fault]V) {
	t.Helper()
	for _, fault := range sandbox.FaultNames() {
		if _, ok := tests[fault]; !ok && strings.HasPrefix(string(fault), "read-") == reads {
			t.Errorf("there is no test for %s", fault)
		}
	}
}

func TestTheClientSeesEachReadFaultForWhatItIs(t *testing.T) {
	const nothing = bce.Problem(-1) // it is for lists
	tests := map[sandbox.Fault]bce.Problem{
		sandbox.ReadError:    bce.Transient,
		sandbox.ReadHTML:     bce.BadAnswer,
		sandbox.ReadLost:     bce.Transient,
		sandbox.ReadHang:     bce.Transient,
		sandbox.ReadThrottle: bce.ThrottledRead,
		sandbox.ReadForbid:   bce.AccountProblem,
		sandbox.ReadNoExpiry: bce.BadAnswer,
		sandbox.ReadNoZone:   bce.BadAnswer,
		sandbox.ReadOtherID:  bce.BadAnswer,
		sandbox.ReadSlow:     bce.Transient, // slower than the client's patience
		sandbox.ReadMiss:     nothing,
		sandbox.ReadTwice:    nothing,
		sandbox.ReadLoop:     nothing,
	}
	wantEveryFault(t, true, tests)
	for fault, want := range tests {
		t.Run(string(fault), func(t *testing.T) {
			f := script(once(fault))
			f.SlowBy = sandbox.Duration(time.Minute)
			synctest.Test(t, func(t *testing.T) {
				_, c := inBubble(t, f)
				r := vpnRenewal(t)
				_, err := c.Read(t.Context(), r.Region, r.Kind, r.ID)
				problem, ok := errors.AsType[*bce.Error](err)
				if ok != (want != nothing) || ok && problem.Problem != want {
					t.Errorf("got %v; want %s", err, want)
				}
				if got, err := c.Read(t.Context(), r.Region, r.Kind, r.ID); err != nil || !got.Prepaid {
					t.Errorf("got %+v, %v from the next read; want it read", got, err)
				}
			})
		})
	}
}

func TestTheClientCorrectsItsClockByTheServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := inBubble(t, sandbox.Faults{Skew: sandbox.Duration(-3 * time.Hour)})
		if got := c.Renew(t.Context(), vpnRenewal(t)); !got.ClockCorrected || got.Code != "RequestExpired" {
			t.Fatalf("got %+v; want the clock corrected", got)
		}
		if got := c.Renew(t.Context(), vpnRenewal(t)); got.Class != bce.Accepted {
			t.Errorf("got %+v; want it accepted by the corrected clock", got)
		}
		wantCharges(t, s, 1)
	})
}

func TestTheClientRenewsAndReadsEveryKindEitherWay(t *testing.T) {
	s := open(t, sandbox.Config{Now: time.Now, Fleet: sandbox.Fill([]sandbox.Resource{
		{Region: "bj", Kind: "vpn", ID: "vpn-1"},
		{Region: "bj", Kind: "nat", ID: "nat-1"},
		{Region: "gz", Kind: "eipgroup", ID: "eg-1"},
		{Region: "su", Kind: "instance", ID: "i-1"},
	}, time.Now())})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	clients := map[string]*bce.Client{
		"over HTTP":  newClient(t, bce.Config{Endpoint: server.URL}),
		"in process": newClient(t, bce.Config{Transport: s.Transport()}),
	}
	for name, c := range clients {
		for i, r := range s.Resources() {
			k, _ := bce.KindByName(r.Kind)
			before, err := c.Read(t.Context(), r.Region, k, r.ID)
			if err != nil || !before.Prepaid || before.Busy || before.Dedicated || !before.Expiry.Equal(r.Expiry) {
				t.Errorf("%s: got %+v, %v; want %+v", name, before, err, r)
			}
			got := c.Renew(t.Context(), bce.Renewal{Region: r.Region, Kind: k, ID: r.ID, Months: 1, ClientToken: name[:2] + r.ID})
			if got.Class != bce.Accepted {
				t.Errorf("%s: got %s %+v; want it accepted", name, got.Class, got)
			}
			after, err := c.Read(t.Context(), r.Region, k, r.ID)
			if want := s.Resources()[i].Expiry; err != nil || !after.Expiry.Equal(want) || !want.After(before.Expiry) {
				t.Errorf("%s: got expiry %s, %v; want %s", name, after.Expiry, err, want)
			}
		}
	}
	wantCharges(t, s, 8)
}
