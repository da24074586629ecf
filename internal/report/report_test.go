package report

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

var update = flag.Bool("update", false, "rewrite the goldens and the examples in docs/output.md")

// golden compares got with testdata/NAME.golden, or rewrites that.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update to make it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

// written runs one of the exported functions.
func written(t *testing.T, f func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatalf("got error %v; want none", err)
	}
	return b.String()
}

func day(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	panic("not a day: " + s)
}

func row(key string, d plan.Decision, r plan.Row) plan.Row {
	p := strings.SplitN(key, "/", 3)
	r.Key = plan.Key{Region: p[0], Kind: plan.Kind(p[1]), ID: p[2]}
	r.Decision = d
	return r
}

// Names that somebody chose to make trouble.
const (
	chinese   = "华北出口网关（生产）"
	family    = "👨‍👩‍👧‍👦 网关 🇨🇳 👍🏽 ❤️"
	escape    = "\x1b[2J\x1b]0;owned\x07 red\x1b[31m \u009b31m \u202eexe.txt"
	injection = "a | b | `c` <script>alert(1)</script> [x](http://evil.example) @root #1\n| new | row |\r\n# title"
	long      = "the gateway of the payment systems in the second building of the northern campus"
)

// examplePlan has every decision and every awkward text.
func examplePlan() *plan.Plan {
	return &plan.Plan{
		Cloud: "baidubce.com", Account: "prod", AsOf: day("2026-11-20"),
		Spec:   plan.SpecRef{Paths: []string{"network"}, Tags: []string{"env=prod"}, Digest: strings.Repeat("5a", 32)},
		Limits: plan.Limits{MaxItems: 100, MaxMonths: 12, MaxPlanAge: plan.DefaultMaxPlanAge},
		Digest: strings.Repeat("1f", 32),
		Rows: []plan.Row{
			row("bj/eipgroup/eg-b2511000", plan.Renew, plan.Row{
				Name: family, Reason: "expires in 11 days, due within 30d", Months: 1, Price: "1280.00",
				Baseline: day("2026-12-01T08:00:00Z"), Expected: day("2027-01-01T08:00:00Z"), AutoRenew: "not visible", ClientToken: "b8592139-2425-8bf7-9b84-4885efcf2678",
			}),
			row("bj/instance/i-Busy0001", plan.Refused, plan.Row{
				Name: long, Reason: "busy (status: Scaling); plan again when that is done", Baseline: day("2026-12-02T16:30:45Z"),
			}),
			row("bj/instance/i-OldBatch", plan.Lapse, plan.Row{
				Name: "batch", Reason: "decommissioned in January", Baseline: day("2026-11-28T16:00:00Z"),
			}),
			row("bj/instance/i-YufwpQAe", plan.Renew, plan.Row{
				Name: chinese, Reason: "expires in 29 days, due within 30d; warning: auto-renew is on, so the cloud may renew it too", Months: 12, Price: "99.90", Estimate: true,
				Baseline: day("2026-12-19T16:30:00Z"), Expected: day("2027-12-19T16:30:00Z"), RelatedRenewFlag: "EIP", AutoRenew: "on",
				ClientToken: "b49f3792-596a-882b-81c8-659230d170cb", Attempt: 1,
				Along: []plan.Attached{
					{Sort: plan.Disk, ID: "v-Gx9Yqr3n", Name: chinese, Expiry: day("2026-12-19T16:30:00Z")},
					{Sort: plan.Address, Problem: "HTTP 403 AccessDenied: " + escape},
				},
			}),
			row("bj/nat/nat-bir8biqwr45e", plan.NotDue, plan.Row{
				Name: injection, Reason: "due on 2027-05-01", Baseline: day("2027-05-31T08:00:00Z"),
			}),
			row("bj/vpn/vpn-bir8biqwr45e", plan.Renew, plan.Row{
				Name: escape, Reason: "expired 3 days ago", Months: 3, Baseline: day("2026-11-17T08:00:00Z"),
				AutoRenew: "not visible", ClientToken: "0c2c8e4b-44a5-8b0d-8a3c-2d1f4e6a7b8c",
			}),
			row("gz/instance/i-Lapse-2027", plan.Lapse, plan.Row{
				Reason: "replaced by i-YufwpQAe", Baseline: day("2027-01-31T16:00:00Z"),
			}),
			row("gz/vpn/vpn-open0000", plan.Open, plan.Row{
				Name:   "gz-office",
				Reason: "sent 2026-11-19T09:00:00Z, outcome unknown: apply its plan again to settle it", Baseline: day("2026-11-30T08:00:00Z"),
			}),
			row("gz/vpn/vpn-silent00", plan.Unread, plan.Row{Reason: "reading timed out after 30s"}),
		},
	}
}

var exampleOver = []string{"13 months for bj/instance/i-YufwpQAe, limits.maxMonths is 12"}

func result(r plan.Row, o plan.Outcome, res plan.Result) plan.Result {
	res.Row, res.Outcome = r, o
	return res
}

// exampleResults has every outcome.
func exampleResults() []plan.Result {
	r := func(id string) plan.Row {
		return row("bj/vpn/"+id, plan.Renew, plan.Row{
			Name: "网关", Months: 1, Price: "100.00", ClientToken: "b8592139-2425-8bf7-9b84-4885efcf2678",
			Baseline: day("2026-12-01T08:00:00Z"), Expected: day("2027-01-01T08:00:00Z"),
		})
	}
	planned, other := day("2027-01-01T08:00:00Z"), day("2027-02-01T08:00:00Z")
	unpriced := r("vpn-near0001")
	unpriced.Price, unpriced.Name = "", family
	hung := row("bj/instance/i-YufwpQAe", plan.Renew, plan.Row{
		Name: chinese, Months: 12, RelatedRenewFlag: "CDS_EIP", ClientToken: "b49f3792-596a-882b-81c8-659230d170cb",
		Baseline: day("2026-12-01T08:00:00Z"), Expected: day("2027-12-01T08:00:00Z"),
		Along: []plan.Attached{
			{Sort: plan.Disk, ID: "v-Gx9Yqr3n", Name: chinese, Expiry: day("2026-12-01T08:00:00Z")},
			{Sort: plan.Disk, ID: "v-left0001", Name: injection, Expiry: day("2026-12-01T08:00:00Z")},
			{Sort: plan.Address, ID: "10.0.0.1", Expiry: day("2026-12-01T08:00:00Z")},
		},
	})
	return []plan.Result{
		result(r("vpn-done0001"), plan.Verified, plan.Result{After: planned, OrderID: "0f4a3c1be6b24c0c8f64a6a0d7b0e101", RequestID: "4f8c2b1e-verified", Sends: 1}),
		result(r("vpn-done0002"), plan.Verified, plan.Result{After: planned, OrderID: "0f4a3c1be6b24c0c8f64a6a0d7b0e102", Earlier: true, Sends: 1}),
		result(unpriced, plan.Verified, plan.Result{After: day("2027-01-02T16:00:00Z"), Sends: 2}),
		result(r("vpn-same0001"), plan.Already, plan.Result{After: planned}),
		result(r("vpn-devi0001"), plan.Deviates, plan.Result{After: other, RequestID: "4f8c2b1e-deviates", Sends: 1, Note: "possibly paid twice"}),
		result(r("vpn-unve0001"), plan.Unverified, plan.Result{OrderID: "0f4a3c1be6b24c0c8f64a6a0d7b0e103", RequestID: "4f8c2b1e-unverified", HTTPStatus: 200, Sends: 1, Note: "not moved in 10m0s"}),
		result(r("vpn-unre0001"), plan.Unresolved, plan.Result{Sends: 4, Note: "sent 4 times without an answer"}),
		result(r("vpn-refu0001"), plan.RefusedByCloud, plan.Result{
			Code: "OperationDenied", HTTPStatus: 400, RequestID: "4f8c2b1e-refused", Sends: 1,
			Note: "OperationDenied (HTTP 400): " + injection + ", request id 4f8c2b1e-refused",
		}),
		result(r("vpn-conf0001"), plan.Conflict, plan.Result{Code: "IdempotentParameterMismatch", HTTPStatus: 409, RequestID: "4f8c2b1e-conflict", Sends: 1}),
		result(r("vpn-stal0001"), plan.Stale, plan.Result{After: other, Note: "its expiry moved before anything was sent"}),
		result(r("vpn-unse0001"), plan.NotSent, plan.Result{Note: "the run stopped before its turn"}),
		result(hung, plan.Verified, plan.Result{After: day("2027-12-01T08:00:00Z"), Sends: 1, Followed: []plan.Followed{
			{Attached: hung.Along[0], After: day("2027-12-01T08:00:00Z")},
			{Attached: hung.Along[1], After: hung.Along[1].Expiry},
			{Attached: hung.Along[2], Unread: "HTTP 500 InternalError: " + injection},
		}}),
		result(r("vpn-pend0001"), plan.Pending, plan.Result{Sends: 1, Note: escape}),
	}
}

func exampleSummary() Summary {
	return Summary{Run: "20261120T090000Z-7f3a", PlanDigest: strings.Repeat("1f", 32), Requests: 31, Exit: 5}
}

// exampleRecords has every state, and a run that is alive.
func exampleRecords() []ledger.Record {
	states := []ledger.State{
		ledger.Claimed, ledger.Sending, ledger.Unknown, ledger.Accepted, ledger.Verified, ledger.Deviates, ledger.Unverified,
		ledger.Unresolved, ledger.Already, ledger.Refused, ledger.Conflict, ledger.Stale, ledger.Bought, ledger.NotBought,
	}
	said := func(bought bool) *ledger.Resolution {
		return &ledger.Resolution{Bought: bought, Reason: "order 4711 in the console", Who: "li@ops", When: day("2026-11-21T10:00:00Z")}
	}
	recs := make([]ledger.Record, 0, len(states)+1)
	for i, s := range append(states, ledger.Sending) {
		r := ledger.Record{
			Key:   ledger.Key{Cloud: "baidubce.com", Region: "bj", Kind: "vpn", ID: fmt.Sprintf("vpn-state%04d", i), Baseline: day("2026-12-01T08:00:00Z")},
			State: s, Token: "b8592139-2425-8bf7-9b84-4885efcf2678", Months: 1, Expected: day("2027-01-01T08:00:00Z"),
			PlanDigest: strings.Repeat("1f", 32), Run: "20261120T090000Z-7f3a", Updated: day("2026-11-20T09:00:02Z").Add(345 * time.Millisecond),
		}
		if s != ledger.Claimed && s != ledger.Already && s != ledger.Stale {
			r.Tries = []ledger.Try{{
				Number: 1, Token: r.Token, BodyDigest: strings.Repeat("b0", 32), Sent: day("2026-11-20T09:00:00Z").Add(120 * time.Millisecond),
				RequestID: "4f8c2b1e-" + fmt.Sprint(i),
			}}
		}
		change := map[ledger.State]func(){
			ledger.Verified:   func() { r.After = r.Expected },
			ledger.Already:    func() { r.After = r.Expected },
			ledger.Deviates:   func() { r.After, r.Note = day("2027-02-01T08:00:00Z"), "possibly paid twice" },
			ledger.Unverified: func() { r.OrderID = "0f4a3c1be6b24c0c8f64a6a0d7b0e103" },
			ledger.Unknown:    func() { r.Expected, r.Note = time.Time{}, escape+injection },
			ledger.Bought:     func() { r.Resolution = said(true) },
			ledger.NotBought:  func() { r.Resolution = said(false) },
		}[s]
		if change != nil {
			change()
		}
		if i == len(states) {
			r.Live, r.Run = true, "20261120T091500Z-02cd"
		}
		recs = append(recs, r)
	}
	return recs
}

// pages are all texts that the examples give, by name.
func pages(t *testing.T, opt Options) map[string]string {
	t.Helper()
	return map[string]string{
		"plan":    written(t, func(w io.Writer) error { return Plan(w, examplePlan(), exampleOver, opt) }),
		"results": written(t, func(w io.Writer) error { return Results(w, exampleResults(), exampleSummary(), opt) }),
		"status":  written(t, func(w io.Writer) error { return Status(w, exampleRecords(), opt) }),
	}
}

func markdownPages(t *testing.T, opt Options) map[string]string {
	t.Helper()
	return map[string]string{
		"plan":    written(t, func(w io.Writer) error { return PlanMarkdown(w, examplePlan(), exampleOver, opt) }),
		"results": written(t, func(w io.Writer) error { return ResultsMarkdown(w, exampleResults(), exampleSummary(), opt) }),
		"status":  written(t, func(w io.Writer) error { return StatusMarkdown(w, exampleRecords(), opt) }),
	}
}

func jsonPages(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"plan":    written(t, func(w io.Writer) error { return PlanJSON(w, examplePlan(), exampleOver) }),
		"results": written(t, func(w io.Writer) error { return ResultsJSON(w, exampleResults(), exampleSummary()) }),
		"status":  written(t, func(w io.Writer) error { return StatusJSON(w, exampleRecords()) }),
	}
}

func exampleIDs() map[string][]string {
	ids := map[string][]string{}
	for _, r := range examplePlan().Rows {
		ids["plan"] = append(ids["plan"], r.ID)
	}
	for _, r := range exampleResults() {
		ids["results"] = append(ids["results"], r.ID)
		if r.OrderID != "" {
			ids["results"] = append(ids["results"], r.OrderID)
		}
	}
	for _, r := range exampleRecords() {
		ids["status"] = append(ids["status"], r.ID)
	}
	return ids
}

func TestPagesLookAsInTheGoldens(t *testing.T) {
	for _, w := range []int{0, 80, 120, 200} {
		name := fmt.Sprint(w)
		if w == 0 {
			name = "pipe"
		}
		for page, text := range pages(t, Options{Width: w, PlanFile: "network.plan.json"}) {
			golden(t, page+"-"+name, []byte(text))
		}
	}
	for page, text := range markdownPages(t, Options{PlanFile: "network.plan.json"}) {
		golden(t, page+"-markdown", []byte(text))
	}
	for page, text := range jsonPages(t) {
		golden(t, page+"-json", []byte(text))
	}
	golden(t, "status-all-200", []byte(pages(t, Options{Width: 200, All: true})["status"]))
	golden(t, "plan-color-120", []byte(pages(t, Options{Width: 120, Color: true})["plan"]))
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	if diff := cmp.Diff(pages(t, Options{Width: 100, Color: true}), pages(t, Options{Width: 100, Color: true})); diff != "" {
		t.Errorf("two writings differ:\n%s", diff)
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColourOnlyAddsToWords(t *testing.T) {
	for _, w := range []int{0, 40, 80, 120, 200} {
		colored, plain := pages(t, Options{Width: w, Color: true, All: true}), pages(t, Options{Width: w, All: true})
		for name, text := range colored {
			if !ansi.MatchString(text) {
				t.Errorf("%s at width %d: got no colour; want some", name, w)
			}
			if got := ansi.ReplaceAllString(text, ""); got != plain[name] {
				t.Errorf("%s at width %d: the words with colour differ from those without:\n%s", name, w, cmp.Diff(plain[name], got))
			}
		}
	}
}

func TestEveryExampleStartsAndEndsWithItsSummary(t *testing.T) {
	for name, text := range pages(t, Options{}) {
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if first, last := lines[0], lines[len(lines)-1]; first != last || first == "" {
			t.Errorf("%s: got first line %q and last line %q; want the same", name, first, last)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAWriterThatFailsIsReported(t *testing.T) {
	for name, err := range map[string]error{
		"plan":    Plan(brokenWriter{}, examplePlan(), nil, Options{}),
		"results": ResultsMarkdown(brokenWriter{}, exampleResults(), exampleSummary(), Options{}),
		"status":  StatusJSON(brokenWriter{}, exampleRecords()),
	} {
		if err == nil {
			t.Errorf("%s: got no error; want the writer's", name)
		}
	}
}
