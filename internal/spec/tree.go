package spec

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// The loader sees a file system of two folders: the sources, under numbers so
// that no name of a file can mean anything to it, and the module.
const (
	specRoot   = "spec"
	moduleRoot = "module"
)

// tree is the file system that CUE's loader sees. It holds the sources, already
// read, and the CUE files of their module, for imports. Nothing else of the
// machine can be reached through it: each file is opened inside its own folder,
// and links that lead out of it are not followed.
//
// It is safe for concurrent use, as the loader may want.
type tree struct {
	sources *sources
	parsed  bool // the sources' text is not needed: the loader's hook has their syntax

	mu     sync.Mutex
	module map[string][]byte // files of the module that were read, by name
}

// virtual is the loader's path of the source with this number. The number after
// the last is an empty file.
func virtual(i int) string { return fmt.Sprintf("/%s/%09d.cue", specRoot, i) }

// number is the reverse of virtual, without the leading slash.
func number(name string) (int, bool) {
	var i int
	_, err := fmt.Sscanf(name, specRoot+"/%09d.cue", &i)
	return i, err == nil && virtual(i) == "/"+name
}

// show is the path of a file as messages have it, given the loader's path, which
// begins with a slash as no path in a message does.
func (t *tree) show(name string) string {
	inside, ok := strings.CutPrefix(name, "/")
	if !ok {
		return name // shown already
	}
	if i, ok := number(inside); ok && i < len(t.sources.files) {
		return t.sources.files[i].shown
	}
	if rel, ok := t.inModule(inside); ok {
		return t.sources.show(filepath.Join(t.sources.module, rel))
	}
	return name
}

// inModule is the path of a file of the module, relative to it.
func (t *tree) inModule(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, moduleRoot)
	if !ok || t.sources.module == "" || !fs.ValidPath(name) || (rest != "" && rest[0] != '/') {
		return "", false
	}
	return filepath.FromSlash(path.Join(".", rest)), true
}

// folder opens a folder of the module. No link leads out of the module here, and
// none out of the folder from the root that is returned.
func (t *tree) folder(rel string) (*os.Root, error) {
	module, err := os.OpenRoot(t.sources.module)
	if err != nil || rel == "." {
		return module, err
	}
	defer module.Close()
	return module.OpenRoot(rel)
}

// ReadFile implements [fs.ReadFileFS].
func (t *tree) ReadFile(name string) ([]byte, error) {
	if i, ok := number(name); ok {
		if i < len(t.sources.files) && !t.parsed {
			return t.sources.files[i].data, nil
		}
		return nil, nil
	}
	rel, ok := t.inModule(name)
	if !ok || !strings.HasSuffix(name, ".cue") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if data, ok := t.module[name]; ok {
		return data, nil
	}
	root, err := t.folder(filepath.Dir(rel))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := readWithin(root, filepath.Base(rel), t.sources.read)
	if err != nil {
		return nil, err
	}
	if t.module == nil {
		t.module = make(map[string][]byte)
	}
	t.module[name] = data
	return data, nil
}

// Open implements [fs.FS].
func (t *tree) Open(name string) (fs.File, error) {
	info, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return &openFile{Reader: bytes.NewReader(nil), info: info}, nil
	}
	data, err := t.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{Reader: bytes.NewReader(data), info: info}, nil
}

// ReadDir implements [fs.ReadDirFS]. Of a module it shows folders and CUE files.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	rel, ok := t.inModule(name)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	root, err := t.folder(rel)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && !strings.HasSuffix(e.Name(), ".cue")
	}), nil
}

// Stat implements [fs.StatFS].
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	if name == "." || name == specRoot {
		return fileInfo{name: name, dir: true}, nil
	}
	if i, ok := number(name); ok && i <= len(t.sources.files) {
		return fileInfo{name: path.Base(name)}, nil
	}
	rel, ok := t.inModule(name)
	if !ok {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	root, err := t.folder(".")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(rel)
}

// fileInfo describes a file that exists only here.
type fileInfo struct {
	name string
	dir  bool
}

func (f fileInfo) Name() string       { return f.name }
func (f fileInfo) Size() int64        { return 0 }
func (f fileInfo) ModTime() time.Time { return time.Time{} }
func (f fileInfo) IsDir() bool        { return f.dir }
func (f fileInfo) Sys() any           { return nil }

func (f fileInfo) Mode() fs.FileMode {
	if f.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// openFile is a file whose bytes are in memory already.
type openFile struct {
	io.Reader
	info fs.FileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }
