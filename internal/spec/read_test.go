package spec

import (
	"testing"

	"cuelang.org/go/cue"
)

// nowhere is for resources whose positions do not matter.
func nowhere(string, string, cue.Value) string { return "" }

// readOf reports whether a spec is read without unifying each resource.
func readOf(t *testing.T, spec string) bool {
	t.Helper()
	write(t, files{"a.cue": spec})
	s, err := gather([]string{"a.cue"}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parse(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.load(); err != nil {
		t.Fatal(err)
	}
	_, user := p.build()
	_, ok := p.read(user, groupsOf(user.LookupPath(pathResources)), nowhere)
	return ok
}

func TestWhatTheSchemaCannotChangeIsRead(t *testing.T) {
	for name, spec := range map[string]string{
		"a comprehension":       computed(5),
		"a hidden object":       "reservations: m: length: 1\n_p: {\"1\": 88.0}\n_v: {reservation: \"m\", price: _p}\nresources: vpn: a: _v & {name: \"x\"}\n",
		"a literal by an alias": "R=region: \"bj\"\nresources: vpn: a: {lapse: \"x\", name: \"in \\(R)\"}\n",
		"a literal":             "region: \"bj\"\nresources: vpn: a: {lapse: \"x\", name: \"in \\(region)\"}\n",
		"a let clause":          "let x = \"m\"\nreservations: \"\\(x)\": {until: \"2027-06-30\", dueWithin: \"5d\"}\nlimits: {maxItems: 2 * 5, maxTotal: 5.5, refuseAutoRenew: 1 < 2}\nresources: vpn: a: reservation: x\n",
		"a name in a pattern":   "resources: vpn: [ID=string]: lapse: \"old \\(ID)\"\nresources: vpn: a: {}\n",
		"a definition":          "reservations: m: length: 1\n#V: {reservation: *\"m\" | string, name?: string}\nresources: vpn: a: #V & {name: \"x\"}\n",
		"lapses":                "_why: \"old\"\nresources: vpn: a: lapse: _why\n",
	} {
		t.Run(name, func(t *testing.T) {
			if !readOf(t, spec) {
				t.Error("got it unified row by row; want it read")
			}
			mustLoad(t, Options{Args: []string{"a.cue"}})
		})
	}
}

// TestWhatTheSchemaMayChangeIsUnified has specs in which the schema decides
// between alternatives, and what it decides shows elsewhere.
func TestWhatTheSchemaMayChangeIsUnified(t *testing.T) {
	for name, spec := range map[string]string{
		"a price":                   "resources: vpn: a: {lapse: \"x\", monthlyPrice: *0.001 | 5}\n_n: resources.vpn.a.monthlyPrice\nresources: nat: b: {lapse: \"y\", name: \"\\(_n)\"}\n",
		"the region":                "region: *\"BJ\" | \"bj\"\nresources: vpn: a: {lapse: \"x\", name: region}\n",
		"a reservation":             "reservations: m: {length: *10 | 12}\nresources: vpn: a: {reservation: \"m\", name: \"\\(reservations.m.length)\"}\n",
		"no default":                "resources: vpn: a: {lapse: \"x\", monthlyPrice: 0.001 | 5}\n",
		"a whole row":               "resources: vpn: a: *{lapse: \"x\", nam: \"y\"} | {lapse: \"z\"}\n",
		"a kind":                    "resources: vpn: *{a: nam: \"y\"} | {b: lapse: \"z\"}\n",
		"a hidden field":            "resources: vpn: a: {lapse: \"x\", _h: 1}\n",
		"a closed reservation":      "reservations: m: length: 1\n_y: [if (reservations.m & {x: 1}) == _|_ {\"a\"}, \"b\"][0]\nresources: vpn: a: lapse: _y\n",
		"a closed object":           "_b: {price: \"1\": 5, let q = [if (price & {x: 1}) == _|_ {\"a\"}, \"b\"][0], lapse: q}\nresources: vpn: a: _b\n",
		"a resource":                "resources: vpn: a: {lapse: \"x\"}\nresources: nat: b: resources.vpn.a\n",
		"a hidden alias":            "_R=resources: vpn: a: {lapse: \"x\"}\nresources: nat: b: _R.vpn.a\n",
		"a hidden alias of a value": "_r: resources: vpn: a: _X={lapse: \"x\", let y = [if (_X & {x: 1}) == _|_ {\"a\"}, \"b\"][0], name: y}\nresources: _r.resources\n",
		"an alias":                  "R=resources: vpn: a: {lapse: \"x\"}\nresources: nat: b: R.vpn.a\n",
		"a value's alias":           "resources: vpn: a: X={lapse: \"x\", let y = X.lapse, name: y}\n",
		"an optional one":           "resources: vpn: a: {lapse: \"x\", note?: string}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if readOf(t, spec) {
				t.Error("got it read; want it unified")
			}
			mustLoad(t, Options{Args: []string{"a.cue"}})
		})
	}
}
