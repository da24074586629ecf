package spec

import (
	"errors"
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"renewplan/internal/plan"
)

// errWhole says that a spec is to be evaluated as a whole after all.
var errWhole = errors.New("evaluate the whole spec")

// mostRetold is the most resources of a spec with mistakes that is evaluated
// again as a whole, for messages that see all of it at once. Beyond, that would
// take long, and the shards tell the mistakes.
const mostRetold = 2000

// evaluate evaluates a spec shard by shard, several at a time, each in a context
// of its own. The error is errWhole if the whole has to be looked at.
func (c *cutSpec) evaluate(opt Options) (*plan.Spec, Errors, error) {
	if c.count > opt.MaxItems {
		return nil, newChecker(c.program).tooMany(c.count, opt.MaxItems), nil
	}
	shards := c.shards()
	type result struct {
		spec     *plan.Spec
		mistakes Errors
		err      error
	}
	results := make([]result, len(shards))
	inParallel(len(shards), func(i int) {
		r := &results[i]
		part := c.part(shards[i])
		if r.err = part.load(); r.err == nil {
			r.spec, r.mistakes, r.err = part.judge(opt)
		}
	})
	var all *plan.Spec
	var mistakes Errors
	for _, r := range results {
		switch {
		case r.err != nil:
			// Whatever it is, the whole spec has it as well.
			return nil, nil, errWhole
		case len(r.mistakes) > 0:
			mistakes = append(mistakes, r.mistakes...)
		case all == nil:
			all = r.spec
		default:
			all.Resources = append(all.Resources, r.spec.Resources...)
		}
	}
	if len(mistakes) > 0 {
		if c.count <= mostRetold && !c.forced {
			return nil, nil, errWhole
		}
		return nil, mistakes, nil
	}
	sortResources(all.Resources)
	return all, nil, nil
}

// sortResources puts resources in the order of a plan.Spec.
func sortResources(rs []plan.Resource) {
	slices.SortFunc(rs, func(a, b plan.Resource) int { return a.Compare(b.Key) })
}

// shards puts the rows into as many shards of about the same size as it takes.
// The rows of one resource are in one shard. A shard is a set of row numbers.
func (c *cutSpec) shards() [][]int {
	var of []int // rows by resource, in the order of their first
	for i, r := range c.rows {
		if r.first == i {
			of = append(of, i)
		}
	}
	n := min((len(of)+c.size-1)/c.size, max(c.most, 1))
	if c.forced {
		n = (len(of) + c.size - 1) / c.size
	}
	shardOf := make([]int, len(c.rows))
	for k, i := range of {
		shardOf[i] = k * n / len(of)
	}
	shards := make([][]int, n)
	for i, r := range c.rows {
		k := shardOf[r.first]
		shards[k] = append(shards[k], i)
	}
	return shards
}

// part is the program of some rows, given by number in ascending order, and the
// prelude. Files that have neither are left out.
func (c *cutSpec) part(rows []int) *program {
	files := make([]*ast.File, len(c.program.files))
	for i := range files {
		n, _ := slices.BinarySearch(rows, c.starts[i+1])
		if n == 0 && c.bare[i] {
			continue
		}
		files[i] = c.file(i, rows[:n])
		rows = rows[n:]
	}
	return c.program.part(files)
}

// file is the prelude of a file, and the rows in it with these numbers.
func (c *cutSpec) file(i int, rows []int) *ast.File {
	f := c.program.files[i]
	out := &ast.File{Filename: f.Filename, LanguageVersion: f.LanguageVersion}
	used := make(map[ast.Node]bool)
	keep := func(d ast.Decl) ast.Decl {
		if len(c.bound[i]) > 0 {
			noteUse(d, used)
		}
		return cloneNode(d)
	}
	number := c.starts[i] // of the row that comes next
	next := func() bool { // whether it is one of rows
		number++
		if len(rows) == 0 || rows[0] != number-1 {
			return false
		}
		rows = rows[1:]
		return true
	}
	var bound []int // where imports and let clauses go
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.ImportDecl, *ast.LetClause:
			bound = append(bound, len(out.Decls))
			out.Decls = append(out.Decls, d)
			continue
		case *ast.Field:
			if name, _ := plainName(d); name != "resources" {
				break
			}
			if r := filterField(d, func(kind ast.Decl) ast.Decl {
				k := kind.(*ast.Field)
				if isPattern(k) {
					return keep(k)
				}
				if k := filterField(k, func(item ast.Decl) ast.Decl {
					if isPattern(item.(*ast.Field)) || next() {
						return keep(item)
					}
					return nil
				}); k != nil {
					return k
				}
				return nil
			}); r != nil {
				out.Decls = append(out.Decls, r)
			}
			continue
		}
		out.Decls = append(out.Decls, keep(d))
	}
	// Later let clauses may use earlier ones and the other way round.
	for again := true; again; {
		again = false
		for _, k := range bound {
			if l, ok := out.Decls[k].(*ast.LetClause); ok && used[l] {
				before := len(used)
				noteUse(l.Expr, used)
				again = again || len(used) > before
			}
		}
	}
	for _, k := range bound {
		switch d := out.Decls[k].(type) {
		case *ast.LetClause:
			if out.Decls[k] = nil; used[d] {
				out.Decls[k] = cloneNode(d)
			}
		case *ast.ImportDecl:
			if d = cloneImports(d, used); d != nil {
				out.Decls[k] = d
			} else {
				out.Decls[k] = nil
			}
		}
	}
	out.Decls = slices.DeleteFunc(out.Decls, func(d ast.Decl) bool { return d == nil })
	return out
}

// filterField copies a field that holds an object, with what is left of each of
// its elements; nil if nothing is left, unless the object is empty from the start.
func filterField(f *ast.Field, left func(ast.Decl) ast.Decl) *ast.Field {
	lit := f.Value.(*ast.StructLit)
	object := &ast.StructLit{Lbrace: lit.Lbrace, Rbrace: lit.Rbrace}
	for _, d := range lit.Elts {
		if d = left(d); d != nil {
			object.Elts = append(object.Elts, d)
		}
	}
	if len(object.Elts) == 0 && len(lit.Elts) > 0 {
		return nil
	}
	return &ast.Field{Label: cloneNode(f.Label), TokenPos: f.TokenPos, Value: object, Constraint: token.ILLEGAL}
}

// cloneImports copies the imports that are used; nil if none is.
func cloneImports(d *ast.ImportDecl, used map[ast.Node]bool) *ast.ImportDecl {
	out := *d
	out.Specs = nil
	for _, s := range d.Specs {
		if used[s] {
			out.Specs = append(out.Specs, cloneNode(s))
		}
	}
	if len(out.Specs) == 0 {
		return nil
	}
	return &out
}

// noteUse notes what the names in syntax refer to.
func noteUse(n ast.Node, used map[ast.Node]bool) {
	ast.Walk(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Node != nil {
			used[id.Node] = true
		}
		return true
	}, nil)
}
