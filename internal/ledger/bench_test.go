package ledger

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkIntend writes intents with so many of them in flight. A commit is a
// sync: commits/op falls as more of them share one.
func BenchmarkIntend(b *testing.B) {
	for _, inFlight := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(inFlight), func(b *testing.B) {
			l, r := ready(b)
			for n := range b.N {
				if _, _, err := r.Claim(b.Context(), benchClaim(n)); err != nil {
					b.Fatal(err)
				}
			}
			before := l.write.commits.Load()
			b.ResetTimer()
			var next atomic.Int64
			var all sync.WaitGroup
			for range inFlight {
				all.Go(func() {
					for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
						if err := r.Intend(b.Context(), benchClaim(n-1).Key, Try{Number: 1, BodyDigest: strings.Repeat("b", 64)}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(l.write.commits.Load()-before)/float64(b.N), "commits/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "intents/s")
		})
	}
}

// BenchmarkRecords reads 100,000 records, each with its try.
func BenchmarkRecords(b *testing.B) {
	const records = 100_000
	l, r := ready(b)
	var all sync.WaitGroup
	for from := range 64 {
		all.Go(func() {
			for n := from; n < records; n += 64 {
				if _, _, err := r.Claim(b.Context(), benchClaim(n)); err != nil {
					b.Error(err)
				}
				if err := r.Intend(b.Context(), benchClaim(n).Key, Try{Number: 1, BodyDigest: strings.Repeat("b", 64)}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	for b.Loop() {
		if recs, err := l.Records(b.Context(), "c"); err != nil || len(recs) != records {
			b.Fatalf("reading: got %d records, error %v; want %d", len(recs), err, records)
		}
	}
}

// ready opens a new ledger and begins a run.
func ready(b *testing.B) (*sqliteLedger, Run) {
	b.Helper()
	l, err := openSQLite(filepath.Join(b.TempDir(), "ledger.db"), SQLiteOptions{}, migrations())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	r, err := l.Begin(b.Context(), RunInfo{})
	if err != nil {
		b.Fatal(err)
	}
	return l, r
}

func benchClaim(n int) Claim { return someClaim(fmt.Sprintf("vpn-%012d", n)) }
