package plan

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseFen(t *testing.T) {
	for text, want := range map[string]Fen{
		"0.00": 0, "0.01": 1, "0.10": 10, "1.00": 100, "199.00": 19900, "1990.05": 199005,
		"999999999.99": 99_999_999_999, "90000000000.00": maxPrice,
	} {
		if got, ok := ParseFen(text); got != want || !ok {
			t.Errorf("ParseFen(%q): got %d, %v; want %d", text, got, ok, want)
		}
		if got := want.String(); got != text {
			t.Errorf("%d: got %q; want %q", int64(want), got, text)
		}
	}
	for debt, want := range map[Fen]string{-50: "-0.50", -1: "-0.01", -19900: "-199.00"} { // a balance may be one
		if got := debt.String(); got != want {
			t.Errorf("%d: got %q; want %q", int64(debt), got, want)
		}
	}
	for _, text := range []string{
		"", ".", ".00", "00", "1", "1.", "1.0", "1.000", "1.005", "-1.00", "+1.00", "-0.00", "01.00", "00.00", "1,000.00", "1 000.00",
		" 1.00", "1.00 ", "1.00\n", "1.-1", "1.0a", "a.00", "1e3.00", "0x1.00", "１.00", "1．00", "NaN", "90000000000.01", "99999999999.99",
		"100000000000.00", "18446744073709551616.00",
	} {
		if got, ok := ParseFen(text); ok {
			t.Errorf("ParseFen(%q): got %s; want it refused", text, got)
		}
	}
}

func FuzzParseFen(f *testing.F) {
	for _, s := range []string{"0.00", "1990.00", "01.00", "-1.00", "90000000000.01", "\x00.00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseFen(s)
		if ok && (got.String() != s || got < 0 || got > maxPrice) {
			t.Errorf("ParseFen(%q): got %d, written as %q", s, int64(got), got)
		}
	})
}

func TestSumsOfMoneyAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum Fen
		want := new(big.Int)
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			f := Fen(rapid.Int64Range(0, math.MaxInt64/8).Draw(t, "fen"))
			sum = sum.Plus(f)
			want.Add(want, big.NewInt(int64(f)))
		}
		if !want.IsInt64() {
			want = big.NewInt(math.MaxInt64) // never a smaller sum
		}
		if int64(sum) != want.Int64() {
			t.Fatalf("got %d; want %d", sum, want)
		}
	})
}

func TestPriceOfARenewal(t *testing.T) {
	for _, tt := range []struct {
		name     string
		prices   map[int]string
		monthly  string
		months   int
		days     int
		want     string
		estimate bool
	}{
		{"the price for the length", map[int]string{1: "199.00", 12: "1990.00"}, "", 12, 0, "1990.00", false},
		{"the price for the length before that of a month", map[int]string{12: "1990.00"}, "199.00", 12, 0, "1990.00", false},
		{"a price of nothing is a price", map[int]string{1: "0.00"}, "199.00", 1, 0, "0.00", false},
		{"as many months as are bought", nil, "88.05", 12, 0, "1056.60", true},
		{"where there is no price for the length", map[int]string{12: "1990.00"}, "88.05", 3, 0, "264.15", true},
		{"one month by its monthly price is an estimate too", nil, "88.05", 1, 0, "88.05", true},
		{"the price for one month is not that of three", map[int]string{1: "199.00"}, "", 3, 0, "", false},
		{"no price at all", nil, "", 12, 0, "", false},
		{"the cloud's example: one month and 15 days", nil, "60.00", 1, 15, "90.00", true},
		{"days make an estimate of a price", map[int]string{12: "660.00"}, "60.00", 12, 15, "690.00", true},
		{"days by the price for one month", map[int]string{1: "60.00", 12: "660.00"}, "", 12, 15, "690.00", true},
		{"days by the monthly price first", map[int]string{1: "90.00"}, "60.00", 1, 15, "120.00", true},
		{"a part of a fen is a fen", nil, "0.01", 1, 1, "0.02", true},
		{"days of which nobody knows the price", map[int]string{12: "660.00"}, "", 12, 1, "", false},
		{"the largest there can be", nil, "999999999.99", 36, 30, "36999999999.63", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Resource{Prices: tt.prices, MonthlyPrice: tt.monthly}
			if got, estimate := r.price(tt.months, tt.days); got != tt.want || estimate != tt.estimate {
				t.Errorf("got %q, estimate %v; want %q, %v", got, estimate, tt.want, tt.estimate)
			}
		})
	}
}

func TestTheReasonSaysWhyThereIsNoPrice(t *testing.T) {
	for _, tt := range []struct {
		name   string
		prices map[int]string
		length int
		day    int // the unified expiry day
		want   string
	}{
		{"prices of other lengths", map[int]string{1: "1.00", 12: "9.00"}, 3, 0, "expires in 12 days, due within 30d; no price for 3 months; it has 1, 12"},
		{"no price for the days", map[int]string{12: "9.00"}, 12, 12, "expires in 12 days, due within 30d; the unified expiry day adds 10 days; no price per month for the 10 days to the unified expiry day"},
		{"no prices at all", nil, 3, 0, "expires in 12 days, due within 30d"},
		{"a price", map[int]string{3: "2.00"}, 3, 0, "expires in 12 days, due within 30d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, seen := instances(t, "CDS")
			s.Reservations = map[string]Reservation{s.Resources[0].Reservation: {Length: tt.length, DueWithin: DefaultDueWithin}}
			s.Resources[0].Prices, s.UnifiedExpiryDay = tt.prices, tt.day
			row := mustBuild(t, s, seen).Rows[0]
			if row.Reason != tt.want {
				t.Errorf("got %q; want %q", row.Reason, tt.want)
			}
		})
	}
}

// Only a row that buys has a price.
func TestOnlyRenewalsHaveAPrice(t *testing.T) {
	s := exampleSpec()
	for i := range s.Resources {
		s.Resources[i].MonthlyPrice = "10.00"
	}
	p, err := Build(s, exampleSeen(), exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rows {
		if buys := r.Decision == Renew; (r.Price != "") != buys {
			t.Errorf("%s, %s: got price %q; want one on renewals alone", r.Key, r.Decision, r.Price)
		}
	}
}

func TestTotalsByKindAndRegion(t *testing.T) {
	r := func(region string, kind Kind, id string, months int, price string, estimate bool) Row {
		return Row{Key: Key{region, kind, id}, Decision: Renew, Months: months, Price: price, Estimate: estimate}
	}
	p := &Plan{Rows: []Row{
		r("gz", "vpn", "1", 1, "0.10", false),
		r("bj", "vpn", "2", 2, "0.20", true),
		r("bj", "nat", "3", 12, "", false),
		r("bj", "nat", "4", 12, "1000.00", false),
		r("su", "vpn", "5", 3, "", false),
		{Key: Key{"hkg", "eipgroup", "6"}, Decision: Lapse, Baseline: time.Unix(0, 0)},
		r("bj", "vpn", "7", 1, "0.70", false),
	}}
	want := Totals{
		Renew: 6, Lapse: 1, Months: 31, Price: "1001.00", Estimates: 1, UnknownPrices: 2,
		Kinds: []Subtotal{
			{Name: "nat", Renew: 2, Months: 24, Price: "1000.00", UnknownPrices: 1},
			{Name: "vpn", Renew: 4, Months: 7, Price: "1.00", Estimates: 1, UnknownPrices: 1},
		},
		Regions: []Subtotal{
			{Name: "bj", Renew: 4, Months: 27, Price: "1000.90", Estimates: 1, UnknownPrices: 1},
			{Name: "gz", Renew: 1, Months: 1, Price: "0.10"},
			{Name: "su", Renew: 1, Months: 3, UnknownPrices: 1},
		},
	}
	if diff := cmp.Diff(want, p.sum()); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
}
