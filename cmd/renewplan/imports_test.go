package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// doors is the whole table of what a room may import of the module. A package
// that is not in it fails the test: decide first where it belongs.
var doors = map[string][]string{
	"renewplan/schema":          {},
	"renewplan/internal/plan":   {},
	"renewplan/internal/bce":    {},
	"renewplan/internal/ledger": {"renewplan/internal/faultpoint"},
	// Moments to be killed at; empty in every program that is not made for that.
	"renewplan/internal/faultpoint":  {},
	"renewplan/internal/bce/sandbox": {"renewplan/internal/bce"},
	"renewplan/internal/spec":        {"renewplan/internal/plan", "renewplan/schema"},
	"renewplan/internal/exec":        {"renewplan/internal/plan", "renewplan/internal/ledger", "renewplan/internal/bce", "renewplan/internal/faultpoint"},
	"renewplan/internal/report":      {"renewplan/internal/plan", "renewplan/internal/ledger"},
	// For tests only: nobody's doors lead to them.
	"renewplan/internal/ledger/ledgertest": {"renewplan/internal/ledger"},
	"renewplan/internal/ledger/baddisk":    {},
	"renewplan/internal/chaos":             {},
	// A tool of the developers': it measures the rooms beside other programs.
	"renewplan/bench": {"renewplan/internal/bce", "renewplan/internal/bce/sandbox"},
	"renewplan/cmd/renewplan": {
		"renewplan/internal/plan", "renewplan/internal/bce", "renewplan/internal/bce/sandbox",
		"renewplan/internal/ledger", "renewplan/internal/spec", "renewplan/internal/exec", "renewplan/internal/report",
	},
}

// keepers names the only rooms that may import a package from outside, where
// that matters; none means that it is for tests.
var keepers = map[string][]string{
	"cuelang.org/go":                  {"renewplan/internal/spec"},
	"modernc.org/sqlite":              {"renewplan/internal/ledger", "renewplan/internal/ledger/baddisk"},
	"database/sql":                    {"renewplan/internal/ledger"},
	"github.com/spf13/cobra":          {"renewplan/cmd/renewplan"},
	"github.com/baidubce/bce-sdk-go":  {"renewplan/bench"}, // measured beside ours, and no part of the program
	"github.com/rogpeppe/go-internal": {},
	// Whoever else could send a request could buy. The process serves the sandbox,
	// and so do the benchmarks.
	"net/http": {"renewplan/internal/bce", "renewplan/internal/bce/sandbox", "renewplan/cmd/renewplan", "renewplan/bench"},
}

// impure is what internal/plan must not import: the same input has to give the
// same bytes.
var impure = []string{"os", "net", "net/http", "os/exec", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand"}

type listedPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// modulePackages lists the packages of the module.
func modulePackages(t *testing.T) []listedPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = repoRoot(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p listedPackage
		if err := d.Decode(&p); err != nil {
			t.Fatalf("reading what go list says: %v", err)
		}
		packages = append(packages, p)
	}
	return packages
}

func repoRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestRoomsAndDoors(t *testing.T) {
	packages := modulePackages(t)
	listed := map[string]bool{}
	for _, p := range packages {
		listed[p.ImportPath] = true
		allowed, ok := doors[p.ImportPath]
		if !ok {
			t.Errorf("package %s is not in the table of doors", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "renewplan/") && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s; its doors are %q", p.ImportPath, imported, allowed)
			}
			for module, rooms := range keepers {
				if (imported == module || strings.HasPrefix(imported, module+"/")) && !slices.Contains(rooms, p.ImportPath) {
					t.Errorf("%s imports %s; only %q may", p.ImportPath, imported, rooms)
				}
			}
			if p.ImportPath == "renewplan/internal/plan" && slices.Contains(impure, imported) {
				t.Errorf("%s imports %s; planning is pure", p.ImportPath, imported)
			}
		}
	}
	for p := range doors {
		if !listed[p] {
			t.Errorf("package %s is in the table of doors and does not exist", p)
		}
	}
}

func TestARenewalIsSentFromExactlyOnePlace(t *testing.T) {
	var places []string
	eachFile(t, func(path string, set *token.FileSet, file *ast.File) {
		if strings.Contains(filepath.ToSlash(path), "/internal/bce/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Renew" {
					places = append(places, set.Position(s.Sel.Pos()).String())
				}
			}
			return true
		})
	})
	if len(places) != 1 {
		t.Errorf("got Renew called at %q; want exactly one place outside of internal/bce", places)
	}
	for _, place := range places {
		if !strings.Contains(filepath.ToSlash(place), "/internal/exec/") {
			t.Errorf("got Renew called at %s; want it in internal/exec", place)
		}
	}
}

func TestEveryPackageHasOnePackageComment(t *testing.T) {
	comments := map[string][]string{} // by folder
	eachFile(t, func(path string, _ *token.FileSet, file *ast.File) {
		dir := filepath.Dir(path)
		if file.Doc == nil {
			comments[dir] = slices.Clip(comments[dir])
			return
		}
		comments[dir] = append(comments[dir], filepath.Base(path))
		want := "Package " + file.Name.Name + " "
		if file.Name.Name == "main" {
			want = "Renewplan "
		}
		if !strings.HasPrefix(file.Doc.Text(), want) {
			t.Errorf("%s: got a package comment that begins %.30q; want %q", path, file.Doc.Text(), want)
		}
	})
	for dir, files := range comments {
		if len(files) != 1 {
			t.Errorf("%s: got package comments in %q; want exactly one file", dir, files)
		}
	}
}

// eachFile parses every Go file of the module but the tests.
func eachFile(t *testing.T, visit func(path string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(repoRoot(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err == nil {
			visit(path, set, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
