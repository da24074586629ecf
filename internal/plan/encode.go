package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
	"unicode/utf8"
)

// Encode returns the canonical text of the plan, which is what people review
// and what Decode reads: JSON, two spaces of indent, nothing escaped that need
// not be, fields always in the same order, a line end at the end. The digest is
// computed; p.Digest is not looked at.
//
// Encode panics on an offline plan, which says nothing that could be applied.
func (p *Plan) Encode() []byte {
	if p.Offline {
		panic("plan: an offline plan has no text")
	}
	text := p.appendText(nil, "")
	return withDigest(text, digestOf(text))
}

// digestOf is the digest of a canonical text whose digest is empty.
func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// textEnd is how a canonical text with an empty digest ends.
const textEnd = "\"\n}\n"

// withDigest fills the digest into a canonical text where it is empty. It
// reuses text.
func withDigest(text []byte, digest string) []byte {
	return append(append(text[:len(text)-len(textEnd)], digest...), textEnd...)
}

// appendText appends the canonical text with the digest given. It says what the
// fields of p say, whether or not they are right.
func (p *Plan) appendText(b []byte, digest string) []byte {
	const rowSize = 640 // bytes of a usual row
	if b == nil {
		b = make([]byte, 0, 1024+rowSize*len(p.Rows))
	}
	w := writer{b: b}
	w.open('{')
	w.number("version", Version)
	w.text("cloud", p.Cloud)
	w.text("account", p.Account)
	w.key("asOf")
	w.time(p.AsOf, dayLayout)

	w.key("spec")
	w.open('{')
	w.texts("paths", p.Spec.Paths)
	w.texts("tags", p.Spec.Tags)
	w.text("digest", p.Spec.Digest)
	w.close('}')

	w.key("limits")
	w.open('{')
	w.number("maxItems", p.Limits.MaxItems)
	w.number("maxMonths", p.Limits.MaxMonths)
	w.text("maxPlanAge", FormatDuration(p.Limits.MaxPlanAge))
	w.text("maxTotal", p.Limits.MaxTotal)
	w.flag("allowUnknownPrice", p.Limits.AllowUnknownPrice)
	w.flag("refuseAutoRenew", p.Limits.RefuseAutoRenew)
	w.close('}')

	w.key("rows")
	w.open('[')
	for i := range p.Rows {
		w.item()
		w.row(&p.Rows[i])
	}
	w.close(']')

	w.key("totals")
	w.open('{')
	w.number("renew", p.Totals.Renew)
	w.number("notDue", p.Totals.NotDue)
	w.number("lapse", p.Totals.Lapse)
	w.number("refused", p.Totals.Refused)
	w.number("open", p.Totals.Open)
	w.number("unread", p.Totals.Unread)
	w.number("months", p.Totals.Months)
	w.text("price", p.Totals.Price)
	w.number("estimates", p.Totals.Estimates)
	w.number("unknownPrices", p.Totals.UnknownPrices)
	w.number("unpricedAlong", p.Totals.UnpricedAlong)
	w.subtotals("kinds", p.Totals.Kinds)
	w.subtotals("regions", p.Totals.Regions)
	w.close('}')

	w.text("digest", digest)
	w.close('}')
	return append(w.b, '\n')
}

func (w *writer) row(r *Row) {
	w.open('{')
	w.text("region", r.Region)
	w.text("kind", string(r.Kind))
	w.text("id", r.ID)
	w.text("name", r.Name)
	w.text("decision", string(r.Decision))
	w.text("reason", r.Reason)
	w.key("baseline")
	w.time(r.Baseline, instantLayout)
	w.number("months", r.Months)
	w.key("expected")
	w.time(r.Expected, instantLayout)
	w.number("unifiedExpiryDay", r.UnifiedExpiryDay)
	w.text("relatedRenewFlag", r.RelatedRenewFlag)
	w.along(r)
	w.text("autoRenew", r.AutoRenew)
	w.text("clientToken", r.ClientToken)
	w.number("attempt", r.Attempt)
	w.text("price", r.Price)
	w.flag("estimate", r.Estimate)
	w.close('}')
}

// along writes what is renewed along. Most rows have nothing, and no field.
func (w *writer) along(r *Row) {
	if len(r.Along) == 0 {
		return
	}
	w.key("along")
	w.open('[')
	for _, a := range r.Along {
		w.item()
		w.open('{')
		w.text("sort", a.Sort)
		w.text("id", a.ID)
		w.text("name", a.Name)
		w.text("group", a.Group)
		w.key("expiry")
		w.time(a.Expiry, instantLayout)
		w.flag("perhaps", r.Perhaps(a))
		w.text("problem", a.Problem)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) subtotals(name string, list []Subtotal) {
	w.key(name)
	w.open('[')
	for _, s := range list {
		w.item()
		w.open('{')
		w.text("name", s.Name)
		w.number("renew", s.Renew)
		w.number("months", s.Months)
		w.text("price", s.Price)
		w.number("estimates", s.Estimates)
		w.number("unknownPrices", s.UnknownPrices)
		w.close('}')
	}
	w.close(']')
}

// writer writes JSON in the one layout of plan files, which is also what
// `jq .` and json.Indent with two spaces make of it.
type writer struct {
	b      []byte
	indent int
	inside bool // the object or array being written has an entry
}

func (w *writer) open(c byte) {
	w.b = append(w.b, c)
	w.indent++
	w.inside = false
}

func (w *writer) close(c byte) {
	w.indent--
	if w.inside {
		w.line()
	}
	w.b = append(w.b, c)
	w.inside = true
}

// item begins the next entry of an array, or of an object for key.
func (w *writer) item() {
	if w.inside {
		w.b = append(w.b, ',')
	}
	w.inside = true
	w.line()
}

func (w *writer) line() {
	w.b = append(w.b, "\n            "[:1+2*w.indent]...)
}

func (w *writer) key(name string) {
	w.item()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, `": `...)
}

func (w *writer) text(name, s string) {
	w.key(name)
	w.b = appendQuoted(w.b, s)
}

func (w *writer) texts(name string, list []string) {
	w.key(name)
	w.open('[')
	for _, s := range list {
		w.item()
		w.b = appendQuoted(w.b, s)
	}
	w.close(']')
}

func (w *writer) number(name string, n int) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, int64(n), 10)
}

func (w *writer) flag(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

// time writes a moment, the zero one as "".
func (w *writer) time(t time.Time, layout string) {
	w.b = append(w.b, '"')
	if !t.IsZero() {
		w.b = t.UTC().AppendFormat(w.b, layout)
	}
	w.b = append(w.b, '"')
}

// appendQuoted appends s as a JSON string, escaping only what JSON makes one
// escape. What is not valid UTF-8 becomes U+FFFD; a cleaned text has none.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[from:i]...), string(utf8.RuneError)...)
				from = i + 1
			}
			i += size
			continue
		}
		if c < 0x20 || c == '"' || c == '\\' {
			b = append(b, s[from:i]...)
			from = i + 1
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			default:
				const hexDigits = "0123456789abcdef"
				b = append(b, `\u00`...)
				b = append(b, hexDigits[c>>4], hexDigits[c&0xf])
			}
		}
		i++
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
