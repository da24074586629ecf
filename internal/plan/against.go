package plan

import (
	"slices"
	"strings"
)

// Against compares a plan with the spec that it names, as far as that needs no
// look at the cloud: account, limits, and for every row that would be renewed
// what the spec says of it, given the baseline that stands there. It finds what
// Decode cannot, such as a limit raised, or a length changed, in the plan file
// alone and its digest made right again. It returns the differences as Diff
// words them; nothing means that there are none.
func (p *Plan) Against(s *Spec) ([]string, error) {
	now, err := Build(s, p.asSeen(), BuildOptions{
		AsOf: p.AsOf, Cloud: p.Cloud, DefaultRegion: p.defaultRegion(s), Spec: p.Spec,
	})
	if err != nil {
		return nil, err
	}
	var d differ
	d.frame(p, now)
	lines := d.parts
	for i := range p.Rows {
		a := &p.Rows[i]
		if a.Decision != Renew {
			continue
		}
		j, ok := slices.BinarySearchFunc(now.Rows, a.Key, func(r Row, k Key) int { return r.Compare(k) })
		if !ok {
			lines = append(lines, a.String()+": the spec does not name it")
			continue
		}
		b := now.Rows[j]
		b.Name, b.Reason = a.Name, a.Reason // these rest on what the cloud showed, too
		if parts := diffRow(a, &b); len(parts) > 0 {
			lines = append(lines, a.String()+": "+strings.Join(parts, "; "))
		}
	}
	return lines, nil
}

// asSeen is what must have been seen for the plan's rows to be renewed.
func (p *Plan) asSeen() Observed {
	seen := make(Observed, len(p.Rows))
	for _, r := range p.Rows {
		if r.Decision == Renew {
			seen[r.Key] = Observation{
				Read: true, Prepaid: true, Expiry: r.Baseline, Attempt: r.Attempt, Unaligned: r.UnifiedExpiryDay == 0,
				Attached: r.Along, AutoRenew: AutoRenew(max(0, slices.Index(autoRenews[:], r.AutoRenew))),
			}
		}
	}
	return seen
}

// defaultRegion is the --region that the plan was made with, as far as its rows
// tell: that of a resource for which the spec names none.
func (p *Plan) defaultRegion(s *Spec) string {
	if s.Region != "" {
		return ""
	}
	for _, res := range s.Resources {
		if res.Region != "" {
			continue
		}
		for _, r := range p.Rows {
			if r.Kind == res.Kind && r.ID == res.ID {
				return r.Region
			}
		}
	}
	return ""
}
