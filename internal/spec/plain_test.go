package spec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"renewplan/internal/plan"
)

// What whole specs are made of at random: right values of the fields above
// resources, and then values that only just may not be there.
var (
	fittingTop = map[string][]string{
		"account": {`"prod"`, `"每月"`}, "region": {`"bj"`}, "unifiedExpiryDay": {"1", "28"},
		"maxItems": {"1", "1000000"}, "maxMonths": {"12"}, "maxPlanAge": {`"7d"`, `"9999h"`}, "maxTotal": {"0", "20000.50"},
		"allowUnknownPrice": {"true", "false"}, "refuseAutoRenew": {"true"},
		"length": {"1", "9", "12", "24", "36"}, "unit": {`"month"`}, "until": {`"2027-06-30"`, `"2028-02-29"`}, "dueWithin": {`"30d"`, `"72h"`},
	}
	nearlyTop = map[string][]string{
		"account": {`""`, `"a` + "\t" + `b"`, "5"}, "region": {`"BJ"`}, "unifiedExpiryDay": {"0", "29", "5.0", `"5"`},
		"maxItems": {"0", "1000001", "5.5"}, "maxMonths": {"37", "1.0", "true"}, "maxPlanAge": {`"0d"`, `"7"`, `"7m"`}, "maxTotal": {"0.001", "-1"},
		"allowUnknownPrice": {`"true"`, "1", "null"}, "refuseAutoRenew": {"bool"},
		"length": {"10", "0", "1.0", `"1"`}, "unit": {`"year"`}, "until": {`"2027-02-30"`, `"2027-6-30"`, `"x"`}, "dueWithin": {`"30"`, `"01d"`},
	}
	someComputed = []string{`_base & `, `#Named & `, `{monthlyPrice: 2 * 44.25} & `, `{lapse: "\(_m)"} & `, `{for k in ["region"] {(k): "gz"}} & `, `_base & #Named & `, `close({reservation: _m}) & `, `{name: resources.vpn.a.name} & `, `{if one > 0 {lapse: "x"}} & `}
	somePatterns = []string{
		`reservation: *"m" | string`, `reservation: "m"`, `{reservation: string | *"y", name: "x"}`, `reservation: *"m" | "y"`, `price: {"1": 88.00}`, `monthlyPrice: *88.5 | number`,
		`{price: {"12": 5}, region: *"bj" | "gz" | string}`, `lapse: *"old" | string`, `name: *"a" | *"b" | string`, `region: *"BJ" | "bj"`, `monthlyPrice: *5 | int`, `reservation: string`,
		`nam: "x"`, `{}`, `reservation: *"nope" | string`, `reservation: *"m" | _`, `name: *5 | string`, `{name: *"x" | string, name: "y"}`, `price: *{"1": 5} | {}`, `monthlyPrice: *0.001 | 5`,
		`reservation: *"m"`, `reservation: (*"m" | string)`, `reservation: *("m") | string`, `reservation: **"m" | string`, `reservation: *"m" | nope`, `reservation: *"m" & string`, `name: "a" | "b"`,
	}
)

// randomSpec is the text of a spec of one file.
func randomSpec(r *rand.Rand) string {
	odd := 0 // how many values in a hundred do not fit
	if r.IntN(2) == 0 {
		odd = 10
	}
	patterns := somePatterns[:5]
	if odd > 0 {
		patterns = somePatterns
	}
	object := func(names ...string) string {
		var fields []string
		for _, name := range names {
			if r.IntN(2) == 0 {
				continue
			}
			value := pick(r, fittingTop[name])
			if r.IntN(100) < odd {
				value = pick(r, nearlyTop[name])
			}
			fields = append(fields, name+": "+value)
		}
		return strings.Join(fields, "\n") + "\n"
	}
	var b strings.Builder
	computes := r.IntN(3) == 0 // then some values are not written out
	if computes {
		b.WriteString("_m: \"m\"\n_base: {region: *\"bj\" | string, ...}\n#Named: {name: *\"x\" | string, ...}\nlet one = 1\n_one: one\n")
	}
	b.WriteString(object("account", "region", "unifiedExpiryDay"))
	if r.IntN(2) == 0 {
		b.WriteString("limits: {\n" + object("maxItems", "maxMonths", "maxPlanAge", "maxTotal", "allowUnknownPrice", "refuseAutoRenew") + "}\n")
	}
	b.WriteString("reservations: m: length: 1\n")
	if r.IntN(2) == 0 {
		value := pick(r, fittingTop["length"])
		if r.IntN(100) < odd {
			value = pick(r, nearlyTop["length"])
		}
		b.WriteString("reservations: y: {length: " + value + "\n" + object("unit", "dueWithin") + "}\n")
	} else {
		b.WriteString("reservations: {y: {until: \"2027-06-30\"\n" + object("dueWithin", "unit") + "}}\n")
	}
	if r.IntN(100) < odd {
		b.WriteString("reservations: \"z z\": {\n" + object("length", "until") + "}\n")
	}
	if r.IntN(2) == 0 {
		b.WriteString("resources: " + pick(r, someKinds[:6]) + ": [string]: " + pick(r, patterns) + "\n")
	}
	if r.IntN(8) == 0 {
		b.WriteString("resources: [string]: [string]: " + pick(r, patterns) + "\n")
	}
	for range 1 + r.IntN(3) {
		kind, id := someKinds[r.IntN(5)], someIDs[r.IntN(4)]
		if r.IntN(100) < odd {
			kind, id = pick(r, someKinds), pick(r, someIDs)
		}
		var fields []string
		for _, name := range someNames {
			if (name == "relatedRenewFlag" && kind != "instance" && r.IntN(100) >= odd) || (name == "lapse" && r.IntN(3) > 0) {
				continue
			}
			if n := r.IntN(6); n == 0 || (name == "reservation" && n < 5) {
				value := pick(r, fitting[name])
				if r.IntN(100) < odd {
					value = pick(r, nearly[name])
				}
				fields = append(fields, name+": "+value)
			}
		}
		row := "{" + strings.Join(fields, ", ") + "}"
		if computes && r.IntN(2) == 0 {
			row = pick(r, someComputed) + row
		}
		fmt.Fprintf(&b, "resources: %s: %q: %s\n", kind, id, row)
	}
	if odd > 0 && r.IntN(20) == 0 {
		b.WriteString(pick(r, []string{"x: 1", "resources: {}", "resources: ecs: {}", "resources: vpn: {}", "_h: 1", "limits: {}", "region: \"bj\"", "reservations: m: unit: \"month\"", "resources: ecs: [string]: {}", "#D: 1", "string: \"x\"", "let x = 1"}))
	}
	return b.String()
}

// plainDifference is what rules get wrong of n random specs, "" if nothing; fast
// and right are how many specs they accept, and CUE. evaluated is how many of the
// fast CUE has evaluated before.
func plainDifference(t *testing.T, text string, seed uint64, n int) (wrong string, fast, evaluated, right int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	rules := newAcceptor(text)
	if rules == nil {
		t.Fatal("got no rules; want some")
	}
	var ctx *cue.Context
	var root cue.Value
	for i := range n {
		if i%100 == 0 { // a context only grows
			ctx = cuecontext.New(cuecontext.CUE_DEBUG(""))
			root, _ = compileSchema(ctx)
		}
		spec := randomSpec(r)
		p, err := parse(&sources{files: []source{{shown: "x.cue", format: formatCUE, data: []byte(spec)}}}, nil)
		if err != nil {
			continue
		}
		p.rules = func() *acceptor { return rules }
		value := ctx.CompileString(spec).Unify(root)
		verdict := value.Validate(cue.Concrete(true))
		if verdict == nil {
			right++
		}
		got, ok := p.plain(Options{MaxItems: 100})
		if !ok { // then as CUE has evaluated it, without the schema
			user := ctx.CompileString(spec)
			if got, ok = p.read(user, groupsOf(user.LookupPath(pathResources)), nowhere); ok {
				evaluated++
			}
		}
		if !ok {
			continue
		}
		fast++
		if verdict != nil {
			return fmt.Sprintf("accepted what CUE refuses: %v\n%s", verdict, spec), fast, evaluated, right
		}
		want, err := decode(value, nowhere)
		if err != nil {
			return fmt.Sprintf("accepted what cannot be read: %v\n%s", err, spec), fast, evaluated, right
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(plan.Resource{}, "Position")); diff != "" {
			return fmt.Sprintf("read something else (-CUE +rules):\n%s\n%s", diff, spec), fast, evaluated, right
		}
	}
	return "", fast, evaluated, right
}

// TestPlainSpecsAreWhatCUESays is what reading a whole spec without the evaluator
// is trusted for.
func TestPlainSpecsAreWhatCUESays(t *testing.T) {
	n := 6000
	if raceDetector || testing.Short() {
		n = 600
	}
	wrong, fast, evaluated, right := plainDifference(t, Schema(), 1, n)
	if wrong != "" {
		t.Error(wrong)
	}
	if fast < n/10 || fast*2 < right || evaluated < n/50 || evaluated > fast/2 {
		t.Errorf("%d specs of %d right ones were accepted, %d when evaluated; want most, and some, or this test shows nothing", fast, right, evaluated)
	}
}

// TestWrongRulesOfAWholeSpecAreFound holds that the test above finds a rule that
// is lost. The rules for whole numbers and for true and false are not among them:
// literalSpec reads nothing else.
func TestWrongRulesOfAWholeSpecAreFound(t *testing.T) {
	for name, change := range map[string][2]string{
		"an upper bound":         {"(int & >=1 & <=28)", "(int & >=1)"},
		"a lower bound":          {"(int & >=1 & <=28)", "(int & <=28)"},
		"one of a few":           {"length?: 1 | 2", "length?: 10 | 1 | 2"},
		"a date":                 {`until?: (time.Format("2006-01-02") & =~"^2[01]")`, "until?: string"},
		"either of two":          {`until?: error("want either length or until")`, "until?: _"},
		"one of two":             {"until!: _", "until?: _"},
		"a duration":             {"[1-9][0-9]{0,3}[dh]$", "[0-9]{1,4}[dh]$"},
		"a field that is wanted": {"reservation!: _", "reservation?: _"},
		"a name":                 {`account?: =~"^[^\\p{Cc}]{1,64}$"`, `account?: =~"^.*$"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(Schema(), change[0], change[1], 1)
			if text == Schema() {
				t.Fatalf("the schema has no %q", change[0])
			}
			if wrong, _, _, _ := plainDifference(t, text, 2, 4000); wrong == "" {
				t.Error("got no difference; want one")
			}
		})
	}
}

// TestSmallSpecsInLiteralsArePlain holds that the way without the evaluator is
// taken, for the specs that are most common.
func TestSmallSpecsInLiteralsArePlain(t *testing.T) {
	for name, fs := range map[string]files{
		"resources":          {"a.cue": small},
		"a default":          {"a.cue": small + `resources: vpn: [string]: reservation: *"m" | string`},
		"fixed fields":       {"a.cue": small + `resources: vpn: [string]: {region: "bj", price: {"1": 5}}`},
		"a default for all":  {"a.cue": small + `resources: [string]: [string]: name: *"x" | string`},
		"several files":      {"a.cue": "package p\n" + small, "b.cue": "package p\nresources: nat: \"nat-1\": lapse: \"x\"\n"},
		"JSON and YAML":      {"a.json": `{"resources": {"vpn": {"vpn-1": {"lapse": "x"}}}}`, "b.yaml": "resources:\n  nat:\n    nat-1: {lapse: old}\n"},
		"a reservation more": {"a.cue": small + "reservations: z: length: 1\nreservations: z: dueWithin: \"5d\"\n"},
	} {
		for name, in := range inAndOutsideOfModules(name, fs) {
			t.Run(name, func(t *testing.T) {
				write(t, in)
				opt := Options{MaxItems: 100}
				for file := range fs {
					opt.Args = append(opt.Args, file)
				}
				mustLoad(t, opt)
				if _, ok := plainOf(t, opt); !ok {
					t.Error("got it left to CUE; want it read")
				}
			})
		}
	}
}

func TestMistakesInPatternsOfNothingAreTold(t *testing.T) {
	write(t, files{"a.cue": small + "resources: nat: [string]: reservation: nope\n"})
	wantMistakes(t, Options{}, `a.cue:3:40: resources.nat."[]".reservation: nope is not defined; if it is meant as a text, put it in quotes: "nope"`)
}

// TestWhatIsNotPlainIsLeftToCUE has specs that are right, and mean more than their
// literals say.
func TestWhatIsNotPlainIsLeftToCUE(t *testing.T) {
	for name, more := range map[string]string{
		"an import":             "", // of a package, put before all else
		"a let clause":          "let x = \"m\"\nresources: nat: \"nat-1\": reservation: x\n",
		"a hidden field":        "_x: 1\n",
		"a definition":          "#X: 1\n",
		"an attribute":          "region: \"bj\" @go(Region)\n",
		"an embedded object":    "{region: \"bj\"}\n",
		"one value twice":       "region: \"bj\"\nregion: \"bj\"\n",
		"a resource twice":      "resources: vpn: \"vpn-1\": name: \"x\"\n",
		"a preset that is met":  "resources: vpn: [string]: reservation: \"m\"\n",
		"a default of no type":  "resources: vpn: [string]: name: *\"x\" | _\n",
		"a pattern of names":    "resources: vpn: [=~\"^vpn\"]: name: \"x\"\n",
		"a pattern that counts": "resources: vpn: [ID=string]: name: ID\n",
		"a pattern's patterns":  "resources: vpn: [string]: [string]: _\n",
		"a kind without any":    "resources: nat: {}\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := small + more
			if more == "" {
				text = "import \"strings\"\n" + small + `resources: nat: "nat-1": {lapse: "x", name: strings.ToLower("X")}`
			}
			write(t, files{"a.cue": text})
			mustLoad(t, Options{})
			if _, ok := plainOf(t, Options{Args: []string{"a.cue"}, MaxItems: 100}); ok {
				t.Error("got it read; want it left to CUE")
			}
		})
	}
}

// plainOf is what a spec is read as without the evaluator, if it is.
func plainOf(t *testing.T, opt Options) (*plan.Spec, bool) {
	t.Helper()
	s, err := gather(opt.Args, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parse(s, opt.Tags)
	if err != nil {
		t.Fatal(err)
	}
	return p.plain(opt)
}
