package spec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"renewplan/internal/plan"
)

// files is the content of files by their slash-separated path.
type files map[string]string

// write puts files into a new folder and makes it the working directory.
func write(tb testing.TB, fs files) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, content := range fs {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Chdir(dir)
	return dir
}

// loadBoth is Load by the evaluator, as one value, held to give the same if
// literals are accepted by rules, and if the spec is cut into shards of one
// resource each, where it can be.
func loadBoth(t *testing.T, opt Options) (*plan.Spec, error) {
	t.Helper()
	opt.noLiterals = true
	s, err := Load(opt)
	for _, way := range ways {
		opt.shard, opt.noLiterals = way.shard, way.noLiterals
		other, otherErr := Load(opt)
		if diff := cmp.Diff(s, other, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Load(%v): the spec differs by way of %s (-whole +other):\n%s", opt.Args, way.name, diff)
		}
		if diff := cmp.Diff(fmt.Sprint(err), fmt.Sprint(otherErr)); diff != "" {
			t.Errorf("Load(%v): the error differs by way of %s (-whole +other):\n%s", opt.Args, way.name, diff)
		}
	}
	return s, err
}

// ways are how else a spec can be read than by evaluating it as one value.
var ways = []struct {
	name       string
	shard      int
	noLiterals bool
}{
	{"rules", 0, false},
	{"shards", 1, true},
	{"shards and rules", 1, false},
}

// mustLoad loads a spec that has no mistakes.
func mustLoad(t *testing.T, opt Options) *plan.Spec {
	t.Helper()
	s, err := loadBoth(t, opt)
	if err != nil {
		t.Fatalf("Load(%v): got %v; want a spec", opt.Args, err)
	}
	return s
}

// wantMistakes wants Load to fail with these lines.
func wantMistakes(t *testing.T, opt Options, want string) {
	t.Helper()
	s, err := loadBoth(t, opt)
	if _, ok := errors.AsType[Errors](err); !ok || s != nil {
		t.Fatalf("Load(%v): got spec %v, error %v; want mistakes:\n%s", opt.Args, s, err, want)
	}
	if diff := cmp.Diff(strings.TrimSpace(want), err.Error()); diff != "" {
		t.Errorf("Load(%v): mistakes differ (-want +got):\n%s", opt.Args, diff)
	}
}

// ids are the keys of a spec's resources, with their reservations.
func ids(s *plan.Spec) []string {
	var out []string
	for _, r := range s.Resources {
		out = append(out, r.String()+" "+r.Reservation)
	}
	return out
}

func TestEveryFieldOfTheLanguageIsRead(t *testing.T) {
	write(t, files{"spec.cue": `
package network

account: "prod"
region:  "bj"
reservations: {
	monthly: length: 1
	yearly: {length: 12, unit: "month", dueWithin: "45d"}
	aligned: {until: "2027-06-30", dueWithin: "72h"}
}
resources: {
	vpn: "vpn-bir8biqwr45e": reservation: "monthly"
	nat: "nat-bir8biqwr45e": {reservation: "yearly", name: "egress", region: "gz"}
	eipgroup: "eg-b2511000": {
		reservation: "aligned"
		price: {"1": 88, "12": 880.5, "36": 0.1 + 0.2}
		monthlyPrice: 1e2
	}
	instance: "i-YufwpQAe": {reservation: "yearly", relatedRenewFlag: "CDS_EIP_MKT"}
	instance: "i-OldBatch": {reservation: "monthly", lapse: "decommissioned in January"}
}
limits: {
	maxItems:          200
	maxMonths:         12
	maxPlanAge:        "36h"
	maxTotal:          20000
	allowUnknownPrice: true
	refuseAutoRenew:   true
}
unifiedExpiryDay: 5
`})
	key := func(region string, kind plan.Kind, id string) plan.Key {
		return plan.Key{Region: region, Kind: kind, ID: id}
	}
	want := &plan.Spec{
		Account: "prod",
		Region:  "bj",
		Reservations: map[string]plan.Reservation{
			"monthly": {Length: 1, DueWithin: plan.DefaultDueWithin},
			"yearly":  {Length: 12, DueWithin: 45 * 24 * time.Hour},
			"aligned": {Until: "2027-06-30", DueWithin: 72 * time.Hour},
		},
		Resources: []plan.Resource{
			{
				Key: key("", "eipgroup", "eg-b2511000"), Reservation: "aligned",
				Prices: map[int]string{1: "88.00", 12: "880.50", 36: "0.30"}, MonthlyPrice: "100.00", Position: "spec.cue:14:12",
			},
			{Key: key("", "instance", "i-OldBatch"), Reservation: "monthly", Lapse: "decommissioned in January", Position: "spec.cue:20:12"},
			{Key: key("", "instance", "i-YufwpQAe"), Reservation: "yearly", RelatedRenewFlag: "CDS_EIP_MKT", Position: "spec.cue:19:12"},
			{Key: key("", "vpn", "vpn-bir8biqwr45e"), Reservation: "monthly", Position: "spec.cue:12:7"},
			{Key: key("gz", "nat", "nat-bir8biqwr45e"), Reservation: "yearly", Name: "egress", Position: "spec.cue:13:7"},
		},
		Limits: plan.Limits{
			MaxItems: 200, MaxMonths: 12, MaxPlanAge: 36 * time.Hour, MaxTotal: "20000.00",
			AllowUnknownPrice: true, RefuseAutoRenew: true,
		},
		UnifiedExpiryDay: 5,
	}
	if diff := cmp.Diff(want, mustLoad(t, Options{})); diff != "" {
		t.Errorf("spec differs (-want +got):\n%s", diff)
	}
}

func TestWhatIsLeftOutHasItsDefault(t *testing.T) {
	write(t, files{"spec.cue": `resources: vpn: "vpn-1": lapse: "not needed"`})
	want := &plan.Spec{
		Resources: []plan.Resource{{Key: plan.Key{Kind: "vpn", ID: "vpn-1"}, Lapse: "not needed", Position: "spec.cue:1:17"}},
		Limits:    plan.Limits{MaxPlanAge: plan.DefaultMaxPlanAge},
	}
	if diff := cmp.Diff(want, mustLoad(t, Options{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("spec differs (-want +got):\n%s", diff)
	}
}

// TestTheLanguageOfCUE has what users write beyond plain fields.
func TestTheLanguageOfCUE(t *testing.T) {
	const reservations = "reservations: {monthly: length: 1, yearly: length: 12}\n"
	for _, tt := range []struct {
		name string
		spec string
		want []string
	}{
		{
			"a default for a kind holds where a row says nothing",
			`resources: vpn: [string]: reservation: *"monthly" | string
			resources: vpn: "vpn-1": {}`,
			[]string{"/vpn/vpn-1 monthly"},
		},
		{
			"a row overrides the default of its kind",
			`resources: vpn: [string]: reservation: *"monthly" | string
			resources: vpn: "vpn-1": {}
			resources: vpn: "vpn-2": reservation: "yearly"`,
			[]string{"/vpn/vpn-1 monthly", "/vpn/vpn-2 yearly"},
		},
		{
			"a default may hold for some ids only",
			`resources: vpn: [=~"^vpn-p"]: reservation: "yearly"
			resources: vpn: "vpn-p1": {}`,
			[]string{"/vpn/vpn-p1 yearly"},
		},
		{
			"a default for every kind",
			`resources: [string]: [string]: reservation: *"yearly" | string
			resources: {vpn: "vpn-1": {}, nat: "nat-1": {}}`,
			[]string{"/nat/nat-1 yearly", "/vpn/vpn-1 yearly"},
		},
		{
			"a kind may have a default and no rows",
			`resources: nat: [string]: reservation: *"monthly" | string
			resources: vpn: "vpn-1": reservation: "yearly"`,
			[]string{"/vpn/vpn-1 yearly"},
		},
		{
			"a default for the region of a kind",
			`resources: vpn: [string]: {reservation: "monthly", region: *"gz" | string}
			resources: vpn: "vpn-1": {}
			resources: vpn: "vpn-2": region: "su"`,
			[]string{"gz/vpn/vpn-1 monthly", "su/vpn/vpn-2 monthly"},
		},
		{
			"a comprehension makes rows",
			`_ids: ["vpn-1", "vpn-2"]
			resources: vpn: {for id in _ids {(id): reservation: "monthly"}}`,
			[]string{"/vpn/vpn-1 monthly", "/vpn/vpn-2 monthly"},
		},
		{
			"a comprehension with let and if",
			`resources: vpn: {
				for i in [1, 2, 3] let id = "vpn-\(i)" if i != 2 {(id): reservation: "monthly"}
			}`,
			[]string{"/vpn/vpn-1 monthly", "/vpn/vpn-3 monthly"},
		},
		{
			"hidden fields, definitions, let and aliases are no part of the spec",
			`_team: {name: string}
			#Gateway: {reservation: "yearly", ...}
			let who = "egress"
			resources: nat: "nat-1": #Gateway & {name: who}`,
			[]string{"/nat/nat-1 yearly"},
		},
		{
			"a closed definition of the user's does not clash with the schema",
			`#Gateway: {reservation: string, name?: string}
			resources: nat: "nat-1": #Gateway & {reservation: "yearly", name: "egress"}`,
			[]string{"/nat/nat-1 yearly"},
		},
		{
			"the standard library",
			`import ("strings", "list")
			resources: vpn: {for id in list.Sort(strings.Split("b,a", ","), list.Ascending) {"vpn-\(id)": reservation: "monthly"}}`,
			[]string{"/vpn/vpn-a monthly", "/vpn/vpn-b monthly"},
		},
		{
			"a reference to another row",
			`resources: vpn: "vpn-1": reservation: "yearly"
			resources: nat: "nat-1": reservation: resources.vpn."vpn-1".reservation`,
			[]string{"/nat/nat-1 yearly", "/vpn/vpn-1 yearly"},
		},
		{
			"a disjunction that the schema decides",
			`resources: vpn: "vpn-1": reservation: "yearly" | 5`,
			[]string{"/vpn/vpn-1 yearly"},
		},
		{
			"an optional field of the user's is no field",
			`resources: vpn: "vpn-1": {reservation: "yearly", note?: string}`,
			[]string{"/vpn/vpn-1 yearly"},
		},
		{
			"the same thing said twice",
			`resources: vpn: "vpn-1": reservation: "yearly"
			resources: vpn: "vpn-1": {reservation: "yearly", name: "x"}`,
			[]string{"/vpn/vpn-1 yearly"},
		},
		{
			"reservation names in any script",
			`reservations: "每月": length: 1
			resources: vpn: "vpn-1": reservation: "每月"`,
			[]string{"/vpn/vpn-1 每月"},
		},
		{
			"the longest id, and every character of ids",
			`resources: vpn: "` + strings.Repeat("x", 128) + `": reservation: "monthly"
			resources: vpn: "0A._-z": reservation: "monthly"`,
			[]string{"/vpn/0A._-z monthly", "/vpn/" + strings.Repeat("x", 128) + " monthly"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := tt.spec + "\n" + reservations
			write(t, files{"spec.cue": spec})
			s := mustLoad(t, Options{Args: []string{"spec.cue"}})
			if diff := cmp.Diff(tt.want, ids(s)); diff != "" {
				t.Errorf("resources differ (-want +got):\n%s", diff)
			}
			if err := verdict(t, spec); err != nil {
				t.Errorf("unified with #Spec: got %v; want no error", err)
			}
		})
	}
}

func TestARowOfAComprehensionHasThePlaceItIsMadeAt(t *testing.T) {
	write(t, files{"spec.cue": "reservations: m: length: 1\nresources: vpn: {\n\tfor i in [1, 2] {\n\t\t\"vpn-\\(i)\": reservation: \"m\"\n\t}\n}\n"})
	for _, r := range mustLoad(t, Options{}).Resources {
		file, line, _ := splitPosition(r.Position)
		if file != "spec.cue" || line < 2 || line > 4 {
			t.Errorf("%s: got position %s; want one in the comprehension", r.Key, r.Position)
		}
	}
}

func TestARowHasItsOwnPlaceAndNotThatOfADefault(t *testing.T) {
	write(t, files{
		"a.cue":    "package p\nreservations: m: length: 1\nresources: vpn: [string]: reservation: *\"m\" | string\n",
		"b.cue":    "package p\nresources: vpn: \"vpn-1\": {}\n",
		"c.json":   `{"resources": {"vpn": {"vpn-2": {}}}}`,
		"d.yaml":   "resources:\n  vpn:\n    vpn-3: {}\n",
		"skip.txt": "not read",
	})
	got := make(map[string]string)
	for _, r := range mustLoad(t, Options{Args: []string{"a.cue", "b.cue", "c.json", "d.yaml"}}).Resources {
		got[r.ID] = r.Position
	}
	want := map[string]string{"vpn-1": "b.cue:2:17", "vpn-2": "c.json:1:24", "vpn-3": "d.yaml:3:5"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("positions differ (-want +got):\n%s", diff)
	}
}

func TestMoneyIsExact(t *testing.T) {
	for written, want := range map[string]string{
		"0": "0.00", "0.0": "0.00", "5": "5.00", "88.5": "88.50", "0.01": "0.01", "1.10": "1.10", "1.230": "1.23",
		"0.1 + 0.2": "0.30", "3 * 1.1": "3.30", "1e2": "100.00", "100K": "100000.00", "999999999.99": "999999999.99",
		"4.35 * 100": "435.00", "1.15 + 1.15": "2.30", "12.5e-1": "1.25",
	} {
		t.Run(written, func(t *testing.T) {
			write(t, files{"spec.cue": `resources: vpn: "vpn-1": {lapse: "x", monthlyPrice: ` + written + `}`})
			if got := mustLoad(t, Options{}).Resources[0].MonthlyPrice; got != want {
				t.Errorf("monthlyPrice %s: got %s; want %s", written, got, want)
			}
		})
	}
}
