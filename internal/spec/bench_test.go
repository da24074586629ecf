package spec

import (
	"fmt"
	"strings"
	"testing"
)

// fleet is a spec of n resources of every kind, written out.
func fleet(n int) string {
	var b strings.Builder
	b.WriteString("package fleet\nregion: \"bj\"\nreservations: {monthly: length: 1, yearly: length: 12}\n")
	for k, kind := range []string{"vpn", "nat", "eipgroup", "instance"} {
		fmt.Fprintf(&b, "resources: %s: {\n", kind)
		for i := k; i < n; i += 4 {
			fmt.Fprintf(&b, "\t\"%s-%08d\": {\n\t\treservation: \"monthly\"\n\t\tname: \"resource %d\"\n\t\tprice: {\"1\": 88.00, \"12\": 880.5}\n\t}\n", kind[:1], i, i)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// computed is a spec of n resources that a comprehension makes.
func computed(n int) string {
	return fmt.Sprintf(`package fleet
import "list"
reservations: {monthly: length: 1, yearly: length: 12}
resources: vpn: [string]: reservation: *"monthly" | string
resources: vpn: {for i in list.Range(0, %d, 1) {"v-\(i)": name: "gateway \(i)"}}
`, n)
}

// BenchmarkLoad measures the ways that a spec can go, per resource.
func BenchmarkLoad(b *testing.B) {
	for _, bb := range []struct {
		name string
		text func(int) string
		n    int
		opt  Options
	}{
		{"whole", fleet, 1000, Options{shard: 1 << 30}},
		{"shards", fleet, 2000, Options{noLiterals: true}},
		{"literals", fleet, 2000, Options{}},
		{"literals", fleet, 20_000, Options{}},
		{"computed", computed, 1000, Options{}},
	} {
		b.Run(fmt.Sprintf("%s/%d", bb.name, bb.n), func(b *testing.B) {
			write(b, files{"fleet.cue": bb.text(bb.n)})
			b.ReportAllocs()
			for b.Loop() {
				s, err := Load(bb.opt)
				if err != nil || len(s.Resources) != bb.n {
					b.Fatalf("got %v; want %d resources", err, bb.n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bb.n), "ns/resource")
		})
	}
}

// BenchmarkRules measures compiling the rules for literals, once a run.
func BenchmarkRules(b *testing.B) {
	for b.Loop() {
		if newAcceptor(Schema()) == nil {
			b.Fatal("got no rules; want some")
		}
	}
}
