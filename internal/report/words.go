package report

import (
	"strconv"
	"time"
)

// maxRows is how many rows a table shows before they are counted instead.
const maxRows = 500

// soon is how near the end of a resource that is left to lapse must be for it
// to stand first.
const soon = 14 * 24 * time.Hour

// form writes values for one kind of page.
type form struct {
	pipe     bool
	planFile string
	spec     []string
	ledger   string
	cloud    string
}

func formOf(opt Options, markdown bool) form {
	return form{pipe: opt.Width <= 0 && !markdown, planFile: opt.PlanFile, spec: opt.Spec, ledger: opt.Ledger}
}

// time writes a moment in a table: RFC 3339 where a program may read it, else
// in a form whose zone stands in the column's head, see head.
func (f form) time(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case f.pipe:
		return t.UTC().Format(time.RFC3339)
	case t.Second() != 0:
		return t.UTC().Format("2006-01-02 15:04:05")
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// head is the head of a column of times.
func (f form) head(s string) string {
	if f.pipe {
		return s
	}
	return s + " (UTC)"
}

// moment writes a time inside a sentence.
func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return form{}.time(t) + " UTC"
}

func months(n int) string { return count(n, "month", "months") }

// count is "1 month" or "12,000 months".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Number is n with commas between thousands, as the tables have it.
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
