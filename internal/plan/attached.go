package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Attached is a prepaid thing that hangs on a resource, such as a disk on an
// instance. The cloud renews it along with the resource where relatedRenewFlag
// says so, and perhaps where it does not, see Row.Perhaps.
//
// One with a Problem stands for all of its Sort that could not be read: whether
// there are any is not known, and nothing but its Sort is set beside.
type Attached struct {
	Sort    string    // the word of relatedRenewFlag: Disk or Address, or one that this package does not know
	ID      string    // of an address the address itself
	Name    string    // may be empty; control characters are replaced in a plan
	Group   string    // the shared bandwidth that an address is in; may be empty
	Expiry  time.Time // UTC, whole seconds
	Problem string    // why it is not known what there is of this Sort
}

// The sorts of attached things. The cloud shows the expiry of disks and addresses;
// images of the marketplace are in no list, see Row.AllAlong.
const (
	Disk    = "CDS"
	Address = "EIP"
	Image   = "MKT"
)

// Noun is what people call the sort: "disk", "address", "image".
func (a Attached) Noun() string {
	switch a.Sort {
	case Disk:
		return "disk"
	case Address:
		return "address"
	case Image:
		return "image"
	default:
		return a.Sort
	}
}

func (a Attached) compare(b Attached) int {
	return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Problem, b.Problem))
}

// flagNames reports whether a relatedRenewFlag has the word for a sort.
func flagNames(flag, sort string) bool {
	for word := range strings.SplitSeq(flag, "_") {
		if word == sort {
			return true
		}
	}
	return false
}

// Perhaps reports that it is not known whether the cloud renews something along
// with the row. What the flag names is renewed. What it does not name is not,
// but for two things that are not verified: disks follow whatever the flag says,
// according to one page of the documentation (bce-api §4), and what an empty
// flag means is not written anywhere.
func (r *Row) Perhaps(a Attached) bool { return !flagNames(r.RelatedRenewFlag, a.Sort) }

// RenewsAlong reports whether the cloud renews things of a sort along with the
// row, for certain or perhaps.
func (r *Row) RenewsAlong(sort string) bool { return mayRenew(r.RelatedRenewFlag, sort) }

func mayRenew(flag, sort string) bool {
	return flag == "" || sort == Disk || flagNames(flag, sort)
}

// AllAlong is Along, and where the flag names images of the marketplace one thing
// that stands for them: what there is of them, and what it costs, no list shows. A
// plan file does not have it, since it follows from the flag.
func (r *Row) AllAlong() []Attached {
	isImage := func(a Attached) bool { return a.Sort == Image }
	if !flagNames(r.RelatedRenewFlag, Image) || r.Decision != Renew || slices.ContainsFunc(r.Along, isImage) {
		return r.Along
	}
	return append(slices.Clip(r.Along), Attached{Sort: Image, Problem: "no list shows images of the marketplace"})
}

// UnpricedAlong counts what is renewed along with the row for certain. None of it
// has a price; what there is of a sort that no list shows, or that could not be
// read, counts as one.
func (r *Row) UnpricedAlong() int {
	n := 0
	for _, a := range r.AllAlong() {
		if !r.Perhaps(a) {
			n++
		}
	}
	return n
}

// along is what is renewed along with a row, or may be, of all that hangs on the
// resource: in order of sort and ID, harmless and each once.
func along(flag string, attached []Attached) []Attached {
	var list []Attached
	for _, a := range attached {
		if mayRenew(flag, a.Sort) {
			list = append(list, a.normal())
		}
	}
	slices.SortFunc(list, Attached.compare)
	return slices.CompactFunc(list, func(a, b Attached) bool { return a.Sort == b.Sort && a.ID == b.ID })
}

// normal is a with harmless texts, and either a problem or what was read.
func (a Attached) normal() Attached {
	y := a.Expiry.UTC().Year()
	if a.Problem == "" && (a.ID == "" || a.Expiry.IsZero() || y < minYear || y > maxYear) {
		a.Problem = "the cloud showed one without an id, or without an expiry that can be right"
	}
	if a.Problem != "" {
		return Attached{Sort: clean(a.Sort), Problem: cleanShort(a.Problem)}
	}
	return Attached{
		Sort: clean(a.Sort), ID: clean(a.ID), Name: cleanShort(a.Name), Group: clean(a.Group),
		Expiry: a.Expiry.UTC().Truncate(time.Second),
	}
}

// thing is an attached thing wherever it hangs.
type thing struct{ region, sort, id string }

// renewOnce refuses the rows of a plan that would renew one and the same attached
// thing, and warns of those that may.
func renewOnce(rows []Row) {
	holders := map[thing][]int{} // places in rows
	for i := range rows {
		for _, a := range rows[i].Along {
			if a.Problem == "" {
				t := thing{rows[i].Region, a.Sort, a.ID}
				holders[t] = append(holders[t], i)
			}
		}
	}
	refused := map[int]string{}
	for i := range rows {
		for _, a := range rows[i].Along {
			for _, j := range holders[thing{rows[i].Region, a.Sort, a.ID}] {
				if other := &rows[j]; j != i && !rows[i].Perhaps(a) && !other.Perhaps(a) && refused[i] == "" {
					refused[i] = fmt.Sprintf("%s %s would be renewed twice: %s renews it along, too; take %s out of the relatedRenewFlag of all but one",
						a.Noun(), clean(a.ID), other.Key, a.Sort)
				}
			}
		}
	}
	for i, reason := range refused {
		r := &rows[i]
		*r = Row{Key: r.Key, Name: r.Name, Baseline: r.Baseline, Decision: Refused, Reason: reason}
	}
	for i := range rows {
		if s := rows[i].shares(rows, holders); s != "" {
			rows[i].Reason += "; warning: " + s
		}
	}
}

// shares says what of the row's attached things another row may renew, too;
// "" if nothing.
func (r *Row) shares(rows []Row, holders map[thing][]int) string {
	for _, a := range r.Along {
		for _, j := range holders[thing{r.Region, a.Sort, a.ID}] {
			if other := &rows[j]; other.Key != r.Key && other.Decision == Renew {
				return fmt.Sprintf("%s %s hangs on %s, too, and may be renewed twice", a.Noun(), clean(a.ID), other.Key)
			}
		}
		group := Key{Region: r.Region, Kind: sharedBandwidth, ID: a.Group}
		if a.Group == "" {
			continue
		}
		j, found := slices.BinarySearchFunc(rows, group, func(r Row, k Key) int { return r.Compare(k) })
		if found && rows[j].Decision == Renew {
			return fmt.Sprintf("%s %s is in the shared bandwidth %s, which this plan renews, too, so it may be paid twice; look in the console", a.Noun(), clean(a.ID), clean(a.Group))
		}
	}
	return ""
}

// sharedBandwidth is the kind that addresses can be members of.
const sharedBandwidth Kind = "eipgroup"

// checkAlong notes what is wrong with the attached things of a row that buys.
func (r *Row) checkAlong(add func(field, found, want string)) {
	if want := along(r.RelatedRenewFlag, r.Along); !slices.Equal(r.Along, want) {
		was, now := Row{Along: r.Along}, Row{Along: want}
		add("along", was.briefAlong(), now.briefAlong()+", as the relatedRenewFlag has it, by sort and id, each once")
	}
}
