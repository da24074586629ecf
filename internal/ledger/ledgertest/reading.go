package ledgertest

import (
	"renewplan/internal/ledger"
)

// reading holds what Records and Get promise.
func reading() []test {
	return []test{
		{"a new ledger is empty", readEmpty},
		{"records come sorted, of the cloud that was asked for", readSorted},
		{"every record has its own tries, oldest first", readTries},
	}
}

func readEmpty(b *bench) {
	for _, cloud := range []string{"", "baidubce.com"} {
		if recs, err := b.first.Records(b.Context(), cloud); err != nil || len(recs) != 0 {
			b.Errorf("the records of cloud %q: got %v, error %v; want none", cloud, recs, err)
		}
	}
	_, err := b.first.Get(b.Context(), b.key())
	b.fails("reading", err, ledger.ErrNotFound)
}

func readSorted(b *bench) {
	r := b.run(b.first)
	var want []ledger.Key
	for _, region := range []string{"bj", "gz"} {
		for _, kind := range []string{"nat", "vpn"} {
			for _, id := range []string{"A", "a", "b"} {
				for _, years := range []int{0, 1} {
					want = append(want, ledger.Key{Cloud: "baidubce.com", Region: region, Kind: kind, ID: id, Baseline: baseline().AddDate(years, 0, 0)})
				}
			}
		}
	}
	for i := range want {
		k := want[len(want)-1-i] // written in another order
		b.owns(r, claim(k))
		k.Cloud = "sandbox"
		b.owns(r, claim(k))
	}
	recs, err := b.first.Records(b.Context(), "baidubce.com")
	if err != nil {
		b.Fatalf("reading: got error %v; want none", err)
	}
	var got []ledger.Key
	for _, rec := range recs {
		got = append(got, rec.Key)
	}
	b.same("the records of one cloud", got, want)

	all, err := b.first.Records(b.Context(), "")
	if err != nil || len(all) != 2*len(want) {
		b.Fatalf("the records of all clouds: got %d, error %v; want %d", len(all), err, 2*len(want))
	}
	for i, rec := range all {
		if k := want[i/2]; rec.ID != k.ID || rec.Region != k.Region || rec.Kind != k.Kind || !rec.Baseline.Equal(k.Baseline) {
			b.Errorf("record %d of all clouds: got %+v; want %+v", i, rec.Key, k)
		}
	}
	if none, err := b.first.Records(b.Context(), "elsewhere"); err != nil || len(none) != 0 {
		b.Errorf("the records of another cloud: got %d, error %v; want none", len(none), err)
	}
}

func readTries(b *bench) {
	r := b.run(b.first)
	const records = 12
	for n := 1; n <= records; n++ {
		b.owns(r, claim(numbered(n)))
	}
	for try := 1; try <= records; try++ { // record n gets n tries, interleaved
		for n := try; n <= records; n++ {
			b.intend(r, numbered(n), try)
		}
	}
	recs, err := b.first.Records(b.Context(), "")
	if err != nil || len(recs) != records {
		b.Fatalf("reading: got %d records, error %v; want %d", len(recs), err, records)
	}
	for i, rec := range recs {
		if len(rec.Tries) != i+1 {
			b.Fatalf("the tries of %s: got %d; want %d", rec.ID, len(rec.Tries), i+1)
		}
		for j, try := range rec.Tries {
			if try.Number != j+1 || try.Token != rec.Token {
				b.Errorf("try %d of %s: got number %d, token %q; want %d, %q", j, rec.ID, try.Number, try.Token, j+1, rec.Token)
			}
		}
		b.same("the record by itself", b.get(b.first, rec.Key), rec)
	}
}
