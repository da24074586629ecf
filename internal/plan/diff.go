package plan

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Diff says in words how plan b differs from plan a: one line for each thing
// outside of the rows, then one for each row. It returns nothing if, and only
// if, both have the same text; totals and digest are left out, since they
// follow from the rest.
func Diff(a, b *Plan) []string {
	var d differ
	d.frame(a, b)
	lines := d.parts

	// Both are sorted by key, so one walk over the two meets every row once.
	for i, j := 0, 0; i < len(a.Rows) || j < len(b.Rows); {
		var c int
		switch {
		case i == len(a.Rows):
			c = 1
		case j == len(b.Rows):
			c = -1
		default:
			c = a.Rows[i].Compare(b.Rows[j].Key)
		}
		switch {
		case c < 0:
			lines = append(lines, a.Rows[i].String()+": removed, was "+a.Rows[i].brief())
			i++
		case c > 0:
			lines = append(lines, b.Rows[j].String()+": added, "+b.Rows[j].brief())
			j++
		default:
			if parts := diffRow(&a.Rows[i], &b.Rows[j]); len(parts) > 0 {
				lines = append(lines, a.Rows[i].String()+": "+strings.Join(parts, "; "))
			}
			i++
			j++
		}
	}
	return lines
}

// frame compares all that stands outside of the rows and does not follow from
// them.
func (d *differ) frame(a, b *Plan) {
	d.field("cloud", strconv.Quote(a.Cloud), strconv.Quote(b.Cloud))
	d.field("account", strconv.Quote(a.Account), strconv.Quote(b.Account))
	d.field("asOf", a.AsOf.Format(dayLayout), b.AsOf.Format(dayLayout))
	d.field("spec paths", quoteAll(a.Spec.Paths), quoteAll(b.Spec.Paths))
	d.field("spec tags", quoteAll(a.Spec.Tags), quoteAll(b.Spec.Tags))
	d.field("digest of the evaluated spec", a.Spec.Digest, b.Spec.Digest)
	d.field("limits.maxItems", strconv.Itoa(a.Limits.MaxItems), strconv.Itoa(b.Limits.MaxItems))
	d.field("limits.maxMonths", strconv.Itoa(a.Limits.MaxMonths), strconv.Itoa(b.Limits.MaxMonths))
	d.field("limits.maxPlanAge", FormatDuration(a.Limits.MaxPlanAge), FormatDuration(b.Limits.MaxPlanAge))
	d.field("limits.maxTotal", strconv.Quote(a.Limits.MaxTotal), strconv.Quote(b.Limits.MaxTotal))
	d.field("limits.allowUnknownPrice", strconv.FormatBool(a.Limits.AllowUnknownPrice), strconv.FormatBool(b.Limits.AllowUnknownPrice))
	d.field("limits.refuseAutoRenew", strconv.FormatBool(a.Limits.RefuseAutoRenew), strconv.FormatBool(b.Limits.RefuseAutoRenew))
}

// brief is a row's decision in a few words.
func (r *Row) brief() string {
	if r.Decision == Renew {
		return "renew by " + count(r.Months, "month")
	}
	return string(r.Decision)
}

func diffRow(a, b *Row) []string {
	var at, bt writer
	at.row(a)
	bt.row(b)
	if bytes.Equal(at.b, bt.b) {
		return nil
	}
	var d differ
	d.field("decision", string(a.Decision), string(b.Decision))
	d.field("baseline", moment(a.Baseline), moment(b.Baseline))
	d.field("months", strconv.Itoa(a.Months), strconv.Itoa(b.Months))
	d.field("expected", moment(a.Expected), moment(b.Expected))
	d.field("unifiedExpiryDay", strconv.Itoa(a.UnifiedExpiryDay), strconv.Itoa(b.UnifiedExpiryDay))
	d.field("relatedRenewFlag", strconv.Quote(a.RelatedRenewFlag), strconv.Quote(b.RelatedRenewFlag))
	d.field("along", a.briefAlong(), b.briefAlong())
	if a.Decision == b.Decision { // else it follows from that
		d.field("autoRenew", strconv.Quote(a.AutoRenew), strconv.Quote(b.AutoRenew))
	}
	d.field("attempt", strconv.Itoa(a.Attempt), strconv.Itoa(b.Attempt))
	d.field("price", strconv.Quote(a.Price), strconv.Quote(b.Price))
	d.field("estimate", strconv.FormatBool(a.Estimate), strconv.FormatBool(b.Estimate))
	d.field("name", strconv.Quote(a.Name), strconv.Quote(b.Name))
	d.field("reason", strconv.Quote(a.Reason), strconv.Quote(b.Reason))
	if len(d.parts) == 0 { // else it follows from the others
		d.field("clientToken", a.ClientToken, b.ClientToken)
	}
	return d.parts
}

// briefAlong is what is renewed along in a few words.
func (r *Row) briefAlong() string {
	if len(r.Along) == 0 {
		return "nothing"
	}
	words := make([]string, len(r.Along))
	for i, a := range r.Along {
		words[i] = a.Noun() + " " + a.ID + " (" + moment(a.Expiry) + ")"
		if a.Name != "" {
			words[i] += " " + strconv.Quote(a.Name)
		}
		if a.Group != "" {
			words[i] += " in " + a.Group
		}
		if a.Problem != "" {
			words[i] = strings.TrimSpace(a.Sort+" "+a.ID) + " unknown: " + a.Problem
		}
	}
	return strings.Join(words, ", ")
}

// differ collects "months 1, now 12".
type differ struct{ parts []string }

func (d *differ) field(name, a, b string) {
	if a != b {
		d.parts = append(d.parts, name+" "+a+", now "+b)
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(instantLayout)
}

func quoteAll(list []string) string {
	quoted := slices.Clone(list)
	for i, s := range quoted {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
