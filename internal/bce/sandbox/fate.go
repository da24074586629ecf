package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// fate is the faults that hit one request.
type fate []Fault

func (f fate) has(name Fault) bool { return slices.Contains(f, name) }

// draw decides what hits the try-th request for a resource, or for a list: the
// script's next fitting step, else chance. The caller holds s.mu.
func (s *Sandbox) draw(reads bool, k key, try int) fate {
	if hit, ok := s.scripted(reads, k.id, false); ok {
		return hit
	}
	return s.drawByChance(reads, k, try)
}

func (s *Sandbox) drawByChance(reads bool, k key, try int) fate {
	if len(s.faults.Chance) == 0 {
		return nil
	}
	groups := purchaseGroups()
	if reads {
		groups = readGroups()
	}
	var hit fate
	for _, g := range groups {
		if g.each {
			for _, name := range g.faults {
				if p := s.faults.Chance[name]; p > 0 && s.die(k, try, string(name)) < p {
					hit = append(hit, name)
				}
			}
			continue
		}
		u := s.die(k, try, g.name)
		for _, name := range g.faults {
			if u -= s.faults.Chance[name]; u < 0 {
				hit = append(hit, name)
				break
			}
		}
	}
	return hit
}

// scripted takes the script's next step for a request for the resource with
// the id; named takes only steps that name it. The caller holds s.mu.
func (s *Sandbox) scripted(reads bool, id string, named bool) (fate, bool) {
	for i := range s.faults.Script {
		st := &s.faults.Script[i]
		if st.reads() != reads || st.ID != id && (named || st.ID != "") {
			continue
		}
		hit := fate(st.Faults)
		if st.Times--; st.Times <= 0 {
			s.faults.Script = slices.Delete(s.faults.Script, i, i+1)
		}
		return hit, true
	}
	return nil, false
}

// itemFate is what hits one item of a list: the script's next step that names
// it, if that is for an item. There is no item if the step is for a whole answer,
// and then the step is left to a read of that resource alone. The caller holds s.mu.
func (s *Sandbox) itemFate(id string) (hit fate, shown bool) {
	ofItems := []Fault{ReadNoExpiry, ReadNoZone, ReadOtherID, ReadMiss, ReadTwice}
	for _, st := range s.faults.Script {
		if !st.reads() || st.ID != id {
			continue
		}
		if slices.ContainsFunc(st.Faults, func(f Fault) bool { return !slices.Contains(ofItems, f) }) {
			return nil, false
		}
		hit, _ = s.scripted(true, id, true)
		return hit, !hit.has(ReadMiss)
	}
	return nil, true
}

// die is a number from 0 up to 1 that depends on the seed and the arguments
// only, so that the order of requests for different resources does not matter.
func (s *Sandbox) die(k key, try int, what string) float64 {
	sum := s.hash("die", k, try, what)
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

func (s *Sandbox) hash(parts ...any) [32]byte {
	return sha256.Sum256([]byte(fmt.Sprintln(append([]any{s.cfg.Seed}, parts...)...)))
}
