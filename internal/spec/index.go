package spec

import (
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// indexDepth is how deep labels are noted: resources, kind, id.
const indexDepth = 3

// index knows where things are written in the files of a spec. CUE knows where
// a value comes from, which for a resource may be the default of its kind. It is
// safe for concurrent use.
type index struct {
	words  words
	files  []*ast.File
	labels map[string]token.Pos
	// defaults are the positions of all that is written in patterns such as
	// [string]: …
	defaults func() map[string]bool
}

func newIndex(w words, files []*ast.File) *index {
	x := &index{words: w, files: files, labels: make(map[string]token.Pos)}
	x.defaults = sync.OnceValue(x.patterns)
	for _, f := range files {
		x.add(f.Decls, "", 1)
	}
	return x
}

// add notes the labels of declarations below the path prefix.
func (x *index) add(decls []ast.Decl, prefix string, depth int) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			name, _, err := ast.LabelName(d.Label)
			if err != nil {
				continue // a pattern, or a label that is computed
			}
			path := prefix + name
			if _, ok := x.labels[path]; !ok {
				x.labels[path] = d.Label.Pos()
			}
			if depth < indexDepth {
				x.addExpr(d.Value, path+"\x00", depth+1)
			}
		case *ast.EmbedDecl:
			x.addExpr(d.Expr, prefix, depth)
		}
	}
}

// addExpr notes the labels of objects, and of objects that are combined by &.
func (x *index) addExpr(e ast.Expr, prefix string, depth int) {
	for {
		switch v := e.(type) {
		case *ast.StructLit:
			x.add(v.Elts, prefix, depth)
		case *ast.ParenExpr:
			e = v.X
			continue
		case *ast.BinaryExpr:
			if v.Op == token.AND {
				x.addExpr(v.Y, prefix, depth)
				e = v.X
				continue
			}
		}
		return
	}
}

// label is where the label of path is written first; not valid if nowhere, or
// too deep.
func (x *index) label(path []string) token.Pos {
	return x.labels[strings.Join(path, "\x00")]
}

// inPattern reports whether what is written at a position belongs to a pattern.
func (x *index) inPattern(position string) bool { return x.defaults()[position] }

// patterns are the positions of all that is written in patterns.
func (x *index) patterns() map[string]bool {
	positions := make(map[string]bool)
	for _, f := range x.files {
		ast.Walk(f, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok {
				return true
			}
			if _, pattern := field.Label.(*ast.ListLit); !pattern {
				return true
			}
			ast.Walk(field.Value, func(n ast.Node) bool {
				positions[x.words.position(n.Pos())] = true
				return true
			}, nil)
			return false
		}, nil)
	}
	return positions
}
