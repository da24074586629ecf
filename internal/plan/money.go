package plan

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Fen is a sum of money in fen, 1/100 CNY: exact, and never negative. Zero is a
// sum too; a price that is not known is no Fen at all.
type Fen int64

// maxPrice is the most that one renewal may cost: 90 billion CNY. A spec cannot
// ask for more than a twentieth of it, and the sum of as many rows as a plan
// can have fits an int64, which the compiler checks in the next line.
const maxPrice Fen = 9_000_000_000_000

const _ = maxRows * maxPrice

// maxMoney is the end of the range of sums in a spec: a billion CNY.
const maxMoney Fen = 100_000_000_000

// ParseFen reads CNY as a spec and a plan file write them: "1990.00", with
// exactly two decimals, no sign, no separator and no leading zero. ok is false
// for any other text, and for more than 90 billion CNY.
func ParseFen(s string) (f Fen, ok bool) {
	whole := len(s) - len(".00")
	if whole < 1 || whole > len("90000000000") || s[whole] != '.' || whole > 1 && s[0] == '0' {
		return 0, false
	}
	for i := range len(s) {
		if i == whole {
			continue
		}
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		f = f*10 + Fen(c-'0')
	}
	return f, f <= maxPrice
}

// String is CNY with two decimals: "1990.00", "-0.50".
func (f Fen) String() string {
	if f < 0 {
		return "-" + (-f).String()
	}
	b := strconv.AppendInt(make([]byte, 0, 24), int64(f/100), 10)
	return string(append(b, '.', '0'+byte(f%100/10), '0'+byte(f%10)))
}

// Plus adds two sums. What is too large to be a sum stays the largest that
// there is, and does not wrap.
func (f Fen) Plus(g Fen) Fen {
	if f > math.MaxInt64-g {
		return math.MaxInt64
	}
	return f + g
}

// isMoney reports whether a text is a sum, or empty where there is none.
func isMoney(s string) bool {
	_, ok := ParseFen(s)
	return ok || s == ""
}

// checkPrices says which price of a resource cannot be one; nil if all can.
func (r *Resource) checkPrices() error {
	if len(r.Prices) == 0 && r.MonthlyPrice == "" {
		return nil
	}
	for _, months := range slices.Sorted(maps.Keys(r.Prices)) {
		if !PurchasableMonths(months) {
			return fmt.Errorf("it has a price for %s; want 1 to 9, 12, 24 or 36", count(months, "month"))
		}
		if f, ok := ParseFen(r.Prices[months]); !ok || f >= maxMoney {
			return fmt.Errorf("the price for %s is %q; want CNY with two decimals, such as 88.00", count(months, "month"), r.Prices[months])
		}
	}
	if f, ok := ParseFen(r.MonthlyPrice); r.MonthlyPrice != "" && !ok || f >= maxMoney {
		return fmt.Errorf("the monthly price is %q; want CNY with two decimals, such as 88.00", r.MonthlyPrice)
	}
	return nil
}

// price is what a renewal of a resource costs by so many months, and by so many
// days to the unified expiry day: the price for that length, else that many
// times the monthly price, which is an estimate. It is "" where the spec does
// not tell.
//
// Of the monthly price a day costs the thirtieth part: so says
// https://intl.cloud.baidu.com/en/doc/Finance/s/bjwvysryd-intl-en of what the
// console renews to the unified expiry day.
func (r *Resource) price(months, days int) (price string, estimate bool) {
	exact, isExact := ParseFen(r.Prices[months])
	monthly, isMonthly := ParseFen(r.MonthlyPrice)
	if !isMonthly && days > 0 {
		monthly, isMonthly = ParseFen(r.Prices[1])
	}
	switch {
	case isExact && days == 0:
		return exact.String(), false
	case !isMonthly:
		return "", false
	case !isExact:
		exact = monthly * Fen(months)
	}
	const month = 30 // days
	return exact.Plus((monthly*Fen(days) + month - 1) / month).String(), true
}

// noPrice says why a renewal has no price although the spec has prices; "" where
// it has none.
func (r *Resource) noPrice(months, days int) string {
	if len(r.Prices) == 0 {
		return ""
	}
	if _, ok := r.Prices[months]; ok {
		return "; no price per month for the " + count(days, "day") + " to the unified expiry day"
	}
	var lengths []string
	for _, n := range slices.Sorted(maps.Keys(r.Prices)) {
		lengths = append(lengths, strconv.Itoa(n))
	}
	return fmt.Sprintf("; no price for %s; it has %s", count(months, "month"), strings.Join(lengths, ", "))
}
