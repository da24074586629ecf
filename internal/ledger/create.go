package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
)

// ensure makes sure that there is a file at path, making a new ledger if there is
// none. A new ledger appears whole or not at all: it is made under another name,
// synced, and renamed; its folders are synced too. So a ledger is never empty, and
// a file that is has lost its content.
func ensure(path, locks string, opt SQLiteOptions, all []migration) error {
	if err := makeFolders(filepath.Dir(path)); err != nil {
		return unusable(path, err)
	}
	if there, err := isThere(path); there || err != nil {
		return err
	}
	if err := makeFolders(locks); err != nil {
		return unusable(path, err)
	}
	// Of several processes, one makes it.
	lock := flock.New(filepath.Join(locks, "create"), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	if err := lock.Lock(); err != nil {
		return unusable(path, fmt.Errorf("locking %s: %w", lock.Path(), err))
	}
	defer func() { _ = lock.Unlock() }()
	if there, err := isThere(path); there || err != nil {
		return err
	}
	for _, rest := range []string{path + "-wal", path + "-journal"} {
		if info, err := os.Stat(rest); err == nil && info.Size() > 0 {
			return damaged(path, "it is gone, while its newest changes are still there in "+rest)
		}
	}
	return create(path, opt, all)
}

// isThere reports whether path is a file that may be a ledger. The file is only
// looked at by name: opening and closing it would drop the locks that SQLite holds
// on it in this process (https://www.sqlite.org/howtocorrupt.html, 2.2).
func isThere(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case absent(err):
		return false, nil
	case err != nil:
		return false, unusable(path, err)
	case info.IsDir():
		return false, unusable(path, errors.New("there is a folder of that name"))
	case !info.Mode().IsRegular():
		return false, unusable(path, errors.New("it is no regular file"))
	case info.Size() == 0:
		return false, damaged(path, "it is empty, which no ledger ever is")
	}
	return true, nil
}

// create makes a new ledger. The caller holds the lock on creating.
func create(path string, opt SQLiteOptions, all []migration) (err error) {
	draft := path + ".new"
	if err := removeDraft(draft); err != nil { // left by a crash
		return unusable(path, err)
	}
	// SQLite would create it too, but not leave its permissions to the umask; its
	// other files take them from this one.
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return unusable(path, err)
	}
	if err := f.Close(); err != nil {
		return unusable(path, err)
	}
	defer func() {
		if err != nil {
			_ = removeDraft(draft)
		}
	}()
	if err := fill(draft, opt, all); err != nil {
		return explain(path, err)
	}
	if err := os.Rename(draft, path); err != nil {
		return unusable(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// removeDraft removes a draft with the files that SQLite keeps beside it: a log
// that stayed would be played into the next draft.
func removeDraft(draft string) error {
	for _, suffix := range []string{"-journal", "-wal", "-shm", ""} {
		if err := os.Remove(draft + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fill turns an empty file into a ledger. Closing it, the last thing, moves the
// log into the file and removes it.
func fill(draft string, opt SQLiteOptions, all []migration) (err error) {
	ctx := context.Background()
	db, err := openDB(draft, opt, writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := walMode(ctx, conn, draft); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return err
	}
	if err := migrate(ctx, conn, draft, all); err != nil {
		return err
	}
	now := opt.Now()
	_, err = conn.ExecContext(ctx, "INSERT INTO ledger (id, created) VALUES (?, ?)", newRunID(now), momentText(now))
	return err
}

// makeFolders is os.MkdirAll whose result outlives a power cut.
func makeFolders(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is a file, not a folder", dir)
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeFolders(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return nil // another process was faster
		}
		return err
	}
	return syncFolder(parent)
}

// syncFolder writes the names in a folder to disk, where the system can do that.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return nil //nolint:nilerr // a folder that cannot be read (or Windows) cannot be synced either
	}
	err = f.Sync()
	if closing := f.Close(); err == nil {
		err = closing
	}
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission) {
		return nil // some file systems sync no folders
	}
	return err
}

// absent reports whether err says that a path does not lead anywhere: nothing
// has the name, or something on the way is no folder.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
