package spec

import (
	"errors"
	"runtime"
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

// evaluate accepts the resources that are plain literals by rules, and evaluates
// the others shard by shard, several at a time, each in a context of its own. The
// error is errWhole if the whole has to be looked at.
func (c *cutSpec) evaluate(opt Options) (*plan.Spec, Errors, error) {
	if c.count > opt.MaxItems {
		return nil, newChecker(c.program).tooMany(c.count, opt.MaxItems), nil
	}
	plain, rest := c.accept(opt)
	if len(rest) == 0 {
		// Any resource makes the prelude a spec, which CUE then checks.
		plain, rest = plain[1:], []int{plain[0].row}
	}
	all, mistakes, reservations, err := c.judge(rest, opt)
	if err != nil {
		return nil, nil, err
	}
	// What names a reservation that is not there is for the evaluator to tell.
	names := make(map[string]bool, len(reservations))
	for _, name := range reservations {
		names[name] = true
	}
	rest = rest[:0]
	for _, r := range plain {
		switch {
		case reservations != nil && r.Reservation != "" && !names[r.Reservation]:
			rest = append(rest, r.row)
		case all != nil:
			all.Resources = append(all.Resources, r.Resource)
		}
	}
	if len(rest) > 0 {
		_, more, _, err := c.judge(rest, opt)
		if err != nil || len(more) == 0 {
			return nil, nil, errWhole // there have to be some
		}
		mistakes = append(mistakes, more...)
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

// plainRow is a resource that was accepted as it is written.
type plainRow struct {
	plan.Resource
	row int
}

// accept parts the rows into resources that are certainly right, and rows that
// are for the evaluator. Other rows may add to a row, and patterns what is not
// written in literals, so such rows are for the evaluator.
func (c *cutSpec) accept(opt Options) (plain []plainRow, rest []int) {
	several := make(map[int]bool)
	for i, r := range c.rows {
		if r.first != i {
			several[r.first] = true
		}
	}
	var a *acceptor
	if !opt.noLiterals {
		a = c.program.rules()
	}
	var body []literalField
	for i, r := range c.rows {
		if a != nil && !several[r.first] && len(r.field.Attrs) == 0 {
			var res plan.Resource
			preset := c.presets(r.kind)
			ok := preset != nil
			if ok {
				res, body, ok = a.resource(r, preset, body)
			}
			if ok {
				res.Position = c.program.words.position(r.field.Label.Pos())
				plain = append(plain, plainRow{res, i})
				continue
			}
		}
		rest = append(rest, i)
	}
	return plain, rest
}

// judge evaluates rows, given by number in ascending order, in shards.
// reservations are the names of the reservations that there are; nil if they
// cannot be known.
func (c *cutSpec) judge(rows []int, opt Options) (all *plan.Spec, mistakes Errors, reservations []string, err error) {
	shards := c.shards(rows)
	verdicts := make([]judgment, len(shards))
	errs := make([]error, len(shards))
	// Loading writes into what the shards' nodes share, the positions of the files,
	// so nothing else goes on meanwhile.
	batch := 2 * runtime.GOMAXPROCS(0)
	for from := 0; from < len(shards); from += batch {
		parts := make([]*program, min(batch, len(shards)-from))
		for k := range parts {
			parts[k] = c.part(shards[from+k])
			errs[from+k] = parts[k].load()
		}
		inParallel(len(parts), func(k int) {
			if i := from + k; errs[i] == nil {
				verdicts[i], errs[i] = parts[k].judge(opt)
			}
			parts[k] = nil // what has been judged is garbage
		})
	}
	for i, v := range verdicts {
		switch {
		case errs[i] != nil:
			// Whatever it is, the whole spec has it as well.
			return nil, nil, nil, errWhole
		case len(v.mistakes) > 0:
			mistakes = append(mistakes, v.mistakes...)
		case all == nil:
			all = v.spec
		default:
			all.Resources = append(all.Resources, v.spec.Resources...)
		}
		if v.reservations != nil {
			reservations = v.reservations
		}
	}
	return all, mistakes, reservations, nil
}

// sortResources puts resources in the order of a plan.Spec.
func sortResources(rs []plan.Resource) {
	slices.SortFunc(rs, func(a, b plan.Resource) int { return a.Compare(b.Key) })
}

// shards puts rows into as many shards of about the same size as it takes. The
// rows of one resource are in one shard. A shard is row numbers, ascending.
func (c *cutSpec) shards(rows []int) [][]int {
	shardOf := make(map[int]int) // by first row
	resources := 0
	for _, i := range rows {
		if c.rows[i].first == i {
			resources++
		}
	}
	n := (resources + c.size - 1) / c.size
	if !c.forced {
		n = min(n, c.most)
	}
	shards := make([][]int, n)
	for _, i := range rows {
		k, ok := shardOf[c.rows[i].first]
		if !ok {
			k = len(shardOf) * n / resources
			shardOf[c.rows[i].first] = k
		}
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
