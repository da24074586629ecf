package spec

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"

	"renewplan/internal/plan"
)

// The bounds where Options do not say. They are generous for a spec of 100,000
// resources and end an evaluation that runs away.
const (
	defaultMaxItems  = 200_000
	defaultMaxBytes  = 256 << 20
	defaultMaxTime   = 5 * time.Minute
	defaultMaxMemory = 4 << 30
)

// Options say what to read.
type Options struct {
	// Args are one directory (a CUE package), or files (.cue, .json, .yaml, .yml)
	// that belong together. None means the current directory. JSON and YAML files
	// in a directory have to be named to be read.
	Args []string
	// Tags are values for fields with a @tag attribute, as "name=value", or names
	// that select files with an @if attribute.
	Tags []string
	// MaxItems is the most resources that are accepted; 0 means 200,000.
	MaxItems int
	// MaxBytes is the most that all files may hold together; 0 means 256 MiB.
	MaxBytes int64
	// MaxTime is how long reading and evaluating may take; 0 means 5 minutes.
	MaxTime time.Duration
	// MaxMemory is how many bytes of memory the whole process may hold while the
	// spec is evaluated; 0 means 4 GiB. Where less is set for Go itself, by
	// GOMEMLIMIT in the environment, that counts.
	MaxMemory uint64

	// shard is the most resources that are evaluated as one value; 0 means
	// shardSize. Only tests set it; mistakes are then told by the shards alone.
	shard int
	// noLiterals leaves everything to the evaluator, for tests.
	noLiterals bool
}

// Load reads, evaluates and checks a spec.
//
// An error of type [Errors] holds every mistake in the spec that can be found in
// one run: files that cannot be read hide what evaluation would find, and syntax
// errors hide the rest. After [ErrGivenUp] an evaluation is still running, and
// the process should end. Other errors concern the machine.
//
// Load may be called concurrently, but MaxMemory then counts all calls together.
func Load(opt Options) (*plan.Spec, error) {
	opt.MaxItems = cmp.Or(opt.MaxItems, defaultMaxItems)
	opt.MaxBytes = cmp.Or(opt.MaxBytes, defaultMaxBytes)
	opt.MaxTime = cmp.Or(opt.MaxTime, defaultMaxTime)
	opt.MaxMemory = cmp.Or(opt.MaxMemory, defaultMaxMemory)
	return guarded(opt.MaxTime, opt.MaxMemory, func() (*plan.Spec, error) { return loadSpec(opt) })
}

// loadSpec is Load without its watchdog.
func loadSpec(opt Options) (*plan.Spec, error) {
	s, err := gather(opt.Args, opt.MaxBytes)
	if err != nil {
		return nil, err
	}
	p, err := parse(s, opt.Tags)
	if err != nil {
		return nil, err
	}
	return p.evaluate(opt)
}

// build evaluates the program, in a context of its own so that nothing is kept
// afterwards.
func (p *program) build() (*cue.Context, cue.Value) {
	// CUE_DEBUG in the environment could switch off the check for misspelt fields.
	ctx := cuecontext.New(cuecontext.CUE_DEBUG(""))
	return ctx, ctx.BuildInstance(p.built)
}

// evaluate decides whether the program is a spec, and reads it if it is: in
// shards if there is much of it and it can be cut, without the evaluator if all of
// it is plain literals, and as one value if not.
func (p *program) evaluate(opt Options) (*plan.Spec, error) {
	if c := p.cut(opt); c != nil {
		s, mistakes, err := c.evaluate(opt)
		switch {
		case errors.Is(err, errWhole):
		case err != nil:
			return nil, err
		case len(mistakes) > 0:
			return nil, tidy(mistakes)
		default:
			return s, nil
		}
	}
	if s, ok := p.plain(opt); ok {
		return s, nil
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	v, err := p.judge(opt)
	if err != nil {
		return nil, err
	}
	if len(v.mistakes) > 0 {
		return nil, tidy(v.mistakes)
	}
	return v.spec, nil
}

// judgment is what comes of evaluating a program: a spec, or every mistake in it.
type judgment struct {
	spec     *plan.Spec
	mistakes Errors
	// reservations are the names of the reservations that there are; nil if they
	// cannot be known.
	reservations []string
}

// judge evaluates the program as one value.
func (p *program) judge(opt Options) (v judgment, err error) {
	ctx, user := p.build()
	c := newChecker(p)
	if !walkable(user) {
		if user.Err() == nil {
			v.mistakes = Errors{{Position: c.name, Message: "got " + describe(user, cue.StructKind) + ", want the fields of a spec"}}
			return v, nil
		}
		for _, m := range p.words.evaluation(cueerrors.Errors(user.Err())) {
			m.Position = cmp.Or(m.Position, c.name)
			c.add(m, m.path)
		}
		// Without the names that are not defined, the rest can be checked as well.
		p.forgetUnknownNames(user.Err())
		if ctx, user = p.build(); !walkable(user) {
			v.mistakes = c.mistakes
			return v, nil
		}
	}
	resources := groupsOf(user.LookupPath(pathResources))
	n := resources.count()
	if n > opt.MaxItems {
		v.mistakes = c.tooMany(n, opt.MaxItems)
		return v, nil
	}
	position := func(kind, id string, row cue.Value) string {
		path := []string{"resources", kind, id}
		if p.words.position(row.Pos()) == "" {
			row = lookup(user, path)
		}
		return c.at(place{path: path, value: row})
	}
	if len(c.mistakes) == 0 && !opt.noLiterals {
		if s, ok := p.read(user, resources, position); ok {
			v.spec, v.mistakes = s, c.checkReferences(user, s)
			v.reservations = c.reservations
			return v, nil
		}
	}
	root, err := compileSchema(ctx)
	if err != nil {
		return v, err
	}
	whole := user.Unify(root)
	if refused := whole.Validate(cue.Concrete(true)); refused != nil || len(c.mistakes) > 0 {
		if c.rules, err = compileRules(ctx, root); err != nil {
			return v, err
		}
		v.mistakes = c.check(ctx, user, refused)
		v.reservations = c.reservations
		return v, nil
	}
	if v.spec, err = decode(whole, position); err != nil {
		return v, err
	}
	v.mistakes = c.checkReferences(user, v.spec)
	v.reservations = c.reservations
	return v, nil
}

// tooMany says that a spec has more resources than are read.
func (c *checker) tooMany(n, most int) Errors {
	return Errors{{
		Position: c.at(place{path: []string{"resources"}}), Path: "resources",
		Message: fmt.Sprintf("%d resources; at most %d are read at once, split the spec", n, most),
	}}
}

// checkReferences wants every reservation that a resource names to exist, in a
// spec that is right otherwise.
func (c *checker) checkReferences(user cue.Value, s *plan.Spec) Errors {
	c.reservations = reservationNames(user)
	for _, r := range s.Resources {
		if _, ok := s.Reservations[r.Reservation]; ok || r.Reservation == "" {
			continue
		}
		path := []string{"resources", string(r.Kind), r.ID, "reservation"}
		c.checkReference(place{path, lookup(user, path), nil}, r.Reservation)
	}
	return c.mistakes
}

// forgetUnknownNames replaces each name that is not defined by "any value".
func (p *program) forgetUnknownNames(err error) {
	unknown := make(map[string]bool)
	for _, e := range cueerrors.Errors(err) {
		if format, _ := e.Msg(); format == unknownName {
			unknown[p.words.position(e.Position())] = true
		}
	}
	for _, f := range p.files {
		if f == nil {
			continue
		}
		ast.Walk(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && unknown[p.words.position(id.Pos())] {
				id.Name = "_"
			}
			return true
		}, nil)
	}
	p.built.Err, p.built.ResolutionErr = nil, nil
}

// walkable reports whether a value has fields to look at. A program with an
// unknown name in it has none.
func walkable(v cue.Value) bool {
	_, err := v.Fields()
	return err == nil
}

// lookup is the value at a path of plain labels.
func lookup(v cue.Value, path []string) cue.Value {
	selectors := make([]cue.Selector, len(path))
	for i, l := range path {
		selectors[i] = cue.Str(l)
	}
	return v.LookupPath(cue.MakePath(selectors...))
}
