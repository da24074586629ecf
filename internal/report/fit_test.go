package report

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"renewplan/internal/plan"
)

func TestEveryLineFitsTheTerminal(t *testing.T) {
	for columns := 40; columns <= 260; columns += 1 + columns/40 {
		for _, opt := range []Options{{Width: columns}, {Width: columns, All: true, Color: true, PlanFile: "network.plan.json"}} {
			for name, text := range pages(t, opt) {
				for line := range strings.Lines(ansi.ReplaceAllString(text, "")) {
					line = strings.TrimSuffix(line, "\n")
					if w := max(width(line), displaywidth.String(line)); w > columns {
						t.Fatalf("%s at width %d: got a line of %d columns; want no more:\n%s", name, columns, w, line)
					}
				}
			}
		}
	}
}

func TestNoLineEndsWithBlanks(t *testing.T) {
	for _, columns := range []int{0, 30, 80, 120, 200} {
		for name, text := range pages(t, Options{Width: columns}) {
			for line := range strings.Lines(text) {
				if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " ") != line {
					t.Errorf("%s at width %d: got %q; want no blanks at its end", name, columns, line)
				}
			}
		}
	}
}

func TestIDsAreWholeEverywhere(t *testing.T) {
	check := func(t *testing.T, what string, texts map[string]string) {
		t.Helper()
		for name, text := range texts {
			text = ansi.ReplaceAllString(text, "")
			for _, id := range exampleIDs()[name] {
				if !strings.Contains(text, id) {
					t.Errorf("%s, %s: got no %q; want it whole:\n%s", name, what, id, text)
				}
			}
		}
	}
	for columns := 0; columns <= 200; columns += 4 {
		check(t, fmt.Sprintf("width %d", columns), pages(t, Options{Width: columns, Color: columns%2 == 0, All: true}))
	}
	check(t, "Markdown", markdownPages(t, Options{All: true}))
	check(t, "JSON", jsonPages(t))
}

func TestAnIDWiderThanTheTerminalIsWhole(t *testing.T) {
	id := "i-" + strings.Repeat("0123456789", 12)
	p := &plan.Plan{Cloud: "baidubce.com", AsOf: day("2026-11-20"), Rows: []plan.Row{
		row("bj/instance/"+id, plan.Refused, plan.Row{Name: chinese, Reason: "not found"}),
	}}
	for _, columns := range []int{20, 80, 200} {
		text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{Width: columns}) })
		if !strings.Contains(text, id) {
			t.Errorf("at width %d: got no whole id; want it:\n%s", columns, text)
		}
	}
}

func TestColumnsOfAPipeAreAlignedAndWhole(t *testing.T) {
	text := written(t, func(w io.Writer) error { return Plan(w, examplePlan(), nil, Options{}) })
	lines := strings.Split(text, "\n")
	top := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "KIND ") })
	if top < 0 {
		t.Fatalf("got no line that begins with KIND; want the head of the table:\n%s", text)
	}
	want := []string{"KIND", "ID", "NAME", "REGION", "EXPIRY", "NEW EXPIRY", "MONTHS", "PRICE CNY", "DECISION", "REASON"}
	if diff := cmp.Diff(want, splitColumns(lines[top])); diff != "" {
		t.Errorf("the columns differ (-want +got):\n%s", diff)
	}
	region := displaywidth.String(lines[top][:strings.Index(lines[top], "REGION")])
	money := displaywidth.String(lines[top][:strings.Index(lines[top], "PRICE CNY")+len("PRICE CNY")])
	for _, line := range lines[top+1 : top+1+len(examplePlan().Rows)] {
		if before, rest := head(line, region); !strings.HasSuffix(before, "  ") || rest[:2] != "bj" && rest[:2] != "gz" {
			t.Errorf("got region at another column than its head in\n%s\n%s", lines[top], line)
		}
		if before, rest := head(line, money); strings.HasSuffix(before, " ") || !strings.HasPrefix(rest, "  ") {
			t.Errorf("got a price that does not end below its head in\n%s\n%s", lines[top], line)
		}
	}
	for _, whole := range []string{long, "2026-12-02T16:30:45Z", "3 months from renewal or from expiry", "busy (status: Scaling); plan again when that is done"} {
		if !strings.Contains(text, whole) {
			t.Errorf("got no %q; want nothing cut in a pipe", whole)
		}
	}
}

func splitColumns(line string) []string {
	var cols []string
	for c := range strings.SplitSeq(line, "  ") {
		if c = strings.TrimSpace(c); c != "" {
			cols = append(cols, c)
		}
	}
	return cols
}

func TestAFoldHoldsEveryFieldOnce(t *testing.T) {
	for name, tab := range map[string]table{
		"plan":    planTable(examplePlan().Rows, form{}),
		"results": resultsTable(exampleResults(), form{}),
		"status":  statusTable(exampleRecords(), form{}),
	} {
		for i, fold := range tab.folds {
			got := slices.Sorted(slices.Values(slices.Concat(fold...)))
			want := make([]int, len(tab.fields))
			for f := range want {
				want[f] = f
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, fold %d: fields differ (-want +got):\n%s", name, i, diff)
			}
		}
	}
}

// With a Chinese locale on a simple terminal the table writer would count
// border characters, and others of ambiguous width, twice.
func TestTheLocaleDoesNotChangeWidths(t *testing.T) {
	if os.Getenv("RENEWPLAN_LOCALE_CHILD") != "" {
		return // the child runs the goldens only
	}
	if testing.Short() || *update {
		t.Skip("starts processes that compare with the goldens")
	}
	for _, env := range [][]string{
		{"LANG=zh_CN.UTF-8", "LC_ALL=zh_CN.UTF-8", "TERM=dumb"},
		{"LANG=zh_CN.UTF-8", "LC_ALL=zh_CN.UTF-8", "TERM=xterm-256color"},
		{"LANG=C", "LC_ALL=C", "TERM=dumb", "RUNEWIDTH_EASTASIAN=1"},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPagesLookAsInTheGoldens$|^TestAmbiguousWidth$")
		cmd.Env = append(append(os.Environ(), "RENEWPLAN_LOCALE_CHILD=1"), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with %v: %v\n%s", env, err, out)
		}
	}
}

// Characters of ambiguous width count as one column, whatever the locale.
func TestAmbiguousWidth(t *testing.T) {
	if got := width("①②─…"); got != 4 {
		t.Errorf("before any table was written: got width %d; want 4", got)
	}
	rows := [][]cell{{{text: "①②─…"}, {text: "x"}}, {{text: "abcd"}, {text: "x"}}}
	text, err := table{fields: []field{{head: "a"}, {head: "b"}}, rows: rows}.text(0, false)
	if err != nil {
		t.Fatal(err)
	}
	if want := "A     B\n①②─…  x\nabcd  x\n"; text != want {
		t.Errorf("got\n%swant\n%s", text, want)
	}
}

// bigPlan has n rows, of which every thousandth needs attention.
func bigPlan(n int) *plan.Plan {
	p := &plan.Plan{Cloud: "baidubce.com", Account: "prod", AsOf: day("2026-11-20")}
	for i := range n {
		d, r := plan.Renew, plan.Row{Name: chinese, Months: 1, Price: "10.00", Reason: "expires in 11 days, due within 30d", Baseline: day("2026-12-01T08:00:00Z"), Expected: day("2027-01-01T08:00:00Z")}
		switch {
		case i%1000 == 7:
			d, r = plan.Refused, plan.Row{Reason: "not found"}
		case i%1000 == 8:
			r.Reason += "; warning: auto-renew is on"
		case i%1000 == 9:
			d, r = plan.Lapse, plan.Row{Reason: "old", Baseline: day("2026-11-25T08:00:00Z")}
		case i%2 == 0:
			d, r = plan.NotDue, plan.Row{Reason: "due on 2027-05-01", Baseline: day("2027-05-31T08:00:00Z")}
		}
		p.Rows = append(p.Rows, row(fmt.Sprintf("%s/vpn/vpn-%08d", []string{"bj", "gz", "su"}[i*3/n], i), d, r))
	}
	return p
}

func TestManyRowsAreCountedAndAttentionStandsInFull(t *testing.T) {
	p := bigPlan(10_000)
	text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
	if lines := strings.Count(text, "\n"); lines > 80 {
		t.Errorf("got %d lines; want a summary", lines)
	}
	for i, r := range p.Rows {
		if want := i%1000 >= 7 && i%1000 <= 9; strings.Contains(text, r.ID) != want {
			t.Errorf("row %s (%s, %s): got shown %t; want %t", r.ID, r.Decision, r.Reason, !want, want)
		}
	}
	for _, want := range []string{"4,990 to renew", "Needs attention: 30 rows.", "--all", "49900.00"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q; want it in\n%s", want, text)
		}
	}
	if lapse, refused := strings.Index(text, "vpn-00000009"), strings.Index(text, "vpn-00000007"); lapse > refused {
		t.Errorf("got a lapse within 14 days behind other rows; want it first:\n%s", text)
	}
	small := bigPlan(maxRows)
	text = written(t, func(w io.Writer) error { return Plan(w, small, nil, Options{}) })
	for _, r := range small.Rows {
		if !strings.Contains(text, r.ID) {
			t.Errorf("with %d rows: got no %s; want every row", maxRows, r.ID)
		}
	}
}

func TestACountOfRowsThatBuyNothingHasNoPrice(t *testing.T) {
	p := bigPlan(10_000)
	for i := range p.Rows {
		p.Rows[i] = row(p.Rows[i].String(), plan.NotDue, plan.Row{})
	}
	text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
	if strings.Contains(text, unknownPrice) || !strings.Contains(text, "No row needs attention.") {
		t.Errorf("got\n%s\nwant no unknown price and no attention", text)
	}
}

func TestManyResultsAreCountedAndAttentionStandsInFull(t *testing.T) {
	var rs []plan.Result
	for i, r := range bigPlan(10_000).Rows {
		o := plan.Verified
		if i%1000 == 7 {
			o = plan.Unresolved
		}
		rs = append(rs, result(r, o, plan.Result{}))
	}
	text := written(t, func(w io.Writer) error { return Results(w, rs, Summary{}, Options{Width: 120}) })
	for i, r := range rs {
		if want := i%1000 == 7; strings.Contains(text, r.ID) != want {
			t.Errorf("row %s (%s): got shown %t; want %t", r.ID, r.Outcome, !want, want)
		}
	}
}

// The bound is generous, a hundred times what a slow machine takes for the
// summary: it finds what grows with the square of the rows.
func TestTenThousandRowsTakeBoundedTime(t *testing.T) {
	p := bigPlan(10_000)
	for name, f := range map[string]func(io.Writer) error{
		"summary":           func(w io.Writer) error { return Plan(w, p, nil, Options{Width: 120}) },
		"every row":         func(w io.Writer) error { return Plan(w, p, nil, Options{Width: 200, All: true}) },
		"every row, folded": func(w io.Writer) error { return Plan(w, p, nil, Options{Width: 80, All: true}) },
		"Markdown":          func(w io.Writer) error { return PlanMarkdown(w, p, nil, Options{All: true}) },
		"JSON":              func(w io.Writer) error { return PlanJSON(w, p, nil) },
	} {
		start := time.Now()
		text := written(t, f)
		took := time.Since(start)
		t.Logf("%s: %d bytes in %s", name, len(text), took)
		if took > 30*time.Second {
			t.Errorf("%s: got %s for 10,000 rows; want less than 30s", name, took)
		}
	}
}

func TestMarkdownFitsIntoAComment(t *testing.T) {
	p := bigPlan(400)
	for i := range p.Rows {
		p.Rows[i].Reason = strings.Repeat("due in 11 days ", 12)
	}
	many := bigPlan(10_000)
	for i := range many.Rows {
		many.Rows[i].Decision, many.Rows[i].Reason = plan.Refused, strings.Repeat("|", 100)
	}
	for name, p := range map[string]*plan.Plan{"long rows": p, "everything needs attention": many} {
		text := written(t, func(w io.Writer) error { return PlanMarkdown(w, p, nil, Options{}) })
		if n := len([]rune(text)); n > 65_536 {
			t.Errorf("%s: got %d characters; want at most 65,536", name, n)
		}
		all := written(t, func(w io.Writer) error { return PlanMarkdown(w, p, nil, Options{All: true}) })
		for _, r := range p.Rows {
			if !strings.Contains(all, r.ID) {
				t.Fatalf("%s: got no %s; want every row with All", name, r.ID)
			}
		}
	}
}
