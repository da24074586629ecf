package plan

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of Decode, to be tested for with errors.Is.
var (
	// ErrNotPlan: the text is not JSON, or not that of a plan file.
	ErrNotPlan = errors.New("not a plan file")
	// ErrVersion: the plan file is of another version of the format.
	ErrVersion = errors.New("plan file of another version")
	// ErrAltered: the text is not what this program writes; see AlteredError.
	ErrAltered = errors.New("the plan file was altered")
)

// Difference is one thing in a plan file that is not what it must be.
type Difference struct {
	// Row is the row's key as text, or its place ("row 3") where the key cannot
	// be told; empty for what concerns the whole file.
	Row   string
	Field string // "months", "totals.renew"; "text" for the form of the file; empty for a row as a whole
	Found string // what stands there
	Want  string // what was computed, or is wanted instead
}

// String is one line, such as
//
//	bj/vpn/vpn-1: months is 13; want 1 to 9, 12, 24 or 36
func (d Difference) String() string {
	where := d.Row
	switch {
	case d.Row == "":
		where = d.Field
	case d.Field != "":
		where += ": " + d.Field
	}
	return where + " is " + d.Found + "; want " + d.Want
}

// AlteredError lists what is wrong with a plan file. errors.Is finds
// ErrAltered in it.
type AlteredError struct {
	Differences []Difference // at most 1000: first the fields in the order of the file, then what was computed, the digest last
	More        int          // how many more there are
}

// Error names the first few differences.
func (e *AlteredError) Error() string {
	const most = 3
	lines := make([]string, 0, most+1)
	for _, d := range e.Differences[:min(most, len(e.Differences))] {
		lines = append(lines, d.String())
	}
	if n := len(e.Differences) + e.More - len(lines); n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", n))
	}
	return ErrAltered.Error() + ": " + strings.Join(lines, "; ")
}

// Is makes errors.Is(err, ErrAltered) true.
func (e *AlteredError) Is(target error) bool { return target == ErrAltered }

// maxDifferences is how many differences an AlteredError lists.
const maxDifferences = 1000

// notes collects differences, no more than a person or a memory can hold.
type notes struct {
	list []Difference
	more int
}

func (n *notes) add(d Difference) {
	if len(n.list) >= maxDifferences {
		n.more++
		return
	}
	n.list = append(n.list, d)
}

// err is nil if nothing was noted.
func (n *notes) err() error {
	if len(n.list) == 0 {
		return nil
	}
	return &AlteredError{Differences: n.list, More: n.more}
}
