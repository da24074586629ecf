package spec

import (
	"os"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

func parsedSchema(t *testing.T) *ast.File {
	t.Helper()
	file, err := parser.ParseFile("renewal.cue", Schema(), parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheSchemaIsTheFileInItsRoom(t *testing.T) {
	onDisk, err := os.ReadFile("../../schema/renewal.cue")
	if err != nil {
		t.Fatal(err)
	}
	if Schema() != string(onDisk) {
		t.Error("got another text; want schema/renewal.cue")
	}
	formatted, err := format.Source(onDisk)
	if err != nil || string(formatted) != string(onDisk) {
		t.Errorf("got a schema that cue fmt would change (%v); want it formatted", err)
	}
}

func TestEveryFieldOfTheSchemaIsExplained(t *testing.T) {
	seen := 0
	ast.Walk(parsedSchema(t), func(n ast.Node) bool {
		if _, ok := n.(*ast.Comprehension); ok {
			return false // a condition on fields that are explained where they stand
		}
		f, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		name, _, err := ast.LabelName(f.Label)
		if err != nil || strings.HasPrefix(name, "_") {
			return true // a pattern, or hidden
		}
		seen++
		for _, c := range ast.Comments(f) {
			if c.Doc && len(c.Text()) > 10 {
				return true
			}
		}
		t.Errorf("%s: %s: got no comment; want one", f.Pos(), name)
		return true
	}, nil)
	if seen < 40 {
		t.Errorf("looked at %d fields; want all of them, more than 40", seen)
	}
}

func TestTheSchemaHasNoDefaults(t *testing.T) {
	ast.Walk(parsedSchema(t), func(n ast.Node) bool {
		if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.MUL {
			t.Errorf("%s: got a default; want it filled in by decode.go, for a default clashes with users' own definitions", u.Pos())
		}
		return true
	}, nil)
}

// TestTheSchemaSaysEverywhereWhatItWants holds that every single value and every
// name has its error("want …"), from which messages are made.
func TestTheSchemaSaysEverywhereWhatItWants(t *testing.T) {
	ctx := cuecontext.New(cuecontext.CUE_DEBUG(""))
	root, err := compileSchema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := compileRules(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	values := 0
	var look func(path string, r *rule)
	look = func(path string, r *rule) {
		for name, f := range r.fields {
			look(path+"."+name, f)
		}
		if r.elem != nil {
			if !strings.Contains(r.keyWant, " ") {
				t.Errorf("names in %s: got want %q; want words", path, r.keyWant)
			}
			look(path+"[…]", r.elem)
		}
		if r.value.Exists() {
			if values++; !strings.Contains(r.want, " ") {
				t.Errorf("%s: got want %q; want words", path, r.want)
			}
		}
	}
	look("#Spec", rules)
	if values < 30 {
		t.Errorf("looked at %d values; want all of them, more than 30", values)
	}
}

// TestEveryKindHasADefinitionAndAPlace holds that #kinds and #Resources name
// the same kinds, for a new kind is one definition in each and no code.
func TestEveryKindHasADefinitionAndAPlace(t *testing.T) {
	ctx := cuecontext.New(cuecontext.CUE_DEBUG(""))
	root, err := compileSchema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := compileRules(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, d := range parsedSchema(t).Decls {
		f, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		if name, _, _ := ast.LabelName(f.Label); name != "#kinds" {
			continue
		}
		for _, k := range f.Value.(*ast.StructLit).Elts {
			name, _, _ := ast.LabelName(k.(*ast.Field).Label)
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	if got := rules.fields["resources"].names; !slices.Equal(got, kinds) || len(kinds) == 0 {
		t.Errorf("got kinds %q in #Resources; want those of #kinds, %q", got, kinds)
	}
}

func TestTheExamplesAreSpecs(t *testing.T) {
	for _, name := range []string{"network", "instances", "mixed", "budget"} {
		t.Run(name, func(t *testing.T) {
			t.Chdir("../../examples/plans/" + name)
			s := mustLoad(t, Options{})
			if len(s.Resources) < 3 {
				t.Errorf("got %d resources; want a few", len(s.Resources))
			}
		})
	}
}
