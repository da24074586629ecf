package spec

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"
)

// plainParse is how CUE's loader parses a file outside of modules. In a module it
// does so by the module's version of the language.
var plainParse = parser.NewConfig(parser.ParseComments)

// program is the sources as syntax, or a part of them.
type program struct {
	sources *sources
	words   words
	files   []*ast.File      // one for each source, without imports; nil where a part has nothing of it
	index   func() *index    // of the whole spec, even for a part of it
	rules   func() *acceptor // compiled when they are first asked for; may be nil
	loader  *loader          // drives CUE's loader over files
	tags    []string         // values for @tag and names for @if
	built   *build.Instance  // nil before load
}

// first is where to point at when no line is to blame: the first file.
func (p *program) first() string { return p.sources.files[0].shown + ":1:1" }

// parse reads the sources as syntax, several files at a time. Once loaded, they
// are one CUE instance: the CUE files as CUE's own loader has them, with their
// imports and tags, and the JSON and YAML files beside them as if they were CUE
// files of the same package. The mistakes it returns are those that can be found
// in a file by itself.
func parse(s *sources, tags []string) (*program, error) {
	l := &loader{sources: s, tree: &tree{sources: s}, parsed: make(map[string]*ast.File), config: plainParse}
	l.words = words{show: l.tree.show, text: s.text}
	if err := l.findModule(); err != nil {
		return nil, err
	}
	files := make([]*ast.File, len(s.files))
	mistakes := make([]Errors, len(s.files))
	inParallel(len(s.files), func(i int) {
		switch f := s.files[i]; f.format {
		case formatCUE:
			files[i], mistakes[i] = l.parseCUE(f.shown, f.data, l.config)
		case formatJSON:
			files[i], mistakes[i] = l.words.parseJSON(f)
		case formatYAML:
			files[i], mistakes[i] = l.words.parseYAML(f)
		}
	})
	l.mistakes = slices.Concat(mistakes...)
	for i, f := range s.files {
		if f.format == formatCUE {
			l.parsed[f.shown] = files[i]
		}
	}
	if len(l.mistakes) == 0 {
		l.mistakes = l.checkPackage()
	}
	if len(l.mistakes) > 0 {
		return nil, tidy(l.mistakes)
	}
	return &program{
		sources: s, words: l.words, files: files, loader: l, tags: tags,
		index: sync.OnceValue(func() *index { return newIndex(l.words, files) }),
		rules: sync.OnceValue(func() *acceptor { return newAcceptor(Schema()) }),
	}, nil
}

// load makes the program one CUE instance, ready to be built.
func (p *program) load() error {
	var args []string
	for i, f := range p.sources.files {
		if f.format == formatCUE && p.files[i] != nil {
			args = append(args, virtual(i))
		}
	}
	if len(args) == 0 {
		args = []string{virtual(len(p.sources.files))} // an empty file, for the data to join
	}
	inst, err := p.loader.load(args, p.tags)
	if err != nil {
		return err
	}
	for i, f := range p.sources.files {
		if f.format != formatCUE && p.files[i] != nil {
			// Its errors are part of inst.Err, which is looked at when it is built.
			_ = inst.AddSyntax(p.files[i])
		}
	}
	p.built = inst
	return nil
}

// part is the program with other files in place of its own: one for each source,
// or nil for none of it. Nothing of the files is read or parsed again. They are
// loaded as if they were in no module, so they may import nothing of it.
func (p *program) part(files []*ast.File) *program {
	outside := *p.sources
	outside.module = ""
	l := &loader{
		sources: &outside, words: p.words, config: plainParse,
		tree:   &tree{sources: &outside, parsed: true},
		parsed: make(map[string]*ast.File),
	}
	for i, f := range p.sources.files {
		if f.format == formatCUE && files[i] != nil {
			l.parsed[f.shown] = files[i]
		}
	}
	return &program{
		sources: p.sources, words: p.words, files: files, loader: l, tags: p.tags,
		index: p.index, rules: p.rules,
	}
}

// moduleLoads reports whether CUE's loader finds nothing wrong with the module
// that the program is in, if it is in one.
func (p *program) moduleLoads() bool {
	if p.sources.module == "" {
		return true
	}
	l := &loader{sources: p.sources, words: p.words, module: p.loader.module, config: p.loader.config, tree: &tree{sources: p.sources}}
	_, err := l.load([]string{virtual(len(p.sources.files))}, nil) // an empty file
	return err == nil
}

// loader drives CUE's loader.
type loader struct {
	sources *sources
	tree    *tree
	words   words
	parsed  map[string]*ast.File // CUE files of the sources, by shown path
	config  parser.Config        // how CUE's loader will want them parsed
	module  string               // path of the module, without its version; or ""

	mu       sync.Mutex // CUE's loader may parse several imports at a time
	mistakes Errors
}

// load runs CUE's loader over the files of the tree.
func (l *loader) load(args, tags []string) (*build.Instance, error) {
	cfg := &load.Config{
		FS:         l.tree,
		Dir:        "/" + specRoot,
		ModuleRoot: "/" + specRoot,
		FromFSPath: l.tree.show,
		ParseFile:  l.parseFile,
		Registry:   noRegistry{},
		Tags:       tags,
	}
	if l.sources.module != "" {
		cfg.Dir, cfg.ModuleRoot = "/"+moduleRoot, "/"+moduleRoot
	}
	instances := load.Instances(args, cfg)
	if len(l.mistakes) > 0 {
		return nil, tidy(l.mistakes)
	}
	if len(instances) != 1 {
		return nil, fmt.Errorf("loading the spec: got %d CUE instances; want 1", len(instances))
	}
	inst := instances[0]
	if err := inst.Err; err != nil {
		return nil, tidy(l.words.loading(err, l.sources.name))
	}
	return inst, nil
}

// parseFile is CUE's hook for parsing: the sources are parsed already, and
// imported files have to keep the same rules.
func (l *loader) parseFile(name string, src any, cfg parser.Config) (*ast.File, error) {
	data, ok := src.([]byte)
	if !ok {
		return nil, fmt.Errorf("parsing %s: got a %T; want bytes", name, src)
	}
	name = l.tree.show(name)
	if file := l.parsed[name]; file != nil {
		if cfg == l.config || cfg == l.config.Apply(parser.ImportsOnly) {
			return file, nil
		}
		if l.tree.parsed {
			return nil, fmt.Errorf("parsing %s: got a configuration that it was not parsed with", name)
		}
	}
	file, mistakes := l.parseCUE(name, data, cfg)
	if len(mistakes) > 0 {
		if cfg != plainParse { // only a part of the file, perhaps
			_, mistakes = l.parseCUE(name, data, plainParse)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.mistakes = append(l.mistakes, mistakes...)
		return nil, errors.New("not a file of a spec")
	}
	return file, nil
}

// findModule reads the path of the module that the sources lie in.
func (l *loader) findModule() error {
	if l.sources.module == "" {
		return nil
	}
	name := moduleRoot + "/cue.mod/module.cue"
	data, err := l.tree.ReadFile(name)
	if err != nil {
		return Errors{{Position: l.tree.show("/" + name), Message: readProblem(err)}}
	}
	mod, err := modfile.ParseNonStrict(data, l.tree.show("/"+name))
	if err != nil {
		return tidy(l.words.loading(err, l.tree.show("/"+name)))
	}
	l.module = mod.ModuleRootPath()
	if mod.QualifiedModule() != "" && mod.Language != nil {
		l.config = plainParse.Apply(parser.Version(mod.Language.Version))
	}
	return nil
}

// checkPackage checks that the CUE files are of one package.
func (l *loader) checkPackage() Errors {
	var mistakes Errors
	var first source
	var name string
	for _, f := range l.sources.files {
		if file := l.parsed[f.shown]; file != nil && name == "" {
			first, name = f, file.PackageName()
		}
	}
	for _, f := range l.sources.files {
		file := l.parsed[f.shown]
		switch {
		case file == nil:
		case file.PackageName() == "" && l.sources.dir != "" && name != "":
			mistakes = append(mistakes, &Error{
				Position: f.shown + ":1:1",
				Message:  fmt.Sprintf("no package clause, so CUE would leave this file out of package %s, which %s belongs to; add \"package %s\", or name the files one by one", name, first.shown, name),
			})
		case file.PackageName() != "" && file.PackageName() != name:
			mistakes = append(mistakes, &Error{
				Position: l.words.position(file.Pos()),
				Message:  fmt.Sprintf("package %s, but %s is of package %s; a spec is one package", file.PackageName(), first.shown, name),
			})
		}
	}
	if len(mistakes) == 0 && name != "" {
		mistakes = l.checkParents(name)
	}
	return mistakes
}

// checkParents refuses a directory above which, in the same module, there are
// files of the same package: CUE would take them for part of it and we would
// not, and either way someone would be surprised, possibly with money.
func (l *loader) checkParents(name string) Errors {
	var mistakes Errors
	if l.sources.dir == "" || l.sources.module == "" {
		return nil
	}
	for dir := l.sources.dir; dir != l.sources.module; {
		dir = filepath.Dir(dir)
		rel, err := filepath.Rel(l.sources.module, dir)
		if err != nil {
			return append(mistakes, &Error{Position: l.sources.show(dir), Message: readProblem(err)})
		}
		folder := strings.TrimSuffix(moduleRoot+"/"+filepath.ToSlash(rel), "/.")
		entries, err := l.tree.ReadDir(folder)
		if err != nil {
			return append(mistakes, &Error{Position: l.sources.show(dir), Message: readProblem(err)})
		}
		for _, e := range entries {
			if e.IsDir() || !isPackageFile(e.Name()) {
				continue
			}
			path := folder + "/" + e.Name()
			data, err := l.tree.ReadFile(path)
			if err != nil {
				continue // not a file that CUE would merge either
			}
			file, err := parser.ParseFile(path, data, parser.PackageClauseOnly)
			if err == nil && file.PackageName() == name {
				mistakes = append(mistakes, &Error{
					Position: l.tree.show("/"+path) + ":1:1",
					Message:  fmt.Sprintf("of package %s like the spec in %s below it, and CUE would merge the two; rename one package, or name all files that belong together", name, l.sources.name),
				})
			}
		}
	}
	return mistakes
}

// noRegistry is a CUE registry that has nothing and asks nobody.
type noRegistry struct{}

var errNoRegistry = errors.New("a spec fetches nothing")

func (noRegistry) ModFile(context.Context, module.Version) (*modfile.File, error) {
	return nil, errNoRegistry
}

func (noRegistry) Fetch(context.Context, module.Version) (module.SourceLoc, error) {
	return module.SourceLoc{}, errNoRegistry
}

func (noRegistry) ModuleVersions(context.Context, string) ([]string, error) {
	return nil, errNoRegistry
}
