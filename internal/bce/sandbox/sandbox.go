package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The access key that a sandbox accepts unless Config.Keys says otherwise.
const (
	AccessKeyID     = "sandbox"
	SecretAccessKey = "sandbox-secret"
)

// TokenLife is how long a clientToken is kept, counted from the last time it
// was received. Source: the idempotence section of the cloud's API pages.
const TokenLife = 24 * time.Hour

// DefaultBalance is a balance that is enough, in CNY.
const DefaultBalance = "1000000.0000"

// Config says what a sandbox holds and how it behaves. The zero value is an
// empty, well-behaved one.
type Config struct {
	Fleet  []Resource       // what it holds; see Fill for resources without a state
	Now    func() time.Time // its clock before any Advance; nil means time.Now
	Seed   uint64           // of the faults' chances, order ids and request ids
	Faults Faults
	// Keys are the secrets by access key id; nil means AccessKeyID with SecretAccessKey.
	Keys map[string]string
	// InstanceDelay is how much later, on the sandbox's clock, the renewal of an
	// asynchronous kind shows. 0 means at once.
	InstanceDelay time.Duration
	// Rate is how many requests a second, in real time, each service host
	// serves; a second's worth may come at once. 0 means no limit.
	Rate float64
	// UnitStrict takes reservationTimeUnit only in the spelling of the kind's
	// own page; else its case does not matter. Undocumented, so both can be played.
	UnitStrict bool
	// RenewFrom says where a renewal of an expired resource begins: "expiry" (or
	// empty) or "now". Undocumented, so both can be played.
	RenewFrom string
	// DisksByFlag renews the disks of an instance along only if relatedRenewFlag
	// says so; else always, as the newer pages have it.
	DisksByFlag bool
	// UnifiedDay is the account's unified expiry day, 1 to 28; 0 means none.
	UnifiedDay int
	// Balance is the account's cash balance in CNY, such as "850.0000"; empty
	// means DefaultBalance. The sandbox knows no prices, so nothing is taken from it.
	Balance string
	// File, if not empty, keeps resources, tokens and charges: it is loaded if it
	// exists, and replaced before a changed state is answered. Resources of Fleet
	// that it lacks are added; of those it has, it knows better. One process at
	// a time: FILE.lock is held until Close.
	File string
}

// Charge is one purchase: money that would be gone.
type Charge struct {
	Region           string    `json:"region"`
	Kind             string    `json:"kind"`
	ID               string    `json:"id"`
	Months           int       `json:"months"`
	RelatedRenewFlag string    `json:"relatedRenewFlag,omitempty"`
	Token            string    `json:"token,omitempty"` // the clientToken it came with
	OrderID          string    `json:"orderId"`
	Along            []string  `json:"along,omitempty"` // ids of the disks and addresses that were renewed along
	Before           time.Time `json:"before"`          // the true expiry before, whether shown or not
	After            time.Time `json:"after"`           // the true expiry after
	At               time.Time `json:"at"`              // on the sandbox's clock
}

// Counts is how many requests arrived, whatever became of them.
type Counts struct {
	Purchases int `json:"purchases"` // well-formed renewals of a resource that exists, replays included
	Reads     int `json:"reads"`     // details, lists and the balance
	Rejected  int `json:"rejected"`  // over the rate limit, badly signed, malformed, or of no such resource
}

// Sandbox is a stand-in for the cloud. It is safe for concurrent use.
type Sandbox struct {
	cfg  Config
	disk disk

	mu       sync.Mutex
	offset   time.Duration // of the clock, by Advance
	faults   Faults
	balance  string
	asked    int // reads of the balance
	entries  map[key]*entry
	byID     map[key][]*entry    // by kind and id, for requests whose host names no region
	sorted   map[string][]*entry // by kind, in order of id and region
	tokens   map[tokenKey]*token
	charges  []Charge
	delayed  []delayed
	counts   Counts
	lists    map[string]int // reads of each page of a list, for its fate
	answers  int            // answers so far, for request ids
	changes  uint64         // changes of what is kept in the file
	limiters map[string]*rate.Limiter
}

// entry is a resource with what the sandbox remembers of it.
type entry struct {
	Resource           // Expiry is the true one, everything bought included
	Shown    time.Time `json:"shown"` // the expiry that reads show
	// ShownAttached is what of Attached reads show; nil means Attached.
	ShownAttached []Attached `json:"shownAttached,omitempty"`
	Pending       []moved    `json:"pending,omitempty"` // bought and not shown yet, in order
	Purchases     int        `json:"purchases"`         // purchases that arrived: the try number
	Reads         int        `json:"reads"`
}

// moved is an expiry that shows from a time on.
type moved struct {
	From     time.Time  `json:"from"`
	Expiry   time.Time  `json:"expiry"`
	Attached []Attached `json:"attached,omitempty"` // as it shows with the expiry
}

// New makes a sandbox. Errors are mistakes in cfg, and a state file that is
// broken or in use; then nothing was changed.
func New(cfg Config) (*Sandbox, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Keys == nil {
		cfg.Keys = map[string]string{AccessKeyID: SecretAccessKey}
	}
	switch {
	case cfg.InstanceDelay < 0 || cfg.Rate < 0:
		return nil, errors.New("making sandbox: instance delay and rate cannot be negative")
	case cfg.RenewFrom != "" && cfg.RenewFrom != "expiry" && cfg.RenewFrom != "now":
		return nil, fmt.Errorf("making sandbox: renew from %q; want \"expiry\" or \"now\"", cfg.RenewFrom)
	case cfg.UnifiedDay < 0 || cfg.UnifiedDay > 28:
		return nil, fmt.Errorf("making sandbox: unified expiry day %d; want 1 to 28, or 0 for none", cfg.UnifiedDay)
	}
	cfg.Fleet = slices.Clone(cfg.Fleet)
	if err := checkFleet(cfg.Fleet); err != nil {
		return nil, fmt.Errorf("making sandbox: %w", err)
	}
	s := &Sandbox{
		cfg:      cfg,
		entries:  map[key]*entry{},
		byID:     map[key][]*entry{},
		sorted:   map[string][]*entry{},
		tokens:   map[tokenKey]*token{},
		lists:    map[string]int{},
		limiters: map[string]*rate.Limiter{},
	}
	if err := errors.Join(s.SetFaults(cfg.Faults), s.SetBalance(cfg.Balance)); err != nil {
		return nil, fmt.Errorf("making sandbox: %w", err)
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	for _, r := range cfg.Fleet {
		if s.entries[r.key()] == nil {
			s.add(&entry{Resource: r, Shown: r.Expiry})
			s.changes++
		}
	}
	s.sortAll()
	if err := s.save(); err != nil {
		return nil, errors.Join(err, s.disk.close())
	}
	return s, nil
}

// Close writes what is not written yet and gives up the state file. The sandbox
// must not be used afterwards.
func (s *Sandbox) Close() error { return errors.Join(s.save(), s.disk.close()) }

// Charges is every purchase so far, oldest first.
func (s *Sandbox) Charges() []Charge {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return slices.Clone(s.charges)
}

// Counts is how many requests arrived.
func (s *Sandbox) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Advance moves the sandbox's clock forward; a negative d moves nothing. Delayed
// requests that become due are processed at their time.
func (s *Sandbox) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += max(d, 0)
	s.changes++
	s.settle()
}

// Resources is every resource as it truly is, everything bought included, in
// order of kind, id and region.
func (s *Sandbox) Resources() []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	out := make([]Resource, 0, len(s.entries))
	for _, name := range sortedKinds(s.sorted) {
		for _, e := range s.sorted[name] {
			out = append(out, e.Resource)
		}
	}
	return out
}

// Set puts a resource into the given state at once, as a person at the cloud's
// console would, or adds it. What was bought and not shown yet is forgotten.
func (s *Sandbox) Set(r Resource) error {
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	s.settle()
	if e := s.entries[r.key()]; e != nil {
		e.Resource, e.Shown, e.ShownAttached, e.Pending = r, r.Expiry, nil, nil
	} else {
		s.add(&entry{Resource: r, Shown: r.Expiry})
		s.sortKind(r.Kind)
	}
	s.changes++
	s.mu.Unlock()
	return s.save()
}

// SetFaults replaces the faults.
func (s *Sandbox) SetFaults(f Faults) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	f.Script = slices.Clone(f.Script) // it is used up in place
	s.faults = f
	return nil
}

// Faults is the faults in force, with what is left of the script.
func (s *Sandbox) Faults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults
	f.Script = slices.Clone(f.Script)
	return f
}

// now is the sandbox's clock. The caller holds s.mu.
func (s *Sandbox) now() time.Time { return s.cfg.Now().Add(s.offset).UTC() }

// serverNow is the clock that signatures are judged by. The caller holds s.mu.
func (s *Sandbox) serverNow() time.Time { return s.now().Add(time.Duration(s.faults.Skew)) }

// add puts an entry into the maps; the caller sorts.
func (s *Sandbox) add(e *entry) {
	s.entries[e.key()] = e
	anywhere := key{kind: e.Kind, id: e.ID}
	s.byID[anywhere] = append(s.byID[anywhere], e)
	s.sorted[e.Kind] = append(s.sorted[e.Kind], e)
}

func (s *Sandbox) sortAll() {
	for kind := range s.sorted {
		s.sortKind(kind)
	}
}

func (s *Sandbox) sortKind(kind string) {
	slices.SortFunc(s.sorted[kind], byIDAndRegion)
}

// show moves the shown expiry on to what shows at the time.
func (e *entry) show(now time.Time) {
	for len(e.Pending) > 0 && !e.Pending[0].From.After(now) {
		e.Shown, e.ShownAttached, e.Pending = e.Pending[0].Expiry, e.Pending[0].Attached, e.Pending[1:]
	}
}

// attachedShown is what hangs on an instance, as reads show it.
func (e *entry) attachedShown() []Attached {
	if e.ShownAttached == nil {
		return e.Attached
	}
	return e.ShownAttached
}

// move sets the true expiry, and what is true of what hangs on it, shown from a
// time on. Whoever sees a newer state also sees the older ones, so what would
// show later than it is dropped.
func (e *entry) move(expiry time.Time, things []Attached, from time.Time) {
	e.ShownAttached = e.attachedShown()
	e.Expiry, e.Attached = expiry, things
	for n := len(e.Pending); n > 0 && !e.Pending[n-1].From.Before(from); n-- {
		e.Pending = e.Pending[:n-1]
	}
	e.Pending = append(e.Pending, moved{From: from, Expiry: expiry, Attached: things})
}
