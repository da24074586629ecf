package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzShards holds that a spec is the same, or is told at least the same
// mistakes, by every other way than as one value.
func FuzzShards(f *testing.F) {
	for _, m := range mistakes {
		f.Add([]byte(twoReservations + "resources: nat: \"nat-1\": reservation: \"yearly\"\n" + m.spec))
	}
	f.Add([]byte("import \"strings\"\nlet a = \"m\"\n" + small + "resources: nat: {[string]: name: *\"x\" | string, b: {reservation: a}, c: {name: strings.ToLower(\"X\"), lapse: \"y\"}}\n"))
	f.Add([]byte("_b: {reservation: \"m\"}\n" + small + "resources: {vpn: {\"vpn-1\": _b, c: _b & {price: \"1\": 88.0}}, nat: {}}\n"))
	f.Add([]byte(small + "resources: [string]: [string]: {name: *\"x\" | string, price: \"1\": 5}\nresources: nat: [string]: reservation: *\"m\" | \"y\"\n"))
	f.Add([]byte("let n = \"x\"\n" + small + "resources: nat: {for i in [1, 2] {\"n-\\(i)\": {reservation: \"m\", name: n}}}\n"))
	f.Add([]byte(small + "resources: nat: [string]: reservation: *\"m\"\nresources: instance: [string]: reservation: m\n"))
	f.Add([]byte(small + "_y: [if (reservations.m & {x: 1}) == _|_ {\"a\"}, \"b\"][0]\nR=region: *\"bj\" | \"gz\"\nresources: vpn: a: X={lapse: _y, name: \"in \\(R)\", let q = X.lapse, price: \"1\": len(q)}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2<<10 {
			t.Skip("small files find as much, and sooner")
		}
		path := filepath.Join(t.TempDir(), "x.cue")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		opt := Options{Args: []string{path}, MaxTime: 2 * time.Second, MaxItems: 100, noLiterals: true}
		want, wantErr := Load(opt)
		for _, way := range ways {
			opt.shard, opt.noLiterals = way.shard, way.noLiterals
			got, err := Load(opt)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the spec differs by way of %s (-whole +other):\n%s", way.name, diff)
			}
			// Where names are not defined, the whole may not be fit for more, and a shard be.
			told := strings.Split(fmt.Sprint(err), "\n")
			for line := range strings.SplitSeq(fmt.Sprint(wantErr), "\n") {
				if !slices.Contains(told, line) || (way.shard == 0 && len(told) != strings.Count(fmt.Sprint(wantErr), "\n")+1) {
					t.Errorf("by way of %s, got\n%v\nwant what the whole tells:\n%v", way.name, err, wantErr)
					break
				}
			}
		}
	})
}
