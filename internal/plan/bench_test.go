package plan

import (
	"fmt"
	"testing"
	"time"
)

// manyResources is a spec of n resources, of which a quarter is due.
func manyResources(b *testing.B, n int) world {
	b.Helper()
	w := world{
		spec: &Spec{
			Account: "prod", Region: "bj",
			Reservations: map[string]Reservation{"yearly": {Length: 12, DueWithin: DefaultDueWithin}},
		},
		seen: make(Observed, n),
		opt:  exampleOptions(b),
	}
	for i := range n {
		k := Key{"bj", "vpn", fmt.Sprintf("vpn-%08d", i)}
		w.spec.Resources = append(w.spec.Resources, Resource{Key: Key{"", k.Kind, k.ID}, Reservation: "yearly"})
		w.seen[k] = Observation{
			Read: true, Prepaid: true, Payment: "Prepaid", Status: "active", Name: "生产环境 gateway",
			Expiry: w.opt.AsOf.Add(time.Duration(i%120) * day),
		}
	}
	return w
}

// benchmark measures work on plans of two sizes; the time for a row must be
// the same at both.
func benchmark(b *testing.B, work func(w world, p *Plan, text []byte) error) {
	b.Helper()
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := manyResources(b, n)
			p, err := Build(w.spec, w.seen, w.opt)
			if err != nil {
				b.Fatal(err)
			}
			text := p.Encode()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := work(w, p, text); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}

func BenchmarkBuildEncodeDecode(b *testing.B) {
	benchmark(b, func(w world, _ *Plan, _ []byte) error {
		p, err := Build(w.spec, w.seen, w.opt)
		if err != nil {
			return err
		}
		_, err = Decode(p.Encode())
		return err
	})
}

func BenchmarkBuild(b *testing.B) {
	benchmark(b, func(w world, _ *Plan, _ []byte) error {
		_, err := Build(w.spec, w.seen, w.opt)
		return err
	})
}

func BenchmarkOffline(b *testing.B) {
	benchmark(b, func(w world, _ *Plan, _ []byte) error {
		_, err := Offline(w.spec, w.opt)
		return err
	})
}

func BenchmarkEncode(b *testing.B) {
	benchmark(b, func(_ world, p *Plan, _ []byte) error {
		p.Encode()
		return nil
	})
}

func BenchmarkDecode(b *testing.B) {
	benchmark(b, func(_ world, _ *Plan, text []byte) error {
		_, err := Decode(text)
		return err
	})
}
