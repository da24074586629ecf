package spec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	small      = "reservations: m: length: 1\nresources: vpn: \"vpn-1\": reservation: \"m\"\n"
	moduleFile = "module: \"corp.example/renewals@v0\"\nlanguage: version: \"v0.15.0\"\n"
)

// TestFilesThatBelongTogether has the ways to say which files make a spec, with
// the resources found in them.
func TestFilesThatBelongTogether(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files files
		opt   Options
		want  []string
	}{
		{
			"the current directory",
			files{"spec.cue": "package p\n" + small},
			Options{},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"a directory of several files of one package",
			files{
				"net/a.cue": "package p\nreservations: m: length: 1\n", "net/b.cue": "package p\nresources: vpn: \"vpn-1\": reservation: \"m\"\n",
				"net/sub/c.cue": "package p\nresources: vpn: \"vpn-2\": reservation: \"m\"\n",
			},
			Options{Args: []string{"net"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"a directory of files without a package clause",
			files{"net/a.cue": "reservations: m: length: 1\n", "net/b.cue": "resources: vpn: \"vpn-1\": reservation: \"m\"\n"},
			Options{Args: []string{"./net/"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"what CUE leaves out of a package is left out",
			files{"a.cue": "package p\n" + small, "_b.cue": "broken", ".c.cue": "broken", "d_test.cue": "broken", "e_tool.cue": "broken", "f.json": "broken"},
			Options{},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"files from several directories",
			files{"a/x.cue": "package p\nreservations: m: length: 1\n", "b/x.cue": "package p\nresources: vpn: \"vpn-1\": reservation: \"m\"\n"},
			Options{Args: []string{"b/x.cue", "a/x.cue"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"a file named twice",
			files{"x.cue": small},
			Options{Args: []string{"x.cue", "./x.cue"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"JSON alone",
			files{"x.json": `{"reservations": {"m": {"length": 12}}, "resources": {"vpn": {"vpn-1": {"reservation": "m"}}}}`},
			Options{Args: []string{"x.json"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"YAML alone",
			files{"x.yml": "reservations: {m: {until: 2027-06-30}}\nresources:\n  vpn:\n    vpn-1: {reservation: m, price: {1: 88.10}}\n"},
			Options{Args: []string{"x.yml"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"JSON and YAML beside CUE, which gives defaults and refers to them",
			files{
				"x.cue":  "package p\nreservations: m: length: 1\nresources: vpn: [string]: reservation: *\"m\" | string\nresources: nat: \"nat-1\": resources.vpn.\"vpn-1\"\n",
				"y.json": `{"resources": {"vpn": {"vpn-1": {}}}}`,
				"z.yaml": "resources:\n  vpn:\n    vpn-2: {}\nreservations:\n  y: {length: 12}\n",
			},
			Options{Args: []string{"x.cue", "y.json", "z.yaml"}},
			[]string{"/nat/nat-1 m", "/vpn/vpn-1 m", "/vpn/vpn-2 m"},
		},
		{
			"a package of the same module",
			files{
				"cue.mod/module.cue": moduleFile,
				"shared/shared.cue":  "package shared\n#Gateway: {reservation: *\"m\" | string, name?: string}\n",
				"net/spec.cue":       "package net\nimport \"corp.example/renewals/shared\"\nreservations: m: length: 1\nresources: vpn: \"vpn-1\": shared.#Gateway\n",
			},
			Options{Args: []string{"net"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"a package above of another name is no part of it",
			files{
				"cue.mod/module.cue": moduleFile,
				"other.cue":          "package other\nresources: vpn: \"vpn-9\": reservation: \"m\"\n",
				"net/spec.cue":       "package net\n" + small,
			},
			Options{Args: []string{"net"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"files of a package and of its parent, named one by one",
			files{
				"cue.mod/module.cue": moduleFile,
				"base.cue":           "package net\nreservations: m: length: 1\n",
				"net/spec.cue":       "package net\nresources: vpn: \"vpn-1\": reservation: \"m\"\n",
			},
			Options{Args: []string{"base.cue", "net/spec.cue"}},
			[]string{"/vpn/vpn-1 m"},
		},
		{
			"a tag fills a field",
			files{"x.cue": "package p\n_which: \"m\" | \"y\" @tag(which)\nreservations: {m: length: 1, y: length: 12}\nresources: vpn: \"vpn-1\": reservation: _which\n"},
			Options{Tags: []string{"which=y"}},
			[]string{"/vpn/vpn-1 y"},
		},
		{
			"a tag chooses a file",
			files{
				"x.cue":    "package p\nreservations: {m: length: 1}\nresources: vpn: \"vpn-1\": reservation: \"m\"\n",
				"prod.cue": "@if(prod)\n\npackage p\nresources: vpn: \"vpn-2\": reservation: \"m\"\n",
				"test.cue": "@if(test)\n\npackage p\nresources: vpn: \"vpn-3\": reservation: \"m\"\n",
			},
			Options{Tags: []string{"prod"}},
			[]string{"/vpn/vpn-1 m", "/vpn/vpn-2 m"},
		},
		{
			"names of files that mean something elsewhere",
			files{"-.cue": "package p\n" + small, "json:x.cue": "package p\n", "spec/000000000.cue": "package p\n"},
			Options{Args: []string{"./-.cue", "json:x.cue", "spec/000000000.cue"}},
			[]string{"/vpn/vpn-1 m"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, tt.files)
			if diff := cmp.Diff(tt.want, ids(mustLoad(t, tt.opt))); diff != "" {
				t.Errorf("resources differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFilesThatCannotBeRead has what is refused before anything is evaluated.
func TestFilesThatCannotBeRead(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files files
		opt   Options
		want  string
	}{
		{
			"nothing of this name",
			files{},
			Options{Args: []string{"nope", "nope.cue"}},
			"nope: there is no such file or directory\nnope.cue: there is no such file or directory",
		},
		{
			"a directory without CUE",
			files{"net/README": "x"},
			Options{Args: []string{"net"}},
			"net: no CUE files in this directory; name the directory that holds the spec, or its files",
		},
		{
			"a directory of JSON alone",
			files{"net/a.json": "{}"},
			Options{Args: []string{"net"}},
			"net: no CUE files in this directory; JSON and YAML files have to be named one by one, such as net/a.json",
		},
		{
			"a directory among files",
			files{"net/a.cue": small, "b.cue": small},
			Options{Args: []string{"net", "b.cue"}},
			"net: a directory is a spec of its own; name one directory, or the files that belong together",
		},
		{
			"a file of another format",
			files{"a.toml": ""},
			Options{Args: []string{"a.toml"}},
			"a.toml: unknown kind of file; want .cue, .json, .yaml or .yml",
		},
		{
			"syntax errors in every file",
			files{
				"a.cue": "a: [1,\nb: }\n", "b.cue": "resources: vpn: \"vpn-1\" {}\n", "c.json": "{\n \"a\": 1,\n}", "d.yaml": "a:\n  b: [\n", "e.yaml": "\ta: 1\n", "f.yaml": "a: 1\nb: *nope\n",
			},
			Options{Args: []string{"a.cue", "b.cue", "c.json", "d.yaml", "e.yaml", "f.yaml"}},
			`a.cue:2:2: CUE syntax: missing ',' in list literal
b.cue:1:25: CUE syntax: missing ',' in struct literal
c.json:3:1: JSON syntax: invalid character '}' looking for beginning of object key string
d.yaml:2:1: YAML syntax: did not find expected node content
e.yaml:1:1: YAML syntax: found character that cannot start any token
f.yaml:2:1: YAML syntax: unknown anchor 'nope' referenced`,
		},
		{
			"JSON and YAML that hold no object",
			files{"a.json": "[1]", "b.yaml": "- 1\n", "c.yaml": "a: 1\n---\nb: 1\n", "d.json": "", "e.yaml": "just text\n"},
			Options{Args: []string{"a.json", "b.yaml", "c.yaml", "d.json", "e.yaml"}},
			`a.json:1:1: want an object at the top
b.yaml:1:1: want one document with a mapping at the top
c.yaml:1:1: want one document with a mapping at the top
d.json:1:1: JSON syntax: unexpected end of JSON input
e.yaml:1:1: want a mapping at the top`,
		},
		{
			"CUE that holds no object",
			files{"a.cue": "[1]\n"},
			Options{},
			"a.cue:1:1: got a list, want the fields of a spec",
		},
		{
			"two packages in a directory",
			files{"a.cue": "package a\n" + small, "b.cue": "package b\n"},
			Options{},
			"b.cue:1:1: package b, but a.cue is of package a; a spec is one package",
		},
		{
			"a file that CUE would leave out of the package",
			files{"a.cue": "package a\n" + small, "b.cue": "resources: {}\n"},
			Options{},
			`b.cue:1:1: no package clause, so CUE would leave this file out of package a, which a.cue belongs to; add "package a", or name the files one by one`,
		},
		{
			"a package that goes on in the directory above",
			files{"cue.mod/module.cue": moduleFile, "a.cue": "package net\n", "net/x/b.cue": "package net\n" + small, "net/c.cue": "package net\n"},
			Options{Args: []string{"net/x"}},
			`a.cue:1:1: of package net like the spec in net/x below it, and CUE would merge the two; rename one package, or name all files that belong together
net/c.cue:1:1: of package net like the spec in net/x below it, and CUE would merge the two; rename one package, or name all files that belong together`,
		},
		{
			"files of two modules",
			files{"a/cue.mod/module.cue": moduleFile, "a/x.cue": "package p\n" + small, "b/y.cue": "package p\n"},
			Options{Args: []string{"a/x.cue", "b/y.cue"}},
			"b/y.cue: not in the CUE module of a/x.cue; the files of a spec belong to one module, or all to none",
		},
		{
			"a broken module",
			files{"cue.mod/module.cue": "module: 5\n", "x.cue": "package p\n" + small},
			Options{},
			"cue.mod/module.cue: no language version declared in module.cue",
		},
		{
			"an import from a registry, without a module",
			files{"a.cue": "package p\nimport \"github.com/corp/shared\"\n" + small + "_x: shared.y\n"},
			Options{},
			`a.cue:2:8: cannot import "github.com/corp/shared": nothing is fetched; a spec can import CUE's standard library and the packages of its own module`,
		},
		{
			"an import from a registry, named in the module",
			files{
				"cue.mod/module.cue": moduleFile + "deps: \"github.com/corp/shared@v1\": v: \"v1.2.3\"\n",
				"a.cue":              "package p\nimport \"github.com/corp/shared@v1\"\n" + small + "_x: shared.y\n",
			},
			Options{},
			`a.cue:2:8: cannot import "github.com/corp/shared@v1": nothing is fetched; a spec can import CUE's standard library and the packages of its own module`,
		},
		{
			"an import from a registry, in an imported package",
			files{
				"cue.mod/module.cue": moduleFile,
				"lib/lib.cue":        "package lib\nimport \"github.com/corp/shared\"\ny: shared.y\n",
				"net/a.cue":          "package p\nimport \"corp.example/renewals/lib\"\n" + small + "_x: lib.y\n",
			},
			Options{Args: []string{"net"}},
			`lib/lib.cue:2:8: cannot import "github.com/corp/shared": nothing is fetched; a spec can import CUE's standard library and the packages of its own module`,
		},
		{
			"an import of what the standard library has not",
			files{"a.cue": "package p\nimport \"nothing\"\n" + small + "_x: nothing.y\n"},
			Options{},
			`a.cue:2:8: builtin package "nothing" undefined`,
		},
		{
			"an embedded file",
			files{"cue.mod/module.cue": moduleFile, "a.cue": "@extern(embed)\n\npackage p\n" + small + "_x: _ @embed(file=\"b.json\")\n", "b.json": "{}"},
			Options{},
			`a.cue:1:1: @extern is not allowed: a spec embeds no files; name JSON and YAML files beside it instead
a.cue:6:7: @embed is not allowed: a spec embeds no files; name JSON and YAML files beside it instead`,
		},
		{
			"an embedded file in an imported package",
			files{
				"cue.mod/module.cue": moduleFile,
				"lib/lib.cue":        "@extern(embed)\n\npackage lib\ny: _ @embed(file=\"b.json\")\n", "lib/b.json": "{}",
				"net/a.cue": "package p\nimport \"corp.example/renewals/lib\"\n" + small + "_x: lib.y\n",
			},
			Options{Args: []string{"net"}},
			`lib/lib.cue:1:1: @extern is not allowed: a spec embeds no files; name JSON and YAML files beside it instead
lib/lib.cue:4:6: @embed is not allowed: a spec embeds no files; name JSON and YAML files beside it instead`,
		},
		{
			"an experiment of CUE's",
			files{"a.cue": "@experiment(aliasv2)\n\npackage p\n" + small},
			Options{},
			"a.cue:1:1: @experiment is not allowed: a spec is written in plain CUE, without experiments",
		},
		{
			"a tag that nothing asks for",
			files{"a.cue": small},
			Options{Tags: []string{"env=prod"}},
			`tag "env": no field of the spec has the attribute @tag(env)`,
		},
		{
			"a tag that chooses nothing",
			files{"a.cue": small},
			Options{Tags: []string{"prod"}},
			`tag "prod": no file of the spec has the attribute @if(prod)`,
		},
		{
			"a tag of the wrong type",
			files{"a.cue": "_n: int @tag(n,type=int)\n" + small},
			Options{Tags: []string{"n=x"}},
			`invalid number for tag "n": illegal number start "x"`,
		},
		{
			"a tag for JSON",
			files{"a.json": "{}"},
			Options{Args: []string{"a.json"}, Tags: []string{"env=prod"}},
			`tag "env": no field of the spec has the attribute @tag(env)`,
		},
		{
			"every file left out",
			files{"a.cue": "@if(prod)\n\npackage p\n" + small},
			Options{},
			".: every CUE file is left out by its @if attribute; give the tag that it wants",
		},
		{
			"a file name that cannot be shown",
			files{"a\x1b[31m.cue": small},
			Options{},
			`"a\x1b[31m.cue": a file name with characters that cannot be shown; rename the file`,
		},
		{
			"more bytes than allowed",
			files{"a.cue": small, "b.cue": small},
			Options{MaxBytes: int64(len(small)) + 1},
			".: too large: the files of the spec hold more than 70 bytes together; split the spec",
		},
		{
			"more bytes than allowed, in an imported package",
			files{
				"cue.mod/module.cue": moduleFile,
				"lib/lib.cue":        "package lib\n" + strings.Repeat("// comment\n", 1000),
				"net/a.cue":          "package p\nimport \"corp.example/renewals/lib\"\n" + small + "_x: lib.y\n",
			},
			Options{Args: []string{"net"}, MaxBytes: 1000},
			"net/a.cue:2:8: cannot find package \"corp.example/renewals/lib\": cannot get imports: cannot read \"lib/lib.cue\": too large: the files of the spec hold more than 1000 bytes together; split the spec",
		},
		{
			"more resources than allowed",
			files{"a.cue": small + "resources: nat: \"nat-1\": reservation: \"m\"\n"},
			Options{MaxItems: 1},
			"a.cue:2:1: resources: 2 resources; at most 1 are read at once, split the spec",
		},
		{
			"more resources than allowed, in an object written elsewhere",
			files{"a.cue": "_all: {" + strings.ReplaceAll(small, "\n", ", ") + "}\n_all\nresources: _all.resources\nresources: nat: \"nat-1\": reservation: \"m\"\n"},
			Options{MaxItems: 1},
			"a.cue:3:1: resources: 2 resources; at most 1 are read at once, split the spec",
		},
		{
			"more resources than allowed, without a label of their own",
			files{"a.cue": "_all: {" + strings.ReplaceAll(small, "\n", ", ") + "resources: nat: \"nat-1\": reservation: \"m\"}\n_all\n"},
			Options{MaxItems: 1},
			"a.cue:1:1: resources: 2 resources; at most 1 are read at once, split the spec",
		},
		{
			"the same id in two files, with other settings",
			files{
				"a.cue": "package p\nreservations: {m: length: 1, y: length: 12}\nresources: vpn: \"vpn-1\": reservation: \"m\"\n",
				"b.cue": "package p\nresources: vpn: \"vpn-1\": reservation: \"y\"\n",
			},
			Options{},
			`a.cue:3:39: resources.vpn."vpn-1".reservation: conflicting values "m" and "y"
	b.cue:2:39: here too`,
		},
		{
			"the same id in CUE and in JSON, with other settings",
			files{"a.cue": small, "b.json": `{"resources": {"vpn": {"vpn-1": {"reservation": "y"}}}}`},
			Options{Args: []string{"a.cue", "b.json"}},
			`a.cue:2:39: resources.vpn."vpn-1".reservation: conflicting values "m" and "y"
	b.json:1:49: here too`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, tt.files)
			wantMistakes(t, tt.opt, tt.want)
		})
	}
}

func TestALinkIsFollowedOnlyInsideItsDirectory(t *testing.T) {
	dir := write(t, files{
		"secret.cue": small, "net/real/deep.cue": small, "net/inside.cue": "package p\n" + small,
		"in/a.cue": "package p\n" + small, "mod/cue.mod/module.cue": moduleFile,
		"mod/net/a.cue": "package p\nimport \"corp.example/renewals/lib\"\n" + small + "_x: lib.y\n",
	})
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	const refused = "a link that leads out of its directory is not followed; name the file itself"

	link("inside.cue", "net/same.cue")
	if got := ids(mustLoad(t, Options{Args: []string{"net"}})); len(got) != 1 {
		t.Errorf("a link inside: got %q; want one resource", got)
	}
	link("../secret.cue", "net/up.cue")
	link(filepath.Join(dir, "secret.cue"), "net/absolute.cue")
	link("real/deep.cue", "net/down.cue")
	wantMistakes(t, Options{Args: []string{"net"}}, "net/absolute.cue: "+refused+"\nnet/up.cue: "+refused)
	link("../secret.cue", "in/x.json")
	wantMistakes(t, Options{Args: []string{"in/a.cue", "in/x.json"}}, "in/x.json: "+refused)

	link("..", "mod/lib")
	if _, err := Load(Options{Args: []string{"mod/net"}}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a package that links out of its module: got %v; want an error that shows nothing of it", err)
	}
}

func TestAPipeIsNotWaitedFor(t *testing.T) {
	dir := write(t, files{})
	if err := os.Mkdir(filepath.Join(dir, "x.cue"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := makePipe(filepath.Join(dir, "p.cue")); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	wantMistakes(t, Options{Args: []string{"p.cue"}}, "p.cue: cannot be read: not a regular file")
}

func TestTheSpecMayLieOutsideOfTheWorkingDirectory(t *testing.T) {
	dir := write(t, files{"specs/a.cue": "resources: vpn: \"vpn-1\": reservation: \"m\"\n", "work/x": ""})
	t.Chdir(filepath.Join(dir, "work"))
	const want = `../specs/a.cue:1:26: resources.vpn."vpn-1".reservation: unknown reservation "m"; the spec has no reservations`
	wantMistakes(t, Options{Args: []string{"../specs"}}, want)
	wantMistakes(t, Options{Args: []string{filepath.Join(dir, "specs", "a.cue")}}, want)
}

func TestErrorsCanBeTakenApart(t *testing.T) {
	write(t, files{"a.cue": small + "resources: vpn: \"vpn-1\": reservation: \"y\"\n"})
	_, err := Load(Options{})
	es, ok := errors.AsType[Errors](err)
	if !ok || len(es) != 1 {
		t.Fatalf("got %v; want one mistake", err)
	}
	want := &Error{
		Position: "a.cue:2:39", Path: `resources.vpn."vpn-1".reservation`,
		Message: `conflicting values "m" and "y"`, Also: []string{"a.cue:3:39"},
	}
	es[0].path = nil
	if diff := cmp.Diff(want, es[0], cmp.AllowUnexported(Error{})); diff != "" {
		t.Errorf("mistake differs (-want +got):\n%s", diff)
	}
}
