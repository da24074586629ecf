package exec

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// hungWorld is instances, each with a disk of its own, the one it runs from and an
// address, and their specs' flags.
func hungWorld(t *testing.T, cfg sandbox.Config, flags ...string) *world {
	t.Helper()
	expiry := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 10)
	for i := range flags {
		n := string(rune('0' + i))
		cfg.Fleet = append(cfg.Fleet, sandbox.Resource{
			Region: "bj", Kind: "instance", ID: "i-" + n, Payment: "Prepaid", Expiry: expiry,
			Attached: []sandbox.Attached{
				{Kind: "cds", ID: "v-" + n, Name: "data"},
				{Kind: "cds", ID: "sys-" + n, System: true},
				{Kind: "cds", ID: "hourly-" + n, Payment: "Postpaid"},
				{Kind: "eip", ID: "10.0.0." + n},
			},
		})
	}
	w := newWorld(t, cfg)
	for i, flag := range flags {
		w.spec.Resources[i].RelatedRenewFlag = flag
	}
	return w
}

// fullPlan is a plan that says what is renewed along.
func (w *world) fullPlan() *plan.Plan {
	w.t.Helper()
	seen := w.observe()
	if _, err := ObserveAttached(w.t.Context(), w.cfg, w.build(seen), seen); err != nil {
		w.t.Fatal(err)
	}
	return w.build(seen)
}

// faults makes the cloud misbehave; "" ends it.
func (w *world) faults(script string) {
	w.t.Helper()
	f, err := sandbox.ParseFaults(script)
	if err == nil {
		err = w.sb.SetFaults(f)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// followedBy words what became of the things along with a row.
func followedBy(res plan.Result) []string {
	var words []string
	for _, f := range res.Followed {
		word := string(f.Outcome()) + " " + f.Sort + " " + f.ID
		if f.Perhaps {
			word = "perhaps: " + word
		}
		if f.Unread != "" {
			word += " (" + f.Unread + ")"
		}
		words = append(words, word)
	}
	return words
}

func TestWhatIsRenewedAlongIsReadBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		byFlag bool // the cloud heeds the flag for disks, too
		flag   string
		want   []string
	}{
		{"what the flag names is renewed", false, "CDS_EIP", []string{"renewed CDS v-0", "renewed EIP 10.0.0.0"}},
		{"disks follow an empty flag", false, "", []string{"perhaps: renewed CDS v-0", "perhaps: not renewed EIP 10.0.0.0"}},
		{"disks do not follow an empty flag", true, "", []string{"perhaps: not renewed CDS v-0", "perhaps: not renewed EIP 10.0.0.0"}},
		{"the flag names the address alone", true, "EIP", []string{"perhaps: not renewed CDS v-0", "renewed EIP 10.0.0.0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := hungWorld(t, sandbox.Config{DisksByFlag: tt.byFlag}, tt.flag)
			rep := w.run(w.fullPlan())
			w.wantAll(rep, plan.Verified)
			if diff := cmp.Diff(tt.want, followedBy(rep.Results[0])); diff != "" {
				t.Errorf("followed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFleetsDisksAndAddressesTakeAListEach(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS_EIP", "CDS_EIP", "CDS_EIP", "CDS_EIP")
	p := w.plan()
	requests, err := ObserveAttached(t.Context(), w.cfg, p, plan.Observed{})
	if err != nil || requests != 2 {
		t.Errorf("got %d requests, %v; want 2, one for the disks and one for the addresses of all", requests, err)
	}
}

func TestWhereNothingCanHangNobodyLooks(t *testing.T) {
	w := newWorld(t, sandbox.Config{Fleet: fleetOf(1)})
	w.spec.Resources = w.spec.Resources[:1] // an EIP group
	requests, err := ObserveAttached(t.Context(), w.cfg, w.plan(), plan.Observed{})
	if err != nil || requests != 0 {
		t.Errorf("got %d requests, %v; want none", requests, err)
	}
}

func TestAReadOfWhatHangsThatFailsStopsNothing(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS_EIP")
	w.faults("read-forbid=next:99@/v2/volume")
	p := w.fullPlan()
	along := p.Rows[0].Along
	if len(along) != 2 || along[0].Problem == "" || along[1].ID != "10.0.0.0" {
		t.Fatalf("got along %+v; want the problem with the disks, and the address", along)
	}
	if strings.Contains(along[0].Problem, "request id") {
		t.Errorf("got %q; want nothing that is different in every plan", along[0].Problem)
	}
	rep := w.run(p)
	w.wantAll(rep, plan.Verified)
	got := followedBy(rep.Results[0])
	if len(got) != 2 || !strings.HasPrefix(got[0], "unknown CDS  (HTTP 403 ") || got[1] != "renewed EIP 10.0.0.0" {
		t.Errorf("got %q; want the disks unknown, and the address renewed", got)
	}
}

func TestWhatCouldNotBeReadWhenPlannedIsShownAsItIsAfterwards(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS")
	w.faults("read-forbid=next:99@/v2/volume")
	p := w.fullPlan()
	w.faults("")
	f := w.run(p).Results[0].Followed
	if len(f) != 1 || f[0].ID != "v-0" || f[0].After.IsZero() || f[0].Outcome() != plan.NotKnown || !f[0].Unplanned {
		t.Errorf("got %+v; want v-0 with its expiry now, of which it is not known whether it moved", f)
	}
}

func TestAReadThatFailsOnlyAfterTheRunIsTold(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS")
	p := w.build(w.observe()) // as of an instance without disks
	w.faults("read-forbid=next:99@/v2/volume")
	rep := w.run(p)
	w.wantAll(rep, plan.Verified)
	if got := followedBy(rep.Results[0]); len(got) != 1 || !strings.Contains(got[0], "403") {
		t.Errorf("got %q; want that the disks could not be read", got)
	}
}

func TestWhatWasAttachedSinceThePlanIsShown(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS")
	w.spec.Resources[0].RelatedRenewFlag = "CDS"
	rep := w.run(w.plan()) // a plan of which nobody looked what hangs on its row
	f := rep.Results[0].Followed
	if len(f) != 1 || f[0].ID != "v-0" || !f[0].Unplanned {
		t.Errorf("got %+v; want v-0, which was not in the plan", f)
	}
}

func TestRowsThatWereNotBoughtHaveNothingFollowed(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS_EIP")
	p := w.fullPlan()
	w.faults("refuse=next:1")
	rep := w.run(p)
	w.wantAll(rep, plan.RefusedByCloud)
	if rep.Results[0].Followed != nil {
		t.Errorf("got %+v; want nothing followed", rep.Results[0].Followed)
	}
}

func TestAPlanThatIsAppliedIsNotFollowedAgain(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS_EIP")
	p := w.fullPlan()
	w.run(p)
	again := w.run(p)
	if again.Requests != 0 || again.Results[0].Followed != nil {
		t.Errorf("got %d requests, followed %+v; want none", again.Requests, again.Results[0].Followed)
	}
}

func TestOnlyWhatMustMoveIsWaitedFor(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2027, 1, d, 0, 0, 0, 0, time.UTC) }
	disk := func(was, now int) plan.Followed {
		f := plan.Followed{Attached: plan.Attached{Sort: plan.Disk, ID: "v-1", Expiry: day(was)}}
		if now > 0 {
			f.After = day(now)
		}
		return f
	}
	perhaps := disk(1, 1)
	perhaps.Perhaps = true
	for _, tt := range []struct {
		name  string
		thing plan.Followed
		want  bool
	}{
		{"it has not moved", disk(1, 1), true},
		{"it has moved", disk(1, 20), false},
		{"it lasts as long as what it hangs on", disk(20, 20), false},
		{"it could not be read", disk(1, 0), false},
		{"it need not move", perhaps, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := plan.Result{After: day(20), Followed: []plan.Followed{tt.thing}}
			if got := waits(&res); got != tt.want {
				t.Errorf("got %v; want %v", got, tt.want)
			}
		})
	}
}

func TestAnInterruptEndsTheWaitForWhatIsRenewedAlong(t *testing.T) {
	w := hungWorld(t, sandbox.Config{}, "CDS")
	p := w.fullPlan()
	stop := make(chan struct{})
	cfg := w.cfg
	cfg.Stop = stop
	once := sync.OnceFunc(func() { close(stop) })
	cfg.Progress = func(now plan.Progress) {
		if now.Done == now.Total {
			once()
		}
	}
	rep := w.runWith(t.Context(), cfg, p)
	got := followedBy(rep.Results[0])
	if !rep.Interrupted || len(got) != 1 || got[0] != "unknown CDS v-0 (nobody looked: the run was interrupted)" {
		t.Errorf("got interrupted %v, %q; want a disk that nobody looked at", rep.Interrupted, got)
	}
}

// TestWhatWasReadStandsBesideWhatWasNot has one disk of an instance that proves
// nothing, and one that was read.
func TestWhatWasReadStandsBesideWhatWasNot(t *testing.T) {
	expiry := time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)
	found := func(at time.Time) []plan.Attached {
		return things("CDS", bce.AttachedFound{
			ID: "i-1", Attached: []bce.Attached{{Sort: "CDS", ID: "v-2", Payment: "Prepaid", Expiry: at}}, Err: errors.New("v-1: no zone"),
		})
	}
	before := found(expiry)
	if len(before) != 2 || before[0].ID != "v-2" || before[1].Problem != "v-1: no zone" {
		t.Fatalf("got %+v; want v-2, and what is wrong with v-1", before)
	}
	res := plan.Result{Row: plan.Row{Along: before, RelatedRenewFlag: "CDS"}}
	moved := plan.AddMonths(expiry, 1)
	got := followed(&res, found(moved))
	if len(got) != 2 || !strings.Contains(got[0].Unread+got[1].Unread, "v-1: no zone") || !got[0].After.Equal(moved) && !got[1].After.Equal(moved) {
		t.Errorf("got %+v; want the new expiry of v-2, and what is wrong with v-1", got)
	}
}
