// Package baddisk is a disk that fails on demand, for tests: a file layer (VFS)
// of SQLite that passes everything on to the operating system's, except what a
// test told it to refuse, and that knows what would be left after a power cut.
//
// It is for tests only. It reaches into SQLite's C interface, which the library
// offers to Go in the form of its transpiled source, and holds every file in
// memory a second time.
package baddisk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Op is what SQLite asks of a disk.
type Op int

// The operations that can be made to fail.
const (
	Write Op = iota
	Sync
	Truncate
)

// Errors that a rule may return; anything else counts as ErrIO.
var (
	ErrFull = errors.New("no space left")   // the disk is full
	ErrTorn = errors.New("written by half") // half of a write was done, then the disk failed
	ErrIO   = errors.New("input or output failed")
)

// Rule decides, before each operation, whether it fails: nil lets it pass. path is
// the file's, such as ".../ledger.db-wal". Called by one goroutine at a time; it must
// not call the Disk.
type Rule func(op Op, path string) error

// Disk is one such file layer. Safe for concurrent use.
type Disk struct {
	name string
	tls  *libc.TLS
	vfs  uintptr // ours
	os   uintptr // the operating system's

	// The functions that SQLite calls. C memory does not keep them alive.
	open     func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	write    func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	sync     func(*libc.TLS, uintptr, int32) int32
	truncate func(*libc.TLS, uintptr, int64) int32
	close    func(*libc.TLS, uintptr) int32

	mu      sync.Mutex
	rule    Rule
	files   map[uintptr]*file // open files, by SQLite's handle
	content map[string]*content
}

// file is one open file.
type file struct {
	path    string
	methods uintptr // the operating system's, and ours after them in memory
}

// content is what a path holds, as the processes see it and as the disk has it.
type content struct{ seen, synced []byte }

// New makes a disk that lasts as long as the test. Its ledgers must be closed
// before the test ends.
func New(tb testing.TB) *Disk {
	tb.Helper()
	d, err := Register(fmt.Sprintf("baddisk-%p", tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		sqlite3.Xsqlite3_vfs_unregister(d.tls, d.vfs)
		libc.Xfree(d.tls, at[sqlite3.Tsqlite3_vfs](d.vfs).FzName)
		libc.Xfree(d.tls, d.vfs)
		d.tls.Close()
		if len(d.files) > 0 {
			tb.Errorf("files that are still open: got %d; want none", len(d.files))
		}
	})
	return d
}

// Register makes a disk that lasts as long as the process. SQLite knows it by
// name, which must be new.
func Register(name string) (*Disk, error) {
	d := &Disk{
		name:    name,
		tls:     libc.NewTLS(),
		files:   make(map[uintptr]*file),
		content: make(map[string]*content),
	}
	d.open, d.write, d.sync, d.truncate, d.close = d.xOpen, d.xWrite, d.xSync, d.xTruncate, d.xClose
	d.os = sqlite3.Xsqlite3_vfs_find(d.tls, 0)
	cName, err := libc.CString(name)
	if err != nil {
		return nil, err
	}
	d.vfs = libc.Xmalloc(d.tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	v := at[sqlite3.Tsqlite3_vfs](d.vfs)
	*v = *at[sqlite3.Tsqlite3_vfs](d.os)
	v.FpNext, v.FzName, v.FxOpen = 0, cName, pointer(&d.open)
	if rc := sqlite3.Xsqlite3_vfs_register(d.tls, d.vfs, 0); rc != sqlite3.SQLITE_OK {
		return nil, fmt.Errorf("registering the file layer %s: SQLite's code %d", name, rc)
	}
	return d, nil
}

// Name is what SQLite knows the disk by.
func (d *Disk) Name() string { return d.name }

// Set replaces the rule; nil lets everything pass.
func (d *Disk) Set(rule Rule) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rule = rule
}

// PowerCut writes what the disk holds of every file into dir: what was written and
// not synced is lost. It leaves the disk as it is.
func (d *Disk) PowerCut(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, c := range d.content {
		if len(c.synced) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), c.synced, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// xOpen has the operating system open a file and puts our functions in front.
func (d *Disk) xOpen(tls *libc.TLS, _, name, handle uintptr, flags int32, outFlags uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := ""
	if name != 0 {
		path = libc.GoString(name)
	}
	if !d.isOpen(path) {
		was, _ := os.ReadFile(path) // only while SQLite has no lock on it to lose
		d.content[path] = &content{seen: was, synced: slices.Clone(was)}
	}
	call := *function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](&at[sqlite3.Tsqlite3_vfs](d.os).FxOpen)
	rc := call(tls, d.os, name, handle, flags, outFlags)
	h := at[sqlite3.Tsqlite3_file](handle)
	if rc != sqlite3.SQLITE_OK || h.FpMethods == 0 {
		return rc
	}
	f := &file{path: path, methods: h.FpMethods}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	m := at[sqlite3.Tsqlite3_io_methods](ours)
	*m = *at[sqlite3.Tsqlite3_io_methods](f.methods)
	m.FxWrite, m.FxSync, m.FxTruncate, m.FxClose = pointer(&d.write), pointer(&d.sync), pointer(&d.truncate), pointer(&d.close)
	h.FpMethods = ours
	d.files[handle] = f
	return rc
}

// isOpen reports whether SQLite has a file open.
func (d *Disk) isOpen(path string) bool {
	for _, f := range d.files {
		if f.path == path {
			return true
		}
	}
	return false
}

// begin finds the file of an operation and asks the rule. The caller unlocks.
func (d *Disk) begin(op Op, handle uintptr) (f *file, err error) {
	d.mu.Lock()
	f = d.files[handle]
	if d.rule != nil {
		err = d.rule(op, f.path)
	}
	return f, err
}

func (d *Disk) xWrite(tls *libc.TLS, handle, buf uintptr, n int32, offset int64) int32 {
	f, err := d.begin(Write, handle)
	defer d.mu.Unlock()
	switch {
	case errors.Is(err, ErrFull):
		return sqlite3.SQLITE_FULL
	case errors.Is(err, ErrTorn):
		n /= 2
	case err != nil:
		return sqlite3.SQLITE_IOERR_WRITE
	}
	call := *function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](&at[sqlite3.Tsqlite3_io_methods](f.methods).FxWrite)
	rc := call(tls, handle, buf, n, offset)
	if rc == sqlite3.SQLITE_OK {
		c := d.content[f.path]
		if end := int(offset) + int(n); end > len(c.seen) {
			c.seen = append(c.seen, make([]byte, end-len(c.seen))...)
		}
		copy(c.seen[offset:], unsafe.Slice(at[byte](buf), n))
	}
	if err != nil {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	return rc
}

func (d *Disk) xSync(tls *libc.TLS, handle uintptr, flags int32) int32 {
	f, err := d.begin(Sync, handle)
	defer d.mu.Unlock()
	if err != nil {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	call := *function[func(*libc.TLS, uintptr, int32) int32](&at[sqlite3.Tsqlite3_io_methods](f.methods).FxSync)
	rc := call(tls, handle, flags)
	if rc == sqlite3.SQLITE_OK {
		c := d.content[f.path]
		c.synced = slices.Clone(c.seen)
	}
	return rc
}

func (d *Disk) xTruncate(tls *libc.TLS, handle uintptr, size int64) int32 {
	f, err := d.begin(Truncate, handle)
	defer d.mu.Unlock()
	if err != nil {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	call := *function[func(*libc.TLS, uintptr, int64) int32](&at[sqlite3.Tsqlite3_io_methods](f.methods).FxTruncate)
	rc := call(tls, handle, size)
	if c := d.content[f.path]; rc == sqlite3.SQLITE_OK && int(size) < len(c.seen) {
		c.seen = c.seen[:size]
	}
	return rc
}

func (d *Disk) xClose(tls *libc.TLS, handle uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[handle]
	delete(d.files, handle)
	h := at[sqlite3.Tsqlite3_file](handle)
	libc.Xfree(tls, h.FpMethods)
	h.FpMethods = f.methods
	call := *function[func(*libc.TLS, uintptr) int32](&at[sqlite3.Tsqlite3_io_methods](f.methods).FxClose)
	return call(tls, handle)
}

// at is the value of type T at an address of C's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// pointer is what transpiled C holds of a Go function.
func pointer[F any](f *F) uintptr { return *(*uintptr)(unsafe.Pointer(f)) }

// function is the Go function that transpiled C holds at p.
func function[F any](p *uintptr) *F { return (*F)(unsafe.Pointer(p)) }
