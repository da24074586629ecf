package spec

import (
	"iter"
	"maps"
	"strings"
	"testing"
)

// cutOf is how a spec is cut into parts of one resource each; nil if it is not.
func cutOf(t *testing.T, opt Options) *cutSpec {
	t.Helper()
	s, err := gather(opt.Args, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parse(s, opt.Tags)
	if err != nil {
		t.Fatal(err)
	}
	opt.shard = 1
	return p.cut(opt)
}

// inAndOutsideOfModules are the same files in no CUE module and in one, by names
// for tests.
func inAndOutsideOfModules(name string, fs files) iter.Seq2[string, files] {
	return func(yield func(string, files) bool) {
		if !yield(name, fs) {
			return
		}
		fs := maps.Clone(fs)
		fs["cue.mod/module.cue"] = moduleFile
		yield(name+", in a module", fs)
	}
}

// TestWhatIsCutMeansTheSame has specs that are cut, and in which a part could
// mean something else than the whole. mustLoad and wantMistakes compare the two,
// here and in every other test.
func TestWhatIsCutMeansTheSame(t *testing.T) {
	const two = "reservations: {m: length: 1, y: length: 12}\nresources: vpn: \"vpn-1\": reservation: \"m\"\n"
	for _, tt := range []struct {
		name  string
		files files
		tags  []string
		parts int
	}{
		{"plain rows", files{"a.cue": two + `resources: nat: {"nat-1": reservation: "y", nat_2: {reservation: "m", name: "x"}}`}, nil, 3},
		{"a default for a kind", files{"a.cue": two + `resources: nat: {[string]: reservation: *"y" | string, "nat-1": {}, "nat-2": reservation: "m"}`}, nil, 3},
		{"a default for every kind, before and after", files{
			"a.cue": "package p\nresources: [string]: [ID=string]: name: \"n \\(ID)\"\n" + two,
			"b.cue": "package p\nresources: [=~\"^v\"]: {[string]: reservation: string}\nresources: nat: \"nat-1\": reservation: \"y\"\n",
		}, nil, 2},
		{"an import that one row needs", files{"a.cue": "import (\n\t\"strings\"\n\t\"list\"\n)\n" + two + `resources: vpn: "vpn-2": {reservation: strings.ToLower("M"), name: list.Sort(["x"], list.Ascending)[0]}`}, nil, 2},
		{"an import by another name", files{"a.cue": "import s \"strings\"\n" + two + `resources: vpn: "vpn-2": {reservation: s.ToLower("M"), name: "s"}`}, nil, 2},
		{"let clauses that one row needs", files{"a.cue": two + "let b = a + \"y\"\nlet a = \"x\"\n" + `resources: vpn: "vpn-2": {reservation: "y", name: b}`}, nil, 2},
		{"a let clause in a row", files{"a.cue": two + `resources: vpn: "vpn-2": {let n = "x", reservation: "y", name: n}`}, nil, 2},
		{"hidden fields and definitions of another file", files{
			"a.cue": "package p\n_base: {reservation: \"m\", #name: \"x\", name: #name}\n#Closed: {reservation: string, region?: string}\n",
			"b.cue": "package p\n" + two + `resources: nat: {"nat-1": _base, "nat-2": #Closed & {reservation: "y"}}`,
		}, nil, 3},
		{"the top of the spec", files{"a.cue": two + "region: \"bj\"\naccount: \"x\"\n" + `resources: nat: "nat-1": {reservation: "m", name: account + region + "\(reservations.y.length)"}`}, nil, 2},
		{"one resource in many places", files{
			"a.cue":  "package p\n" + two + `resources: nat: "nat-1": {reservation: "y"}`,
			"b.cue":  "package p\n" + `resources: {vpn: {"vpn-1": name: "a"}, nat: {"nat-1": name: "b", "nat-1": region: "bj"}}`,
			"c.json": `{"resources": {"vpn": {"vpn-1": {"region": "gz"}, "vpn-9": {"reservation": "m", "monthlyPrice": 88.50}}}}`,
			"d.yaml": "resources:\n  vpn:\n    vpn-1: {lapse: old}\n",
		}, nil, 3},
		{"kinds without rows", files{"a.cue": two + `resources: {vpn: "vpn-2": reservation: "y", nat: {}, instance: {[string]: reservation: "m"}}` + "\nresources: {}\n"}, nil, 2},
		{"a tag in the prelude", files{"a.cue": two + `_r: string @tag(r)` + "\n" + `resources: vpn: "vpn-2": reservation: _r`}, []string{"r=y"}, 2},
		{"a name like a row's, of something else", files{"a.cue": two + `resources: vpn: {x: {_q: {y: "m"}, reservation: _q.y}, y: {reservation: "y"}}`}, nil, 3},
	} {
		for name, fs := range inAndOutsideOfModules(tt.name, tt.files) {
			t.Run(name, func(t *testing.T) {
				write(t, fs)
				opt := Options{Tags: tt.tags}
				for name := range tt.files {
					opt.Args = append(opt.Args, name)
				}
				mustLoad(t, opt)
				c := cutOf(t, opt)
				if c == nil {
					t.Fatal("got a spec that is not cut; want it cut")
				}
				if got := c.count; got != tt.parts {
					t.Errorf("got %d parts; want %d", got, tt.parts)
				}
			})
		}
	}
}

// TestWhatIsNotCertainIsNotCut has specs in which a part does not show what the
// whole is.
func TestWhatIsNotCertainIsNotCut(t *testing.T) {
	const rows = "package p\nreservations: {m: length: 1}\nresources: vpn: {\"vpn-1\": reservation: \"m\", \"vpn-2\": reservation: \"m\"}\n"
	for name, more := range map[string]string{
		"a reference to a row":                  `resources: nat: "nat-1": reservation: resources.vpn."vpn-1".reservation`,
		"a reference from the prelude":          `_n: len(resources.vpn)`,
		"a reference to a row by its name":      `resources: nat: {a: reservation: "m", b: a}`,
		"a reference to a kind by its name":     `resources: {nat: a: reservation: "m", eipgroup: b: nat.a}`,
		"a row that refers to itself":           `resources: nat: a: {reservation: "m", name: a.reservation}`,
		"a comprehension of rows":               `resources: nat: {for i in ["a"] {(i): reservation: "m"}}`,
		"a comprehension of kinds":              `resources: {for i in ["nat"] {(i): a: reservation: "m"}}`,
		"a comprehension at the top":            `for i in ["nat"] {resources: (i): a: reservation: "m"}`,
		"a computed name":                       `resources: nat: "\("a")": reservation: "m"`,
		"a computed name at the top":            `("resources"): nat: a: reservation: "m"`,
		"an embedded object at the top":         `{resources: nat: a: reservation: "m"}`,
		"an embedded object in a kind":          `resources: nat: {{a: reservation: "m"}}`,
		"a combined kind":                       `resources: nat: {a: reservation: "m"} & {b: reservation: "m"}`,
		"a kind by reference":                   `_k: {a: reservation: "m"}, resources: nat: _k`,
		"an alias of the resources":             `R=resources: nat: a: reservation: "m"` + "\n_r: R",
		"an alias of a row":                     `resources: nat: R="nat-1": {reservation: "m", name: R.reservation}`,
		"a let clause beside rows":              `resources: nat: {let n = "m", a: reservation: n}`,
		"a hidden field beside rows":            `resources: nat: {_x: "m", a: reservation: _x}`,
		"an optional row":                       `resources: nat: a?: reservation: "m"`,
		"a required row":                        `resources: nat: {a!: reservation: "m", a: {}}`,
		"a tag in a row":                        `resources: nat: a: reservation: "m" @tag(r)`,
		"an open kind":                          `resources: nat: {a: reservation: "m", ...}`,
		"a let clause of the resources' name":   "let r = {nat: a: reservation: \"m\"}\nresources: r",
		"a row in a prelude that is the kind's": `resources: {nat: a: reservation: "m"} & {nat: b: reservation: "m"}`,
	} {
		for name, fs := range inAndOutsideOfModules(name, files{"a.cue": rows + more + "\n"}) {
			t.Run(name, func(t *testing.T) {
				write(t, fs)
				mustLoad(t, Options{})
				if cutOf(t, Options{Args: []string{"a.cue"}}) != nil {
					t.Error("got a spec that is cut; want it whole")
				}
			})
		}
	}
}

// TestModulesThatTakePartAreNotCut has specs that their module adds to, or spoils.
func TestModulesThatTakePartAreNotCut(t *testing.T) {
	const rows = "reservations: {m: length: 1}\nresources: vpn: {\"vpn-1\": reservation: \"m\", \"vpn-2\": reservation: \"m\"}\n"
	lib := files{"cue.mod/module.cue": moduleFile, "lib/lib.cue": "package lib\nname: \"x\"\n"}
	for name, tt := range map[string]struct {
		spec  string
		files files
		right bool
	}{
		"a package of the module":          {"import \"corp.example/renewals/lib\"\n" + rows + `resources: nat: a: {lapse: lib.name}`, lib, true},
		"the same by another name":         {"import l \"corp.example/renewals/lib@v0:lib\"\n" + rows + `resources: nat: a: {lapse: l.name}`, lib, true},
		"a module without a version":       {rows, files{"cue.mod/module.cue": "module: \"corp.example/renewals@v0\"\n"}, false},
		"a module of a later language":     {rows, files{"cue.mod/module.cue": strings.Replace(moduleFile, "v0.15.0", "v0.99.0", 1)}, false},
		"a module that replaces another":   {rows, files{"cue.mod/module.cue": moduleFile + "deps: \"corp.example/x@v0\": {v: \"v0.0.1\", replaceWith: \"./x\"}\n"}, false},
		"a local file of another module":   {rows, files{"cue.mod/module.cue": moduleFile, "cue.mod/local-module.cue": "module: \"corp.example/other@v0\"\n"}, false},
		"a local file that says something": {rows, files{"cue.mod/module.cue": moduleFile, "cue.mod/local-module.cue": "nonsense: 5\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			fs := maps.Clone(tt.files)
			fs["a.cue"] = tt.spec + "\n"
			write(t, fs)
			if _, err := loadBoth(t, Options{}); (err == nil) != tt.right {
				t.Errorf("got %v; want it right: %t", err, tt.right)
			}
			s, err := gather([]string{"a.cue"}, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			p, err := parse(s, nil)
			if err == nil && p.cut(Options{shard: 1}) != nil {
				t.Error("got a spec that is cut; want it whole")
			}
		})
	}
}

// TestMistakesInWhatIsCutAreToldTheSame has what a part could tell otherwise.
func TestMistakesInWhatIsCutAreToldTheSame(t *testing.T) {
	const rows = "reservations: {m: length: 1}\nresources: vpn: {\"vpn-1\": reservation: \"m\", \"vpn-2\": reservation: \"m\"}\n"
	for name, more := range map[string]string{
		"an import that nothing uses":          "",
		"a let clause that nothing uses":       `let x = 1`,
		"an unknown name in a row":             `resources: nat: {a: reservation: nope, b: {reservation: "m", name: 5}, c: reservation: "x"}`,
		"an unknown name in the prelude":       `_x: nope`,
		"a mistake in the prelude":             `limits: maxItems: 0`,
		"mistakes in the prelude and in rows":  "limits: maxItem: 5\nresources: vpn: \"vpn-1\": nam: \"x\"\nresources: vpn: \"vpn-3\": {}\n",
		"a conflict in the prelude":            "_a: 1\n_a: 2",
		"a conflict in a definition":           "#A: {x: 1}\n#A: {x: 2}",
		"an unknown kind":                      `resources: vnp: {"vpn-3": reservation: "m", "vpn-4": reservation: "m"}`,
		"a default that no row fits":           `resources: vpn: [string]: reservation: "x"`,
		"a default for all rows that is wrong": `resources: vpn: [string]: region: "BJ"`,
		"a row in two places that conflict":    "resources: vpn: \"vpn-1\": name: \"a\"\nresources: vpn: \"vpn-1\": name: \"b\"",
		"a name that is no id":                 `resources: vpn: "a b": reservation: "m"`,
		"an empty id":                          `resources: vpn: "": reservation: "m"`,
		"an unknown reservation":               `resources: vpn: "vpn-3": reservation: "n"`,
		"no reservation":                       "resources: vpn: \"vpn-3\": {}\nresources: nat: \"nat-1\": {}",
		"a row that is no object":              `resources: vpn: {"vpn-3": 5, "vpn-4": [1], "vpn-5": null, "vpn-6": string}`,
		"a reservation that is wrong":          `reservations: n: {length: 10}, resources: vpn: "vpn-3": reservation: "n"`,
		"an unknown field at the top":          `resource: vpn: {}`,
	} {
		text := rows + more + "\n"
		if strings.HasPrefix(name, "an import") {
			text = "import \"strings\"\n" + text
		}
		for name, fs := range inAndOutsideOfModules(name, files{"a.cue": text}) {
			t.Run(name, func(t *testing.T) {
				write(t, fs)
				if s, err := loadBoth(t, Options{Args: []string{"a.cue"}}); err == nil {
					t.Errorf("got %v; want mistakes", ids(s))
				}
			})
		}
	}
}
