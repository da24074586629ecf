package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// fileFormat is how a file of a spec is written.
type fileFormat int

const (
	formatCUE fileFormat = iota + 1
	formatJSON
	formatYAML
)

// formatOf is the format of a file, by the ending of its name; 0 if a spec cannot
// be written in it.
func formatOf(name string) fileFormat {
	switch filepath.Ext(name) {
	case ".cue":
		return formatCUE
	case ".json":
		return formatJSON
	case ".yaml", ".yml":
		return formatYAML
	}
	return 0
}

// source is one file of a spec, read.
type source struct {
	host   string // absolute path
	shown  string // path relative to the working directory, slash-separated
	format fileFormat
	data   []byte
}

// sources is what the arguments name.
type sources struct {
	files []source // sorted by shown path; at least one
	// dir is the directory, if the argument was one: then files are the CUE files
	// of this one package. Empty for a list of files.
	dir string
	// module is the directory of the CUE module that the files lie in, the
	// nearest one upwards with cue.mod/module.cue; empty if there is none.
	module string
	// name is what to call the spec where no file is to blame.
	name string
	work string // the working directory
	read *budget
}

// errTooLarge says that the files of a spec exceed Options.MaxBytes.
var errTooLarge = errors.New("too large")

// errLeadsOut says that a file is a link to a place outside of its directory.
var errLeadsOut = errors.New("a link that leads out of its directory is not followed; name the file itself")

// budget counts the bytes that are read for one spec.
type budget struct{ left, max int64 }

// take notes n more bytes.
func (b *budget) take(n int64) error {
	if n > b.left {
		return fmt.Errorf("%w: the files of the spec hold more than %d bytes together; split the spec", errTooLarge, b.max)
	}
	b.left -= n
	return nil
}

// gather finds and reads the files that args name: nothing (the current
// directory), one directory, or files.
func gather(args []string, maxBytes int64) (*sources, error) {
	work, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	s := &sources{work: work, read: &budget{left: maxBytes, max: maxBytes}}
	var names []string
	if info, err := os.Stat(args[0]); len(args) == 1 && err == nil && info.IsDir() {
		if s.dir, err = filepath.Abs(args[0]); err != nil {
			return nil, fmt.Errorf("finding %s: %w", args[0], err)
		}
		s.name = s.show(s.dir)
		if names, err = s.list(); err != nil {
			return nil, err
		}
	} else if names, err = s.named(args); err != nil {
		return nil, err
	}

	var mistakes Errors
	for _, host := range names {
		data, err := s.readFile(host)
		switch {
		case strings.ContainsFunc(s.show(host), func(r rune) bool { return !unicode.IsPrint(r) }):
			mistakes = append(mistakes, &Error{
				Position: strconv.QuoteToASCII(s.show(host)),
				Message:  "a file name with characters that cannot be shown; rename the file",
			})
		case errors.Is(err, errTooLarge):
			return nil, append(mistakes, &Error{Position: s.name, Message: err.Error()})
		case err != nil:
			mistakes = append(mistakes, &Error{Position: s.show(host), Message: readProblem(err)})
		default:
			s.files = append(s.files, source{
				host: host, shown: s.show(host), format: formatOf(host), data: data,
			})
		}
	}
	if len(mistakes) > 0 {
		return nil, tidy(mistakes)
	}
	slices.SortFunc(s.files, func(a, b source) int { return strings.Compare(a.shown, b.shown) })
	return s, s.findModule()
}

// named checks arguments that name files.
func (s *sources) named(args []string) ([]string, error) {
	var names []string
	var mistakes Errors
	for _, arg := range args {
		host, err := filepath.Abs(arg)
		if err != nil {
			return nil, fmt.Errorf("finding %s: %w", arg, err)
		}
		info, err := os.Stat(host)
		var message string
		switch {
		case errors.Is(err, fs.ErrNotExist):
			message = "there is no such file or directory"
		case err != nil:
			message = readProblem(err)
		case info.IsDir():
			message = "a directory is a spec of its own; name one directory, or the files that belong together"
		case formatOf(host) == 0:
			message = "unknown kind of file; want .cue, .json, .yaml or .yml"
		}
		if message != "" {
			mistakes = append(mistakes, &Error{Position: s.show(host), Message: message})
		} else if !slices.Contains(names, host) {
			names = append(names, host)
		}
	}
	if len(mistakes) > 0 {
		return nil, tidy(mistakes)
	}
	s.name = s.show(names[0])
	return names, nil
}

// list finds the CUE files of the package in s.dir, as CUE does: names that
// begin with "_" or "." and tool and test files are no part of it.
func (s *sources) list() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("reading the directory of the spec: %w", err)
	}
	var names, data []string
	for _, e := range entries {
		switch {
		case e.IsDir():
		case isPackageFile(e.Name()):
			names = append(names, filepath.Join(s.dir, e.Name()))
		case formatOf(e.Name()) != 0:
			data = append(data, filepath.ToSlash(filepath.Join(s.name, e.Name())))
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	message := "no CUE files in this directory; name the directory that holds the spec, or its files"
	if len(data) > 0 {
		message = "no CUE files in this directory; JSON and YAML files have to be named one by one, such as " + data[0]
	}
	return nil, Errors{{Position: s.name, Message: message}}
}

// isPackageFile reports whether a file of this name belongs to the CUE package
// of its directory.
func isPackageFile(name string) bool {
	return strings.HasSuffix(name, ".cue") &&
		!strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") &&
		!strings.HasSuffix(name, "_tool.cue") && !strings.HasSuffix(name, "_test.cue")
}

// findModule finds the CUE module of the files. Files of two modules cannot be
// read together, for an import would mean two things.
func (s *sources) findModule() error {
	var of string
	for i, f := range s.files {
		module := moduleAbove(filepath.Dir(f.host))
		if i > 0 && module != s.module {
			return Errors{{
				Position: f.shown,
				Message:  fmt.Sprintf("not in the CUE module of %s; the files of a spec belong to one module, or all to none", of),
			}}
		}
		s.module, of = module, f.shown
	}
	return nil
}

// moduleAbove is the nearest directory from dir upwards that is a CUE module,
// or "".
func moduleAbove(dir string) string {
	for {
		info, err := os.Stat(filepath.Join(dir, "cue.mod", "module.cue"))
		if err == nil && info.Mode().IsRegular() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// show is the path of a file as messages have it: relative to the working
// directory, with slashes.
func (s *sources) show(host string) string {
	rel, err := filepath.Rel(s.work, host)
	if err != nil {
		rel = host
	}
	return filepath.ToSlash(rel)
}

// text is the content of a file, by its shown path; nil if it is none of them.
func (s *sources) text(shown string) []byte {
	for _, f := range s.files {
		if f.shown == shown {
			return f.data
		}
	}
	return nil
}

// readFile reads a file of the spec.
func (s *sources) readFile(host string) ([]byte, error) {
	root, err := os.OpenRoot(filepath.Dir(host))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return readWithin(root, filepath.Base(host), s.read)
}

// readWithin reads the regular file name in a folder. A link is followed only
// as long as it stays in the folder.
func readWithin(root *os.Root, name string, b *budget) ([]byte, error) {
	// Before opening: a pipe would block, a device may never end.
	info, err := root.Stat(name)
	if err != nil {
		if _, outside := os.Stat(filepath.Join(root.Name(), name)); outside == nil {
			return nil, errLeadsOut
		}
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, b.left+1))
	if err != nil {
		return nil, err
	}
	return data, b.take(int64(len(data)))
}

// readProblem words an error of reading a file.
func readProblem(err error) string {
	if errors.Is(err, errLeadsOut) {
		return err.Error()
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return "cannot be read: " + err.Error()
}
