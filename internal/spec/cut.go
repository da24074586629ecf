package spec

import (
	"bytes"
	"strconv"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// CUE takes quadratic time to build an object of many fields. So a large spec is
// cut apart at the syntax: everything but the resources, the prelude, is repeated
// in every part. A spec is cut only where the parts are certain to mean what the
// whole does; see cutter.
const (
	// shardSize is the most resources that are evaluated as one value. It also is
	// the size from which a spec is cut.
	shardSize = 512
	// preludeShare is how many times as much syntax the repeated preludes may have
	// as the resources.
	preludeShare = 2
	// mostComputing is the most parts of a spec whose prelude computes: what that
	// takes is not known beforehand.
	mostComputing = 16
)

// row is one field of a kind's object, as it is written: a resource, or a part
// of one that other rows add to.
type row struct {
	kind, id string
	field    *ast.Field
	first    int // number of the first row of the same resource
}

// cutSpec is a program that is cut apart into rows and a prelude.
type cutSpec struct {
	program *program
	size    int         // most resources in a part
	forced  bool        // by a test, whatever it costs
	rows    []row       // in the order of writing
	count   int         // different resources among rows
	starts  []int       // of each file, the number of its first row; one more at the end
	bare    []bool      // of each file, whether it has no prelude
	bound   [][]binding // of each file, what names of the file alone stand for
	most    int         // parts that the prelude allows
	// patterns are the patterns for all resources of a kind; those of "" are for all
	// kinds.
	patterns map[string][]*ast.Field
	preset   map[string]*presets // by kind, once asked for; nil for what these cannot follow
	empty    bool                // there is an object that should hold resources and holds nothing
	shadowed bool                // a field at the top has the name of a type
}

// binding is an import or a let clause at the top of a file, which is an error
// where nothing refers to it.
type binding struct {
	node ast.Node // *ast.ImportSpec or *ast.LetClause
	used bool
}

// cut cuts the program apart; nil if that does not pay or is not certain to
// change nothing.
func (p *program) cut(opt Options) *cutSpec {
	size := opt.shard
	if size == 0 {
		size = shardSize
	}
	c := newCutter(p)
	c.spec.size, c.spec.forced = size, opt.shard != 0
	for _, f := range p.files {
		c.spec.starts = append(c.spec.starts, len(c.spec.rows))
		if !c.file(f) {
			return nil
		}
	}
	c.spec.starts = append(c.spec.starts, len(c.spec.rows))
	if len(c.spec.rows) <= size || !c.number() || c.spec.count <= size || !c.references() || !p.moduleLoads() {
		return nil
	}
	return c.spec
}

// cutter decides whether and where a spec can be cut. Resources must be plain
// fields of plain objects of kinds: no comprehension, embedding, reference or
// alias may add to them unseen. Nothing in the spec may refer to a resource, a
// kind, or to all resources. No tag may be within a resource. Nothing is imported
// but packages of CUE's own. Everything else at the top is prelude; so are
// patterns beside kinds and resources.
type cutter struct {
	spec *cutSpec
	own  map[ast.Node]bool // what a reference to a resource, a kind or all of them refers to
	// nodes of syntax in the prelude and in rows
	prelude, inRows int
	computes        bool // the prelude does more than to say
}

func newCutter(p *program) *cutter {
	return &cutter{
		spec: &cutSpec{program: p, patterns: make(map[string][]*ast.Field), preset: make(map[string]*presets)},
		own:  make(map[ast.Node]bool),
	}
}

// file looks at the declarations of a file, and reports whether it can be cut.
func (c *cutter) file(f *ast.File) bool {
	bare := true
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.Package, *ast.CommentGroup:
		case *ast.LetClause:
		case *ast.ImportDecl:
			for _, s := range d.Specs {
				path, err := strconv.Unquote(s.Path.Value)
				if err != nil || c.spec.program.loader.ofModule(path) {
					return false
				}
			}
		case *ast.Field:
			name, ok := plainName(d)
			if !ok {
				return false
			}
			if name != "resources" {
				bare = false
				c.spec.shadowed = c.spec.shadowed || basicType(name) != nil
				break
			}
			residue, ok := c.resources(d)
			if !ok {
				return false
			}
			bare = bare && !residue
		default:
			return false
		}
	}
	c.spec.bare = append(c.spec.bare, bare)
	return true
}

// resources looks at a field resources. It reports whether anything of it
// belongs to the prelude, and whether it can be cut.
func (c *cutter) resources(f *ast.Field) (residue, ok bool) {
	lit, ok := c.object(f)
	if !ok {
		return false, false
	}
	residue = len(lit.Elts) == 0
	c.spec.empty = c.spec.empty || residue
	for _, d := range lit.Elts {
		kind, ok := d.(*ast.Field)
		if !ok {
			return false, false
		}
		if isPattern(kind) {
			residue = true
			c.spec.patterns[""] = append(c.spec.patterns[""], kind)
			continue
		}
		name, ok := plainName(kind)
		if !ok {
			return false, false
		}
		rows, ok := c.object(kind)
		if !ok {
			return false, false
		}
		if len(rows.Elts) == 0 {
			residue, c.spec.empty = true, true
		}
		for _, d := range rows.Elts {
			item, ok := d.(*ast.Field)
			if !ok {
				return false, false
			}
			if isPattern(item) {
				residue = true
				c.spec.patterns[name] = append(c.spec.patterns[name], item)
				continue
			}
			id, ok := plainName(item)
			if !ok {
				return false, false
			}
			c.own[item.Value] = true
			c.spec.rows = append(c.spec.rows, row{kind: name, id: id, field: item})
		}
	}
	return residue, true
}

// object is the value of a field if it is a plain object that can be cut.
func (c *cutter) object(f *ast.Field) (*ast.StructLit, bool) {
	lit, ok := f.Value.(*ast.StructLit)
	if ok {
		c.own[lit] = true
	}
	return lit, ok && len(f.Attrs) == 0
}

// plainName is the name of a plain field: without alias, "?", "!" and brackets,
// neither hidden nor a definition at the level of resources.
func plainName(f *ast.Field) (string, bool) {
	if f.Alias != nil || f.Constraint != token.ILLEGAL {
		return "", false
	}
	switch l := f.Label.(type) {
	case *ast.Ident:
		return l.Name, l.Name != "_"
	case *ast.BasicLit:
		if l.Kind != token.STRING {
			return "", false
		}
		name, err := strconv.Unquote(l.Value)
		return name, err == nil
	}
	return "", false
}

// isPattern reports whether a field is a pattern such as [string]: …
func isPattern(f *ast.Field) bool {
	_, ok := f.Label.(*ast.ListLit)
	return ok && f.Alias == nil && len(f.Attrs) == 0
}

// number finds the rows that are of one resource. It reports whether every row is
// of a resource: what is hidden, or a definition, is not.
func (c *cutter) number() bool {
	type key struct{ kind, id string }
	first := make(map[key]int, len(c.spec.rows))
	for i := range c.spec.rows {
		r := &c.spec.rows[i]
		for _, f := range []string{r.kind, r.id} {
			// Quoted names may look like this as well, and are not resources either.
			if f != "" && (f[0] == '_' || f[0] == '#') {
				return false
			}
		}
		k := key{r.kind, r.id}
		n, ok := first[k]
		if !ok {
			n = i
			first[k] = i
		}
		r.first = n
	}
	c.spec.count = len(first)
	return true
}

// references walks all syntax for what forbids cutting, and notes what imports
// and let clauses are used for.
func (c *cutter) references() bool {
	for i, f := range c.spec.program.files {
		b := c.bindings(f)
		c.spec.bound = append(c.spec.bound, b)
		attributes := bytes.IndexByte(c.spec.program.sources.files[i].data, '@') >= 0
		for _, d := range f.Decls {
			ok := true
			within := 0 // whether inside of the field resources
			if field, is := d.(*ast.Field); is {
				if name, _ := plainName(field); name == "resources" {
					within = 1
				}
			}
			ast.Walk(d, func(n ast.Node) bool {
				if within > 0 {
					c.inRows++
				} else {
					c.prelude++
				}
				switch n := n.(type) {
				case *ast.Ident:
					if n.Node != nil {
						ok = ok && !c.own[n.Node]
						for k := range b {
							if b[k].node == n.Node {
								b[k].used = true
							}
						}
					}
				case *ast.Attribute:
					ok = ok && !(attributes && within > 0 && n.Name() == "tag")
				case *ast.Comprehension, *ast.CallExpr:
					c.computes = c.computes || within == 0
				case *ast.BasicLit:
					return false
				}
				return ok
			}, nil)
			if !ok {
				return false
			}
		}
		for _, id := range f.Unresolved {
			if id.Name == "resources" || id.Name == "self" || id.Name == "__self" {
				return false
			}
		}
		for k := range b {
			if !b[k].used {
				return false // a mistake, which the whole tells
			}
		}
	}
	c.spec.most = len(c.spec.rows)
	if c.prelude > 0 {
		c.spec.most = max(1, preludeShare*c.inRows/c.prelude)
	}
	if c.computes {
		c.spec.most = min(c.spec.most, mostComputing)
	}
	return c.spec.most > 1 || c.spec.forced
}

// bindings are the imports and let clauses at the top of a file.
func (c *cutter) bindings(f *ast.File) []binding {
	var b []binding
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.ImportDecl:
			for _, s := range d.Specs {
				b = append(b, binding{node: s})
			}
		case *ast.LetClause:
			b = append(b, binding{node: d})
		}
	}
	return b
}
