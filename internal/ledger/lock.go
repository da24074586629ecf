package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// runLocks is the folder beside a ledger that holds one lock file for each run,
// ID.lock. A run lives exactly as long as it holds flock on its file: the
// operating system takes the lock away when the process ends, however it ends.
//
//	begin   create the file (it must not exist), lock it exclusively, then see
//	        that the name still leads to the locked file; else start over
//	look    lock it shared: if that works, or there is no file, the run is dead.
//	        Shared, so that two who look do not take each other for the run
//	sweep   lock it shared, see that the name leads to the locked file, remove it
//	end     remove it, then unlock
//
// No id is ever used twice, so a file that was removed is not made again, and a
// run that was dead once stays dead. Who sweeps a file between its creation and
// its lock makes its owner start over, and takes nothing away from anyone.
//
// The lock alone decides, not the host: containers on one machine have different
// host names and share its locks. Only where the folder is on a network file
// system, which may keep locks to each machine, is a free lock of another host's
// run no proof, and that run taken for live until its lock file is gone.
type runLocks struct {
	dir    string
	host   string // this machine's name
	remote bool   // dir is on a network file system

	mu   sync.Mutex
	held map[string]bool // runs whose locks this value holds
	dead map[string]bool // runs that were found dead
}

func newRunLocks(dir, host string, remote bool) *runLocks {
	return &runLocks{dir: dir, host: host, remote: remote, held: make(map[string]bool), dead: make(map[string]bool)}
}

// file is the path of the lock file of a run.
func (d *runLocks) file(run string) string { return filepath.Join(d.dir, run+".lock") }

// newRunID makes a name that no other run has: when it began, for people, and
// 64 random bits.
func newRunID(now time.Time) string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(random[:])
}

// take makes a run's id and takes its lock.
func (d *runLocks) take(now time.Time) (run string, lock *flock.Flock, err error) {
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return "", nil, fmt.Errorf("making the folder of run locks: %w", err)
	}
	for range 100 { // one is enough unless somebody sweeps at this very moment
		run = newRunID(now)
		lock = flock.New(d.file(run), flock.SetFlag(os.O_CREATE|os.O_EXCL|os.O_RDWR), flock.SetPermissions(0o666))
		locked, err := lock.TryLock()
		if err != nil {
			_ = os.Remove(d.file(run))
			return "", nil, fmt.Errorf("locking %s: %w", d.file(run), err)
		}
		if locked && d.leadsTo(lock) {
			d.mu.Lock()
			d.held[run] = true
			d.mu.Unlock()
			return run, lock, nil
		}
		d.release(run, lock)
	}
	return "", nil, fmt.Errorf("locking %s: something keeps taking or removing it", d.file(run))
}

// release removes a lock's file and frees the lock, in this order, so that nobody
// meets the file unlocked without its run being over.
func (d *runLocks) release(run string, lock *flock.Flock) {
	d.mu.Lock()
	delete(d.held, run)
	d.mu.Unlock()
	_ = os.Remove(lock.Path())
	_ = lock.Unlock()
}

// live reports whether a run of the named host holds its lock. In doubt it does.
func (d *runLocks) live(run, host string) bool {
	d.mu.Lock()
	held, dead := d.held[run], d.dead[run]
	d.mu.Unlock()
	if held || dead {
		return held
	}
	lock := flock.New(d.file(run), flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || !free:
		return true
	default:
		_ = lock.Unlock()
		if d.remote && host != d.host {
			return true
		}
	}
	d.mu.Lock()
	d.dead[run] = true
	d.mu.Unlock()
	return false
}

// sweep removes the lock files of dead runs. What cannot be removed stays: it
// does no harm.
func (d *runLocks) sweep() {
	if d.remote {
		return
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			continue
		}
		lock := flock.New(filepath.Join(d.dir, e.Name()), flock.SetFlag(os.O_RDONLY))
		if free, err := lock.TryRLock(); err != nil || !free {
			continue
		}
		if d.leadsTo(lock) {
			_ = os.Remove(lock.Path())
		}
		_ = lock.Unlock()
	}
}

// leadsTo reports whether a lock's path still leads to the file that is locked.
func (d *runLocks) leadsTo(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(held, named)
}
