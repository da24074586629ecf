package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// DefaultPath finds where the ledger of a folder is: .renewplan/ledger.db of the
// nearest folder, from dir upwards, that has a .renewplan folder; without one, of
// dir itself. isNew reports that there is no ledger there yet. Nothing is created.
func DefaultPath(dir string) (path string, isNew bool, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", false, err
	}
	home := dir
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(filepath.Join(at, ".renewplan"))
		if err == nil && info.IsDir() {
			home = at
			break
		}
		if err != nil && !absent(err) {
			return "", false, err
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	path = filepath.Join(home, ".renewplan", "ledger.db")
	switch _, err := os.Stat(path); {
	case err == nil:
		return path, false, nil
	case absent(err):
		return path, true, nil
	default:
		return "", false, err
	}
}

// absent reports whether err says that a path does not lead anywhere: nothing
// has the name, or something on the way is no folder.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
