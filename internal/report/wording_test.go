package report

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

var allOutcomes = []plan.Outcome{
	plan.Verified, plan.Already, plan.Deviates, plan.Unverified, plan.Unresolved,
	plan.RefusedByCloud, plan.Conflict, plan.Stale, plan.NotSent, plan.Pending,
}

// everyWay writes results in every form that there is.
func everyWay(t *testing.T, rs []plan.Result, sum Summary) string {
	t.Helper()
	var b strings.Builder
	for _, f := range []func(io.Writer) error{
		func(w io.Writer) error { return Results(w, rs, sum, Options{}) },
		func(w io.Writer) error { return Results(w, rs, sum, Options{Width: 80, All: true}) },
		func(w io.Writer) error { return ResultsMarkdown(w, rs, sum, Options{}) },
		func(w io.Writer) error { return ResultsJSON(w, rs, sum) },
	} {
		b.WriteString(written(t, f))
	}
	return b.String()
}

func TestRenewedIsSaidOnlyOfWhatWasReadBack(t *testing.T) {
	said := regexp.MustCompile(`(?i)\brenewed\b`)
	planned := row("bj/vpn/vpn-bir8biqwr45e", plan.Renew, plan.Row{
		Months: 1, Baseline: day("2026-12-01T08:00:00Z"), Expected: day("2027-01-01T08:00:00Z"),
	})
	for _, o := range append(allOutcomes, "some later outcome") {
		for _, earlier := range []bool{false, true} {
			res := plan.Result{Earlier: earlier, After: day("2027-02-01T08:00:00Z"), Code: "Code", RequestID: "request", HTTPStatus: 400}
			text := everyWay(t, []plan.Result{result(planned, o, res)}, Summary{Interrupted: true, Stopped: "no balance"})
			if want := o == plan.Verified || o == plan.Already; said.MatchString(text) != want {
				t.Errorf("outcome %q, earlier %t: got the word renewed %t; want %t in\n%s", o, earlier, !want, want, text)
			}
			if o == plan.Already && !strings.Contains(text, "had been renewed as planned") {
				t.Errorf("outcome %q: got no word on who is unknown; want it in\n%s", o, text)
			}
		}
	}
	if text := pages(t, Options{All: true})["status"]; said.MatchString(text) {
		t.Errorf("status: got the word renewed; want none:\n%s", text)
	}
}

func TestEveryOutcomeHasWords(t *testing.T) {
	for _, o := range allOutcomes {
		counted, help, _, _ := aboutOutcome(o)
		if strings.Contains(counted, "with outcome") {
			t.Errorf("outcome %q: got %q; want words of its own", o, counted)
		}
		if (help == "") != settled(o) {
			t.Errorf("outcome %q: got help %q; want some unless it is settled", o, help)
		}
		if cs := outcomeCommands(o, []plan.Result{{}}, form{}); (len(cs) == 0) != settled(o) {
			t.Errorf("outcome %q: got commands %q; want some unless it is settled", o, cs)
		}
	}
	if len(outcomeWords) != len(allOutcomes) {
		t.Errorf("got words for %d outcomes; want %d", len(outcomeWords), len(allOutcomes))
	}
}

func TestEveryStateHasAStandingAndHelp(t *testing.T) {
	want := map[ledger.State]standing{
		ledger.Claimed: claimed, ledger.Sending: open, ledger.Unknown: open, ledger.Accepted: open,
		ledger.Unverified: open, ledger.Deviates: open, ledger.Unresolved: open, ledger.Conflict: conflict,
		ledger.Verified: done, ledger.Already: done, ledger.Bought: done,
		ledger.Refused: notBought, ledger.Stale: notBought, ledger.NotBought: notBought, ledger.Unsent: notBought,
		"some later state": unknown,
	}
	for s, stands := range want {
		if got := standingOf(ledger.Record{State: s}); got != stands {
			t.Errorf("state %q: got standing %q; want %q", s, got, stands)
		}
		live := stands
		if slices.Contains([]ledger.State{ledger.Claimed, ledger.Sending, ledger.Unknown, ledger.Accepted}, s) {
			live = held
		}
		if got := standingOf(ledger.Record{State: s, Live: true}); got != live {
			t.Errorf("state %q of a live run: got standing %q; want %q", s, got, live)
		}
		if hasHelp := stateHelp(s) != ""; hasHelp == (stands == done || stands == notBought) {
			t.Errorf("state %q: got help %t; want %t", s, hasHelp, !hasHelp)
		}
		summary := statusSummary([]ledger.Record{{State: s}})
		if _, words, _ := strings.Cut(summary, "1 renewal: 1 "); words == "" {
			t.Errorf("state %q: got the summary %q; want words for it", s, summary)
		}
	}
}

func TestPlanSummaryReadsAsPromised(t *testing.T) {
	p := &plan.Plan{Cloud: "baidubce.com", Account: "prod", AsOf: day("2026-11-20")}
	add := func(n int, d plan.Decision, r plan.Row) {
		for range n {
			p.Rows = append(p.Rows, row("bj/vpn/vpn-bir8biqwr45e", d, r))
		}
	}
	summary := func() string {
		text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
		first, _, _ := strings.Cut(text, "\n")
		return first
	}
	check := func(want string) {
		t.Helper()
		if got := summary(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	check("Nothing is due. Plan for cloud baidubce.com, account prod, as of 2026-11-20 (UTC): it has no resources.")
	add(2, plan.NotDue, plan.Row{})
	add(1, plan.Lapse, plan.Row{Baseline: day("2026-12-31T00:00:00Z")})
	check("Nothing is due. Plan for cloud baidubce.com, account prod, as of 2026-11-20 (UTC): 2 not due, 1 to lapse.")
	add(1, plan.Refused, plan.Row{})
	check("Plan for cloud baidubce.com, account prod, as of 2026-11-20 (UTC): nothing to renew, 2 not due, 1 to lapse, 1 refused.")
	add(4, plan.Renew, plan.Row{Months: 1})
	add(1, plan.Renew, plan.Row{Months: 4})
	check("Plan for cloud baidubce.com, account prod, as of 2026-11-20 (UTC): 5 to renew (8 months, price unknown), 2 not due, 1 to lapse, 1 refused.")
	add(1, plan.Renew, plan.Row{Months: 1, Price: "1234.50"})
	p.Account = ""
	check("Plan for cloud baidubce.com, as of 2026-11-20 (UTC): 6 to renew (9 months, 1234.50 CNY and 5 of unknown price), 2 not due, 1 to lapse, 1 refused.")
	add(1, plan.Renew, plan.Row{Months: 1, Price: "0.50", Estimate: true})
	check("Plan for cloud baidubce.com, as of 2026-11-20 (UTC): 7 to renew (10 months, 1235.00 CNY with 1 estimate and 5 of unknown price), 2 not due, 1 to lapse, 1 refused.")
}

func TestResultsWithNothingToDoAreOneLine(t *testing.T) {
	planned := row("bj/vpn/vpn-bir8biqwr45e", plan.Renew, plan.Row{Months: 1, Price: "10.00"})
	for _, tt := range []struct {
		name string
		rs   []plan.Result
		want string
	}{
		{"an empty plan", nil, "Nothing is due: the plan has nothing to renew, and nothing was sent.\n"},
		{
			"a plan that was applied before",
			[]plan.Result{
				result(planned, plan.Verified, plan.Result{Earlier: true}),
				result(planned, plan.Verified, plan.Result{Earlier: true}),
				result(planned, plan.Already, plan.Result{Earlier: true}),
			},
			"This plan is already applied: 2 renewed and read back (2 months, 20.00 CNY, by an earlier run), " +
				"1 had been renewed as planned (by whom is unknown). Nothing was sent.\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := written(t, func(w io.Writer) error { return Results(w, tt.rs, Summary{}, Options{}) }); got != tt.want {
				t.Errorf("got  %swant %s", got, tt.want)
			}
		})
	}
	stopped := []plan.Result{result(planned, plan.Verified, plan.Result{Earlier: true})}
	if got := written(t, func(w io.Writer) error { return Results(w, stopped, Summary{Stopped: "no balance"}, Options{}) }); !strings.Contains(got, "Stopped early: no balance\n") || strings.Contains(got, "already applied") {
		t.Errorf("of a run that stopped: got\n%s\nwant it to say so", got)
	}
	one := []plan.Result{result(planned, plan.Verified, plan.Result{Earlier: true}), result(planned, plan.NotSent, plan.Result{Earlier: true})}
	if got := written(t, func(w io.Writer) error { return Results(w, one, Summary{}, Options{}) }); strings.Contains(got, "already applied") {
		t.Errorf("with a row not sent: got\n%s\nwant it not called applied", got)
	}
	const mend = "the run stopped before. Mend why it stopped"
	if got := written(t, func(w io.Writer) error { return Results(w, one, Summary{Stopped: "no balance"}, Options{}) }); !strings.Contains(got, mend) {
		t.Errorf("with a row not sent by a run that stopped: got\n%s\nwant %q", got, mend)
	}
}

func TestAnEmptyLedgerSaysSo(t *testing.T) {
	if got, want := written(t, func(w io.Writer) error { return Status(w, nil, Options{}) }), "The ledger holds no renewals.\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestOpenMoneyIsAnnouncedBeforeTheTable(t *testing.T) {
	text := pages(t, Options{})["results"]
	money, table := strings.Index(text, "Money is open: 4 rows"), strings.Index(text, "KIND ")
	if money < 0 || money > table {
		t.Errorf("got open money at %d and the table at %d; want it before:\n%s", money, table, text)
	}
}

func TestResolveIsProposedForTheVeryRow(t *testing.T) {
	for name, text := range pages(t, Options{}) {
		want := map[string]string{
			"results": "renewplan resolve bj vpn vpn-unre0001 --bought --reason TEXT\n",
			"status":  "renewplan resolve bj vpn vpn-state0007 --bought --reason TEXT\n",
		}[name]
		if !strings.Contains(text, want) {
			t.Errorf("%s: got no %q; want it", name, want)
		}
		if strings.Contains(text, "--not-bought --reason") {
			t.Errorf("%s: got a command with --not-bought; want none that could buy twice", name)
		}
	}
}

func TestManyOpenRowsGetABoundedNumberOfCommands(t *testing.T) {
	var rs []plan.Result
	for _, r := range bigPlan(300).Rows {
		rs = append(rs, result(r, plan.Unresolved, plan.Result{}))
	}
	text := written(t, func(w io.Writer) error { return Results(w, rs, Summary{}, Options{}) })
	if n := strings.Count(text, "renewplan resolve "); n != maxCommands+1 {
		t.Errorf("got %d commands; want %d and one for the others", n, maxCommands)
	}
}

func TestARequestIDIsToldOnceWhereNothingWasReadBack(t *testing.T) {
	r := plan.Result{Outcome: plan.RefusedByCloud, Code: "OperationDenied", HTTPStatus: 400, RequestID: "4f8c"}
	if got, want := resultNote(r), "OperationDenied (HTTP 400); request id 4f8c"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	r.Note = "OperationDenied (HTTP 400): busy, request id 4f8c"
	if got := resultNote(r); got != r.Note {
		t.Errorf("got %q; want %q", got, r.Note)
	}
	if got := resultNote(plan.Result{Outcome: plan.Verified, RequestID: "4f8c"}); got != "" {
		t.Errorf("verified: got %q; want nothing", got)
	}
}

func TestAnOfflinePlanDecidesNothing(t *testing.T) {
	p := &plan.Plan{Cloud: "baidubce.com", AsOf: day("2026-11-20"), Offline: true, Rows: []plan.Row{
		row("bj/vpn/vpn-bir8biqwr45e", "", plan.Row{Months: 12, Reason: "12 months, due within 30d; offline: state not read"}),
		row("bj/vpn/vpn-old", plan.Lapse, plan.Row{Reason: "old; offline: state not read"}),
	}}
	text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
	want := "Offline plan for cloud baidubce.com, as of 2026-11-20 (UTC): 1 by the spec alone (12 months if all were due), 1 to lapse. No state was read, so nothing is decided."
	if first, _, _ := strings.Cut(text, "\n"); first != want {
		t.Errorf("got  %s\nwant %s", first, want)
	}
	if strings.Contains(text, "Nothing is due") || strings.Contains(text, "0 renew") || strings.Contains(text, "0.00") {
		t.Errorf("got\n%s\nwant no word on what is due or costs", text)
	}
	if js := written(t, func(w io.Writer) error { return PlanJSON(w, p, nil) }); !strings.Contains(js, `"offline": true`) {
		t.Errorf("got no \"offline\": true; want it in\n%s", js)
	}
	p.Rows[0].Price, p.Rows[0].Estimate = "1062.00", true
	text = written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
	if n := strings.Count(text, "1062.00"); n != 1 || !strings.Contains(text, "  estimate 1062.00  ") {
		t.Errorf("got\n%s\nwant the estimate that the spec has for its length, and in no total", text)
	}
	if js := written(t, func(w io.Writer) error { return PlanJSON(w, p, nil) }); strings.Count(js, `"price": "1062.00"`) != 1 {
		t.Errorf("got\n%s\nwant the price of the row, and in no total", js)
	}
}

func TestCommandsNameWhereToLook(t *testing.T) {
	rec := func(cloud, id, baseline string) ledger.Record {
		return ledger.Record{Key: ledger.Key{Cloud: cloud, Region: "bj", Kind: "vpn", ID: id, Baseline: day(baseline)}, State: ledger.Unresolved, Months: 1}
	}
	recs := []ledger.Record{
		rec("baidubce.com", "vpn-1", "2026-12-01T08:00:00Z"),
		rec("baidubce.com", "vpn-2", "2026-12-01T08:00:00Z"),
		rec("baidubce.com", "vpn-2", "2027-12-01T08:00:00Z"),
		rec("https://bce.example", "vpn-3", "2026-12-01T08:00:00Z"),
		rec("sandbox", "vpn-4", "2026-12-01T08:00:00Z"),
	}
	text := written(t, func(w io.Writer) error { return Status(w, recs, Options{PlanFile: "my plan.json", Ledger: "a.db"}) })
	for _, want := range []string{
		"renewplan apply 'my plan.json' --ledger a.db\n",
		"renewplan apply 'my plan.json' --endpoint https://bce.example --ledger a.db\n",
		"renewplan apply 'my plan.json' --sandbox\n",
		"renewplan resolve bj vpn vpn-1 --bought --reason TEXT --ledger a.db\n",
		"renewplan resolve bj vpn vpn-2 --bought --reason TEXT --baseline 2026-12-01T08:00:00Z --ledger a.db\n",
		"renewplan resolve bj vpn vpn-2 --bought --reason TEXT --baseline 2027-12-01T08:00:00Z --ledger a.db\n",
		"renewplan resolve bj vpn vpn-4 --bought --reason TEXT --sandbox\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q; want it in\n%s", want, text)
		}
	}
	rs := []plan.Result{result(row("bj/vpn/vpn-1", plan.Renew, plan.Row{}), plan.NotSent, plan.Result{})}
	text = written(t, func(w io.Writer) error { return Results(w, rs, Summary{Cloud: "sandbox"}, Options{}) })
	if want := "renewplan apply PLANFILE --sandbox\n"; !strings.Contains(text, want) {
		t.Errorf("got no %q; want it in\n%s", want, text)
	}
	rs[0].Outcome = plan.Stale
	text = written(t, func(w io.Writer) error {
		return Results(w, rs, Summary{Cloud: "sandbox"}, Options{Spec: []string{"-t", "team=net ops", "network"}})
	})
	if want := "renewplan plan --out FILE --sandbox -t 'team=net ops' network\n"; !strings.Contains(text, want) {
		t.Errorf("got no %q; want it in\n%s", want, text)
	}
}
