package spec

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/yaml"
)

// maxChain bounds how long a chain such as 1+1+1+… or a.b.c… may be, all
// brackets around it included. CUE's parser bounds the depth of brackets itself;
// chains it follows without end, and Go ends a process whose stack overflows.
const maxChain = 10_000

// shallow is the size up to which a file cannot hold a chain that matters.
const shallow = 64 << 10

// parseCUE parses a CUE file and checks what a file of a spec may not do: read
// other files, or import what would have to be fetched.
func (l *loader) parseCUE(shown string, data []byte, cfg parser.Config) (*ast.File, Errors) {
	if pos, deep := tooDeep(shown, data); deep {
		return nil, Errors{{Position: l.words.position(pos), Message: fmt.Sprintf("an expression of more than %d parts; split it", maxChain)}}
	}
	file, err := parser.ParseFile(shown, data, cfg)
	if err != nil {
		return nil, l.words.syntax("CUE", source{shown: shown, data: data}, err)
	}
	mistakes := append(l.words.forbiddenAttributes(file, data), l.words.inexactNumbers(file)...)
	for spec := range file.ImportSpecs() {
		path, err := strconv.Unquote(spec.Path.Value)
		if err == nil && !l.importable(path) {
			mistakes = append(mistakes, &Error{
				Position: l.words.position(spec.Path.Pos()),
				Message:  fmt.Sprintf("cannot import %q: nothing is fetched; a spec can import CUE's standard library and the packages of its own module", path),
			})
		}
	}
	return file, mistakes
}

// importable reports whether an import is of the standard library or of the
// spec's own module.
func (l *loader) importable(path string) bool {
	first, _, _ := strings.Cut(ast.ParseImportPath(path).Path, "/")
	if !strings.Contains(first, ".") {
		return true // CUE says itself if it has no such package
	}
	return l.ofModule(path)
}

// ofModule reports whether an import is of the spec's own module.
func (l *loader) ofModule(path string) bool {
	p := ast.ParseImportPath(path).Path
	return l.module != "" && (p == l.module || strings.HasPrefix(p, l.module+"/"))
}

// forbiddenAttributes finds attributes that would read other files or change
// the language.
func (w words) forbiddenAttributes(file *ast.File, data []byte) Errors {
	if !bytes.Contains(data, []byte("@e")) {
		return nil
	}
	var mistakes Errors
	ast.Walk(file, func(n ast.Node) bool {
		a, ok := n.(*ast.Attribute)
		if !ok {
			return true
		}
		var why string
		switch a.Name() {
		case "extern", "embed":
			why = "a spec embeds no files; name JSON and YAML files beside it instead"
		case "experiment":
			why = "a spec is written in plain CUE, without experiments"
		default:
			return true
		}
		mistakes = append(mistakes, &Error{Position: w.position(a.Pos()), Message: "@" + a.Name() + " is not allowed: " + why})
		return true
	}, nil)
	return mistakes
}

// parseJSON reads a JSON file as if it were CUE.
func (w words) parseJSON(f source) (*ast.File, Errors) {
	expr, err := json.Extract(f.shown, f.data)
	if err != nil {
		return nil, w.syntax("JSON", f, err)
	}
	object, ok := expr.(*ast.StructLit)
	if !ok {
		return nil, Errors{{Position: f.shown + ":1:1", Message: "want an object at the top"}}
	}
	file := &ast.File{Filename: f.shown, Decls: object.Elts}
	return file, w.inexactNumbers(file)
}

// parseYAML reads a YAML file as if it were CUE.
func (w words) parseYAML(f source) (*ast.File, Errors) {
	file, err := yaml.Extract(f.shown, f.data)
	if err != nil {
		return nil, w.syntax("YAML", f, err)
	}
	for _, d := range file.Decls {
		embed, ok := d.(*ast.EmbedDecl)
		if !ok {
			continue
		}
		message := "want a mapping at the top"
		if _, many := embed.Expr.(*ast.ListLit); many {
			message = "want one document with a mapping at the top"
		}
		return nil, Errors{{Position: f.shown + ":1:1", Message: message}}
	}
	return file, w.inexactNumbers(file)
}

// tooDeep reports whether a CUE file holds an expression of more than maxChain
// parts, and where. It counts the operators, dots and colons since the last
// comma on each level of brackets.
func tooDeep(shown string, data []byte) (token.Pos, bool) {
	if len(data) <= shallow {
		return token.NoPos, false
	}
	var s scanner.Scanner
	s.Init(token.NewFile(shown, -1, len(data)), data, nil, 0)
	type level struct {
		parts         int
		interpolation bool // the brackets of "\(…)"
	}
	levels := []level{{}}
	sum := 0
	interpolation := false
	for {
		pos, tok, _ := s.Scan()
		top := len(levels) - 1
		switch {
		case tok == token.EOF:
			return token.NoPos, false
		case tok == token.COMMA:
			sum -= levels[top].parts
			levels[top].parts = 0
		case tok == token.INTERPOLATION:
			interpolation = true
			continue
		case tok == token.LPAREN || tok == token.LBRACK || tok == token.LBRACE:
			levels = append(levels, level{interpolation: interpolation})
		case tok == token.RPAREN || tok == token.RBRACK || tok == token.RBRACE:
			if top == 0 {
				break
			}
			sum -= levels[top].parts
			again := tok == token.RPAREN && levels[top].interpolation
			levels = levels[:top]
			if again && strings.HasSuffix(s.ResumeInterpolation(), "(") {
				interpolation = true
				continue
			}
		case tok.IsOperator():
			levels[top].parts++
			if sum++; sum > maxChain {
				return pos, true
			}
		}
		interpolation = false
	}
}
