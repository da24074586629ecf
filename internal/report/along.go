package report

import (
	"slices"
	"strings"
	"time"

	"renewplan/internal/plan"
)

// kindAlong is what stands in the column of kinds for something that is renewed
// along with the row above.
func kindAlong(a plan.Attached) string { return "+" + a.Noun() }

// idAlong is its id, or that it is not known which there are.
func idAlong(a plan.Attached) string {
	if a.ID == "" {
		return "unknown"
	}
	return a.ID
}

// decisionAlong says with what something is renewed, for certain or perhaps.
func decisionAlong(r plan.Row, a plan.Attached) string {
	if r.Perhaps(a) {
		return "perhaps with " + r.ID
	}
	return "with " + r.ID
}

// reasonAlong says why, and what is not known.
func reasonAlong(r plan.Row, a plan.Attached) string {
	switch {
	case a.Sort == plan.Image:
		return "relatedRenewFlag " + r.RelatedRenewFlag + "; " + a.Problem + ", so whether it has any is not known"
	case a.Problem != "":
		return "which hang on it could not be read: " + a.Problem
	case !r.Perhaps(a):
		return "relatedRenewFlag " + r.RelatedRenewFlag
	case r.RelatedRenewFlag == "":
		return "without a relatedRenewFlag; whether the cloud renews it is not verified"
	}
	return "relatedRenewFlag " + r.RelatedRenewFlag + " does not name it; the cloud may renew it all the same"
}

// unknownAlong reports whether a row's flag names something of which it could
// not be read what there is.
func unknownAlong(r plan.Row) bool {
	for _, a := range r.Along {
		if a.Problem != "" && !r.Perhaps(a) {
			return true
		}
	}
	return false
}

// alongLine counts what is renewed along with rows; "" if nothing is.
func alongLine(rows []plan.Row) string {
	certain, perhaps, unread, images := tally{}, tally{}, 0, 0
	for _, r := range rows {
		failed := false
		for _, a := range r.AllAlong() {
			switch {
			case a.Sort == plan.Image:
				images++
			case a.Problem != "":
				failed = true
			case r.Perhaps(a):
				perhaps.add(r.Region, a)
			default:
				certain.add(r.Region, a)
			}
		}
		if failed {
			unread++
		}
	}
	var parts []string
	if s := certain.words(); s != "" {
		parts = append(parts, "Renewed along: "+s+".")
	}
	if s := perhaps.words(); s != "" {
		parts = append(parts, "Perhaps renewed along, which the documentation leaves open: "+s+".")
	}
	if unread > 0 {
		parts = append(parts, "Of "+count(unread, "row", "rows")+" it could not be read what is renewed along.")
	}
	if images > 0 {
		parts = append(parts, "The relatedRenewFlag of "+count(images, "row", "rows")+" names images of the marketplace (MKT): no list shows which there are.")
	}
	if parts != nil {
		parts = append(parts, "What that costs is not known, and not part of the prices.")
	}
	return strings.Join(parts, " ")
}

// tally counts things by their noun, each once, wherever it hangs.
type tally map[string]map[string]bool

func (t tally) add(region string, a plan.Attached) {
	if t[a.Noun()] == nil {
		t[a.Noun()] = map[string]bool{}
	}
	t[a.Noun()][region+" "+a.ID] = true
}

// words are "2 disks, 1 address", in the order in which rows list them.
func (t tally) words() string {
	var parts []string
	for _, sort := range []string{plan.Disk, plan.Address} {
		noun := plan.Attached{Sort: sort}.Noun()
		if n := len(t[noun]); n > 0 {
			parts = append(parts, count(n, noun, plural(noun)))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(noun string) string {
	if strings.HasSuffix(noun, "s") {
		return noun + "es"
	}
	return noun + "s"
}

// tintFollowed repeats how something that should have been renewed along stands.
func tintFollowed(r plan.Result, f plan.Followed) tint {
	switch {
	case missed(r, f):
		return yellow
	case f.Outcome() == plan.RenewedAlong:
		return green
	case f.Perhaps:
		return plain
	default:
		return yellow
	}
}

// missed reports whether something that the flag names ends before what it hangs
// on, which was renewed.
func missed(r plan.Result, f plan.Followed) bool {
	return !f.Perhaps && !f.After.IsZero() && !f.Expiry.IsZero() && f.After.Before(r.After)
}

// followedNote says what a person needs to know of something renewed along.
func followedNote(r plan.Result, f plan.Followed) string {
	note := decisionAlong(r.Row, f.Attached)
	if f.Unplanned {
		note += "; it was not in the plan"
	}
	before := "ends before " + r.ID
	switch {
	case f.Unread != "":
		return note + "; its expiry could not be read back: " + f.Unread
	case f.Outcome() == plan.NotKnown:
		return note + "; its expiry before is not known"
	case f.After.Before(f.Expiry):
		return note + ", but its expiry moved back: look in the console"
	case f.Outcome() == plan.NotFollowed && missed(r, f):
		return note + ", as relatedRenewFlag says, but its expiry has not moved: look in the console, it " + before
	case f.Outcome() == plan.NotFollowed && !f.Perhaps:
		return note + "; it lasts as long as " + r.ID + " anyway"
	case f.Outcome() == plan.NotFollowed && f.After.Before(r.After):
		return note + ": it was not, and " + before
	case f.Outcome() == plan.NotFollowed:
		return note + ": it was not"
	case tooFar(r, f):
		return note + ": it was, and farther than by " + months(r.Months) + ": possibly paid twice, look in the console"
	case f.Perhaps:
		note += ": it was"
	}
	if f.After.Before(r.After.Add(-plan.Tolerance)) {
		note += ", but it " + before
	}
	return note
}

// tooFar reports whether something went so far beyond the months that were bought,
// and beyond what it hangs on, that more was paid than that.
func tooFar(r plan.Result, f plan.Followed) bool {
	const much = 28*24*time.Hour - plan.Tolerance
	return !f.Expiry.IsZero() && f.After.After(plan.AddMonths(f.Expiry, r.Months).Add(much)) && f.After.After(r.After.Add(much)) &&
		f.Outcome() == plan.RenewedAlong
}

// followedLine counts what became of the things that are renewed along; "" if
// there was nothing.
func followedLine(rs []plan.Result) string {
	renewed, left, unknown, images := tally{}, tally{}, 0, 0
	for _, r := range rs {
		if len(r.AllAlong()) > len(r.Along) && slices.Contains(maybeBought, r.Outcome) {
			images++
		}
		for _, f := range r.Followed {
			switch {
			case f.Outcome() == plan.RenewedAlong && !missed(r, f):
				renewed.add(r.Region, f.Attached)
			case f.Outcome() == plan.NotKnown && !f.Perhaps:
				unknown++
			case missed(r, f):
				left.add(r.Region, f.Attached)
			}
		}
	}
	var parts []string
	if s := renewed.words(); s != "" {
		parts = append(parts, "Renewed along, and read back: "+s+".")
	}
	if s := left.words(); s != "" {
		parts = append(parts, "Not renewed along as far as what it hangs on, though relatedRenewFlag says so: "+s+". Look in the console before it ends.")
	}
	if unknown > 0 {
		parts = append(parts, "Of "+count(unknown, "thing", "things")+" that relatedRenewFlag renews along it is not known whether that was done.")
	}
	if images > 0 {
		parts = append(parts, "The relatedRenewFlag of "+count(images, "row", "rows")+" names images of the marketplace (MKT): what became of them nobody can read back; look in the console.")
	}
	return strings.Join(parts, " ")
}

// maybeBought are the outcomes of rows that bought something, or may have.
var maybeBought = []plan.Outcome{plan.Verified, plan.Deviates, plan.Unverified, plan.Unresolved, plan.Pending}

// leftBehind reports whether something along with a row needs a person's eye.
func leftBehind(r plan.Result) bool {
	for _, f := range r.Followed {
		if missed(r, f) || tooFar(r, f) || f.Outcome() == plan.NotKnown && !f.Perhaps {
			return true
		}
	}
	return false
}

// jsonAlong is something that is renewed along with a row, or may be.
type jsonAlong struct {
	Sort    string  `json:"sort"`
	ID      *string `json:"id"`
	Name    string  `json:"name"`
	Group   *string `json:"group"`
	Expiry  *string `json:"expiry"`
	Perhaps bool    `json:"perhaps"`
	Problem *string `json:"problem"`
}

func alongOf(a plan.Attached, perhaps bool) jsonAlong {
	return jsonAlong{
		Sort: a.Sort, ID: orNull(a.ID), Name: a.Name, Group: orNull(a.Group),
		Expiry: jsonTime(a.Expiry), Perhaps: perhaps, Problem: orNull(a.Problem),
	}
}

// jsonFollowed is what became of it.
type jsonFollowed struct {
	jsonAlong
	Unplanned bool    `json:"unplanned"`
	Outcome   string  `json:"outcome"`
	After     *string `json:"after"`
}

func jsonAlongs(r plan.Row) []jsonAlong {
	all := r.AllAlong()
	list := make([]jsonAlong, 0, len(all))
	for _, a := range all {
		list = append(list, alongOf(a, r.Perhaps(a)))
	}
	return list
}

func jsonFollows(r plan.Result) []jsonFollowed {
	list := make([]jsonFollowed, 0, len(r.Followed))
	for _, f := range r.Followed {
		j := jsonFollowed{jsonAlong: alongOf(f.Attached, f.Perhaps), Unplanned: f.Unplanned, Outcome: string(f.Outcome()), After: jsonTime(f.After)}
		if f.Unread != "" {
			j.Problem = orNull(f.Unread)
		}
		list = append(list, j)
	}
	return list
}
