package exec

import (
	"bytes"
	"hash/maphash"
)

// found is what a search has found: the shortest schedule of each sort, if any.
type found struct {
	states, moves int

	double   []string // pays twice inside the proviso
	outside  []string // pays twice outside of it
	handed   []string // a run and a person both pay
	overHand []string // a run pays although its look showed a renewal by hand
	unseen   []string // sends without a fresh look
	lost     []string // leaves a charge of which the run's ledger does not know, and will not ask

	doubles int // scenes outside the proviso in which something was paid twice
}

// explore visits every scene that can be reached, breadth first, so that the
// schedules it reports are the shortest; or until done, which may be nil, is
// content. It does not look beyond what was paid twice.
func explore(c setting, done func(*found) bool) found {
	c.prepare()
	s := &search{c: &c, seed: maphash.MakeSeed(), table: make([]uint64, 1<<16)}
	var f found
	s.add(scene{}, -1)
	for at := 0; at < s.n; at++ {
		w := *s.at(at)
		paidTwice := f.judge(s, &w, at)
		if done != nil && done(&f) {
			break
		}
		if paidTwice {
			continue
		}
		c.moves(&w, func(next scene, _ int, _ string) {
			f.moves++
			s.add(next, at)
		})
	}
	f.states = s.n
	return f
}

func (c *setting) moves(w *scene, emit move) {
	if c.urgent {
		for i := range w.run {
			if w.run[i].urgent() {
				c.runnerMoves(w, i, emit)
				return
			}
		}
	}
	for i := range w.run {
		c.runnerMoves(w, i, emit)
	}
	c.cloudMoves(w, emit)
}

// urgent reports whether the runner's next step is its own business: it touches
// its memory and its ledger, and neither the cloud nor the network.
func (r *actor) urgent() bool {
	switch r.phase {
	case taken, intending, answeredYet:
		return true
	case waiting:
		return Step(r.step) == Pause
	}
	return false
}

// judge notes what a scene shows, and reports whether something was paid twice.
func (f *found) judge(s *search, w *scene, at int) bool {
	first := func(is bool, trace *[]string) {
		if is && *trace == nil {
			*trace = s.trace(at)
		}
	}
	paid := w.charges[0] + w.charges[1]
	outside := s.c.outside(w.broken, w.late, w.veryLate)
	if paid > 1 && outside {
		f.doubles++
	}
	first(paid > 1 && outside, &f.outside)
	first(paid > 1 && !outside, &f.double)
	first(paid > 0 && w.hand, &f.handed)
	first(w.overHand, &f.overHand)
	first(w.unseen, &f.unseen)
	first(w.lost(s.c.ledgers), &f.lost)
	return paid > 1
}

// lost reports whether a run paid for something of which its ledger does not
// know, and which it would not look for.
func (w *scene) lost(ledgers int) bool {
	for l := range ledgers {
		if w.charges[l] == 0 {
			continue
		}
		switch w.rec[l].state {
		case sending, unknown, accepted, verified, deviates, unverified, unresolved:
		default:
			return true
		}
	}
	return false
}

// search holds the scenes that were reached, in order, and a hash table of
// where they stand. Scenes are compared whole, never by their hash.
type search struct {
	c       *setting
	seed    maphash.Seed
	chunks  [][]scene
	parents []int32
	table   []uint64 // half of a hash, and one more than the scene's place
	n       int
}

const chunk = 1 << 14

func (s *search) at(i int) *scene { return &s.chunks[i/chunk][i%chunk] }

// add takes a scene in unless it is known.
func (s *search) add(w scene, parent int) {
	s.canonical(&w)
	hash := maphash.Bytes(s.seed, w.bytes())
	i, known := s.find(hash, &w)
	if known {
		return
	}
	if s.n%chunk == 0 {
		s.chunks = append(s.chunks, make([]scene, 0, chunk))
	}
	last := &s.chunks[len(s.chunks)-1]
	*last = append(*last, w)
	s.parents = append(s.parents, int32(parent))
	s.n++
	s.table[i] = hash&^half | uint64(s.n)
	if s.n*3 > len(s.table)*2 {
		s.grow()
	}
}

func (s *search) canonical(w *scene) {
	w.tidy(s.c)
	if s.c.symmetric() {
		if m := w.mirrored(s.c.ledgers); bytes.Compare(m.bytes(), w.bytes()) < 0 {
			*w = m
		}
	}
}

const half = 1<<32 - 1

// find is the place in the table where a scene is or should be.
func (s *search) find(hash uint64, w *scene) (place int, known bool) {
	mask := len(s.table) - 1
	i := int(hash>>20) & mask
	for ; s.table[i] != 0; i = (i + 1) & mask {
		if s.table[i]&^half == hash&^half && *s.at(int(s.table[i]&half) - 1) == *w {
			return i, true
		}
	}
	return i, false
}

func (s *search) grow() {
	s.table = make([]uint64, 2*len(s.table))
	for k := range s.n {
		hash := maphash.Bytes(s.seed, s.at(k).bytes())
		i, _ := s.find(hash, s.at(k))
		s.table[i] = hash&^half | uint64(k+1)
	}
}

// trace is the schedule that leads to a scene, in words.
func (s *search) trace(at int) []string {
	var path []int
	for ; at >= 0; at = int(s.parents[at]) {
		path = append([]int{at}, path...)
	}
	var lines []string
	from := *s.at(path[0])
	for _, to := range path[1:] {
		said, reached := "", from
		s.c.moves(&from, func(next scene, who int, what string) {
			next.tidy(s.c)
			reduced := next
			s.canonical(&reduced)
			if said != "" || reduced != *s.at(to) {
				return
			}
			said, reached = what, next
			if who >= 0 {
				said = string(rune('A'+who)) + " " + what
			}
		})
		lines, from = append(lines, said), reached
	}
	return lines
}
