package report

import (
	"io"
	"strings"
	"testing"
	"time"

	"renewplan/internal/plan"
)

func TestTheNoteOfWhatIsRenewedAlongSaysWhatMatters(t *testing.T) {
	at := func(month time.Month, d int) time.Time { return time.Date(2027, month, d, 8, 0, 0, 0, time.UTC) }
	res := plan.Result{
		Row:     plan.Row{Key: plan.Key{Region: "bj", Kind: "instance", ID: "i-1"}, RelatedRenewFlag: "CDS", Months: 1},
		Outcome: plan.Verified, After: at(2, 10),
	}
	disk := func(before, after time.Time) plan.Followed {
		return plan.Followed{Attached: plan.Attached{Sort: plan.Disk, ID: "v-1", Expiry: before}, After: after}
	}
	address := plan.Followed{Attached: plan.Attached{Sort: plan.Address, ID: "10.0.0.1", Expiry: at(1, 10)}, Perhaps: true, After: at(1, 10)}
	unplanned := disk(time.Time{}, at(2, 10))
	unplanned.Unplanned = true
	for _, tt := range []struct {
		name string
		f    plan.Followed
		want string
		left bool // whether a person should look
	}{
		{"it was renewed as far", disk(at(1, 10), at(2, 10)), "with i-1", false},
		{"it was renewed, but less far", disk(at(1, 10), at(1, 11)), "with i-1, but it ends before i-1", true},
		{"it was renewed too far", disk(at(1, 10), at(3, 20)), "with i-1: it was, and farther than by 1 month: possibly paid twice, look in the console", true},
		{"it went back", disk(at(1, 10), at(1, 3)), "with i-1, but its expiry moved back: look in the console", true},
		{"it was not renewed", disk(at(1, 10), at(1, 10)), "with i-1, as relatedRenewFlag says, but its expiry has not moved: look in the console, it ends before i-1", true},
		{"it lasts longer", disk(at(6, 10), at(6, 10)), "with i-1; it lasts as long as i-1 anyway", false},
		{"it need not be renewed", address, "perhaps with i-1: it was not, and ends before i-1", false},
		{"it was not in the plan", unplanned, "with i-1; it was not in the plan; its expiry before is not known", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := res
			res.Followed = []plan.Followed{tt.f}
			if got := followedNote(res, tt.f); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if got := leftBehind(res); got != tt.left {
				t.Errorf("needs a person's eye: got %v; want %v", got, tt.left)
			}
		})
	}
}

// No list shows images of the marketplace, so that nobody can say that there are
// none, or what became of them.
func TestImagesOfTheMarketplaceAreCalledUnknown(t *testing.T) {
	r := row("bj/instance/i-1", plan.Renew, plan.Row{Months: 1, Price: "100.00", RelatedRenewFlag: "EIP_MKT"})
	p := &plan.Plan{Cloud: "sandbox", AsOf: day("2026-11-20"), Rows: []plan.Row{r}}
	rs := []plan.Result{result(r, plan.Verified, plan.Result{})}
	for _, tt := range []struct {
		name string
		text string
		want []string
	}{
		{"plan", written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) }), []string{
			"100.00 CNY and 1 thing renewed along of unknown price)",
			"+image    unknown  -     bj      -       -                             -    unknown  with i-1  relatedRenewFlag EIP_MKT; no list shows images of the marketplace, so whether it has any is not known\n",
			"1 renewed along not counted",
			"The relatedRenewFlag of 1 row names images of the marketplace (MKT): no list shows which there are. What that costs is not known,",
		}},
		{"plan as JSON", written(t, func(w io.Writer) error { return PlanJSON(w, p, nil) }), []string{
			`"unpricedAlong": 1`, `"sort": "MKT"`, `"problem": "no list shows images of the marketplace"`,
		}},
		{"result", written(t, func(w io.Writer) error { return Results(w, rs, Summary{}, Options{}) }), []string{
			"100.00 CNY and 1 thing renewed along of unknown price)",
			"names images of the marketplace (MKT): what became of them nobody can read back; look in the console.",
		}},
		{"result as JSON", written(t, func(w io.Writer) error { return ResultsJSON(w, rs, Summary{}) }), []string{
			`"unpricedAlong": 1`, `"along": []`,
		}},
	} {
		for _, want := range tt.want {
			if !strings.Contains(tt.text, want) {
				t.Errorf("%s: got\n%s\nwant %q in it", tt.name, tt.text, want)
			}
		}
	}
	for _, r := range []plan.Row{
		row("bj/instance/i-1", plan.Renew, plan.Row{Months: 1}),
		row("bj/instance/i-1", "", plan.Row{Months: 1, RelatedRenewFlag: "MKT"}), // offline
	} {
		if all := r.AllAlong(); len(all) > 0 {
			t.Errorf("decision %q, flag %q: got %v along; want nothing", r.Decision, r.RelatedRenewFlag, all)
		}
	}
	refused := []plan.Result{result(r, plan.RefusedByCloud, plan.Result{})}
	if text := written(t, func(w io.Writer) error { return Results(w, refused, Summary{}, Options{}) }); strings.Contains(text, "MKT") {
		t.Errorf("refused: got\n%s\nwant no word on images", text)
	}
}
