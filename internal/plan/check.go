package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check notes everything in a decoded plan that is not as Build makes it: what
// can be computed is computed again, and each decision has what belongs to it
// and nothing else.
func (p *Plan) check(n *notes) {
	add := func(field, found, want string) {
		n.add(Difference{Field: field, Found: found, Want: want})
	}
	if p.AsOf.IsZero() || p.AsOf.Year() < minYear || p.AsOf.Year() > maxYear {
		add("asOf", quoteTime(p.AsOf, dayLayout), fmt.Sprintf("a day from %d to %d", minYear, maxYear))
	}
	for _, s := range p.frameTexts() {
		if !isClean(s) {
			add("text", quote(s), "no control characters")
		}
	}
	if sum, err := hex.DecodeString(p.Spec.Digest); err != nil || len(sum) != sha256.Size {
		add("spec.digest", quote(p.Spec.Digest), "the 64 hex digits of a SHA-256")
	}
	if !slices.IsSorted(p.Spec.Tags) {
		add("spec.tags", "out of order", "sorted tags")
	}
	if p.Limits.MaxItems < 0 {
		add("limits.maxItems", strconv.Itoa(p.Limits.MaxItems), "0 or more")
	}
	if p.Limits.MaxMonths < 0 {
		add("limits.maxMonths", strconv.Itoa(p.Limits.MaxMonths), "0 or more")
	}
	if !isMoney(p.Limits.MaxTotal) {
		add("limits.maxTotal", quote(p.Limits.MaxTotal), `CNY with two decimals, such as 50000.00, or ""`)
	}
	if p.Limits.MaxPlanAge <= 0 {
		add("limits.maxPlanAge", quote(FormatDuration(p.Limits.MaxPlanAge)), "more than 0")
	}
	unified := 0 // the account's, as the first row that has it says
	for i := range p.Rows {
		row := &p.Rows[i]
		add := func(field, found, want string) {
			n.add(Difference{Row: rowName(row.Key, i), Field: field, Found: found, Want: want})
		}
		if i > 0 {
			switch c := p.Rows[i-1].Compare(row.Key); {
			case c == 0:
				add("id", quote(row.ID), "each resource once")
			case c > 0:
				add("id", quote(row.ID), "rows sorted by region, kind and id; "+rowName(p.Rows[i-1].Key, i-1)+" stands before it")
			}
		}
		row.check(p.AsOf, add)
		if unified == 0 {
			unified = row.UnifiedExpiryDay
		} else if u := row.UnifiedExpiryDay; u != 0 && u != unified {
			add("unifiedExpiryDay", strconv.Itoa(u), strconv.Itoa(unified)+" as in the rows before, or 0")
		}
	}
	for i, first := range inTwoRegions(len(p.Rows), func(i int) Key { return p.Rows[i].Key }) {
		n.add(Difference{
			Row: rowName(p.Rows[i].Key, i), Field: "region", Found: quote(p.Rows[i].Region),
			Want: "each resource in one region; " + rowName(p.Rows[first].Key, first) + " has the same kind and id",
		})
	}
	p.checkTotals(add)
}

// check notes what is wrong with one row.
func (r *Row) check(asOf time.Time, add func(field, found, want string)) {
	for _, part := range []struct{ field, text string }{{"region", r.Region}, {"kind", string(r.Kind)}, {"id", r.ID}} {
		if part.text == "" || !isClean(part.text) {
			add(part.field, quote(part.text), "a name without control characters")
		}
	}
	for _, part := range []struct{ field, text string }{{"name", r.Name}, {"reason", r.Reason}, {"relatedRenewFlag", r.RelatedRenewFlag}} {
		if !isClean(part.text) {
			add(part.field, quote(part.text), "no control characters")
		}
	}
	if y := r.Baseline.Year(); !r.Baseline.IsZero() && (y < minYear || y > maxYear) {
		add("baseline", quoteTime(r.Baseline, instantLayout), fmt.Sprintf("a year from %d to %d", minYear, maxYear))
	}
	known := []Decision{Renew, NotDue, Lapse, Refused, Open, Unread}
	if !slices.Contains(known, r.Decision) {
		add("decision", quote(string(r.Decision)), "renew, not due, lapse, refused, open or unread")
		return
	}
	switch {
	case r.Baseline.IsZero() && (r.Decision == Renew || r.Decision == NotDue || r.Decision == Open):
		add("baseline", `""`, "the expiry that was read, for the decision "+quote(string(r.Decision)))
	case !r.Baseline.IsZero() && r.Decision == Unread:
		add("baseline", quoteTime(r.Baseline, instantLayout), `"" in a row that was not read`)
	case r.Decision == NotDue && r.Baseline.Before(asOf):
		add("baseline", quoteTime(r.Baseline, instantLayout), "no expired resource that is not due")
	}
	if r.Decision == Renew {
		r.checkRenew(asOf, add)
	} else {
		r.checkIdle(add)
	}
}

// checkRenew computes again what a row that buys is made of.
func (r *Row) checkRenew(asOf time.Time, add func(field, found, want string)) {
	switch u := r.UnifiedExpiryDay; {
	case u < 0 || u > maxUnifiedDay:
		add("unifiedExpiryDay", strconv.Itoa(u), "0 to "+strconv.Itoa(maxUnifiedDay))
	case u != 0 && r.Baseline.Before(asOf):
		add("unifiedExpiryDay", strconv.Itoa(u), "0 for what had expired")
	case !PurchasableMonths(r.Months):
		add("months", strconv.Itoa(r.Months), "1 to 9, 12, 24 or 36")
	case u != 0 && addedDays(r.Baseline, r.Months, u) == 0:
		add("unifiedExpiryDay", strconv.Itoa(u), "0 where the months alone lead to that day")
	default:
		if want := expectedExpiry(r.Baseline, asOf, r.Months, u); !r.Expected.Equal(want) {
			add("expected", quoteTime(r.Expected, instantLayout), quoteTime(want, instantLayout)+", as computed")
		}
	}
	if !isMoney(r.Price) {
		add("price", quote(r.Price), `CNY with two decimals, such as 1990.00, or ""`)
	}
	if r.Estimate && r.Price == "" {
		add("estimate", "true", "false where the price is not known")
	}
	if !slices.Contains(autoRenews[:], r.AutoRenew) {
		add("autoRenew", quote(r.AutoRenew), "on, off or not visible")
	}
	r.checkAlong(add)
	if r.Attempt < 0 {
		add("attempt", strconv.Itoa(r.Attempt), "0 or more")
	}
	if want := Token(r.Key, r.Baseline, r.Attempt); r.ClientToken != want {
		add("clientToken", quote(r.ClientToken), quote(want)+", as computed")
	}
}

// checkIdle notes what only a row that buys may have.
func (r *Row) checkIdle(add func(field, found, want string)) {
	want := " in a row whose decision is " + quote(string(r.Decision))
	if r.Months != 0 {
		add("months", strconv.Itoa(r.Months), "0"+want)
	}
	if !r.Expected.IsZero() {
		add("expected", quoteTime(r.Expected, instantLayout), `""`+want)
	}
	if r.UnifiedExpiryDay != 0 {
		add("unifiedExpiryDay", strconv.Itoa(r.UnifiedExpiryDay), "0"+want)
	}
	if r.RelatedRenewFlag != "" {
		add("relatedRenewFlag", quote(r.RelatedRenewFlag), `""`+want)
	}
	if r.AutoRenew != "" {
		add("autoRenew", quote(r.AutoRenew), `""`+want)
	}
	if len(r.Along) > 0 {
		add("along", count(len(r.Along), "attached thing"), "none"+want)
	}
	if r.ClientToken != "" {
		add("clientToken", quote(r.ClientToken), `""`+want)
	}
	if r.Attempt != 0 {
		add("attempt", strconv.Itoa(r.Attempt), "0"+want)
	}
	if r.Price != "" {
		add("price", quote(r.Price), `""`+want)
	}
	if r.Estimate {
		add("estimate", "true", "false"+want)
	}
}

// frameTexts are the texts of a plan outside of its rows, which come from the
// user's own spec and command line.
func (p *Plan) frameTexts() []string {
	return slices.Concat(
		[]string{p.Cloud, p.Account, p.Spec.Digest, p.Limits.MaxTotal},
		p.Spec.Paths, p.Spec.Tags)
}

// textDifference says where a text leaves the canonical form.
func textDifference(text, canonical string) Difference {
	d := Difference{Field: "text"}
	if strings.Contains(text, "\r\n") {
		d.Found, d.Want = "written with CR LF line ends", "LF alone; git keeps them with the line `*.plan.json -text` in .gitattributes"
		return d
	}
	at := 0
	for at < min(len(text), len(canonical)) && text[at] == canonical[at] {
		at++
	}
	start := 1 + strings.LastIndexByte(text[:at], '\n')
	line := 1 + strings.Count(text[:at], "\n")
	start = max(start, at-20) // of a long line, the part around the difference
	lineAt := func(s string) string {
		if start >= len(s) {
			return "no line " + strconv.Itoa(line)
		}
		s, _, ended := strings.Cut(s[start:], "\n")
		if !ended {
			return quote(s) + " without a line end"
		}
		return quote(s)
	}
	d.Found = "in another form than renewplan writes, in line " + strconv.Itoa(line) + ": " + lineAt(text)
	d.Want = lineAt(canonical)
	return d
}

func quoteTime(t time.Time, layout string) string {
	if t.IsZero() {
		return `""`
	}
	return strconv.Quote(t.UTC().Format(layout))
}
