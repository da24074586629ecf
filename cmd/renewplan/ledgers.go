package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"renewplan/internal/ledger"
)

// The names under which renewplan keeps its record in a working copy.
const (
	recordDir  = ".renewplan" // beside the spec, or in a folder above
	ledgerFile = "ledger.db"
	sandboxDir = "sandbox" // in recordDir: the ledger and the state of --sandbox
	plansDir   = "plans"   // beside the ledger: plans that apply SPEC made
)

// ledgerFlags are the flags of every command that uses the ledger.
type ledgerFlags struct {
	ledger  string
	sandbox bool
}

func (f *ledgerFlags) bind(cmd *cobra.Command) {
	cmd.Flags().Var(name(&f.ledger, "FILE"), "ledger", "the record of every renewal (default: $RENEWPLAN_LEDGER, else .renewplan/ledger.db\nhere or in the nearest folder above that has a .renewplan)")
	cmd.Flags().BoolVar(&f.sandbox, "sandbox", false, "use the built-in sandbox, whose state and ledger are kept in .renewplan/sandbox")
}

// ledgerPath is the file of the ledger that a command uses.
func (p *process) ledgerPath(f *ledgerFlags) (string, error) {
	if f.sandbox {
		dir, err := p.sandboxPath()
		return filepath.Join(dir, ledgerFile), err
	}
	path := f.ledger
	if path == "" {
		path = p.getenv("RENEWPLAN_LEDGER")
	}
	if path == "" {
		dir, err := recordPath()
		return filepath.Join(dir, ledgerFile), err
	}
	if scheme, _, ok := strings.Cut(path, "://"); ok {
		switch scheme {
		case "postgres", "postgresql":
			return "", failed("a ledger in PostgreSQL is not supported yet; nothing was sent").
				hint("--ledger FILE keeps it in a file")
		default:
			return "", failed("--ledger: %q is neither a file nor a database that is supported; nothing was sent", scheme+"://")
		}
	}
	return path, nil
}

// sandboxPath is the folder of --sandbox.
func (p *process) sandboxPath() (string, error) {
	dir, err := recordPath()
	return filepath.Join(dir, sandboxDir), err
}

// recordPath is the .renewplan of the nearest folder upwards that has one, else
// of the current folder. It is relative where it can be, as people would type it.
// One that cannot be reached, a share that is not mounted, is an error: with a new
// record elsewhere, nothing would be known of what was bought.
func recordPath() (string, error) {
	here, err := filepath.Abs(".")
	if err != nil {
		return "", failed("finding the current folder: %w", err)
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, recordDir)
		if rel, err := filepath.Rel(here, path); err == nil {
			path = rel
		}
		info, err := os.Stat(path)
		if _, gone := os.Lstat(path); err != nil && !errors.Is(gone, fs.ErrNotExist) {
			return "", failed("the record of renewals is to be in %s, which cannot be reached: %w; nothing was sent", path, err).
				hint("mount what it is on, or name another ledger with --ledger FILE")
		}
		if err == nil && info.IsDir() {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			return recordDir, nil
		}
	}
}

// openLedger opens the ledger for writing; a new one is announced.
func (p *process) openLedger(path string) (ledger.Ledger, error) {
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
	if err != nil {
		return nil, ledgerFailure(path, err)
	}
	if fresh {
		p.say("a new ledger was made: %s", path)
	}
	return l, nil
}

// openExisting opens the ledger if there is one; nil without an error if not.
func (p *process) openExisting(path string) (ledger.Ledger, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return p.openLedger(path)
}

// ledgerFailure says why a ledger cannot be used, and what helps.
func ledgerFailure(path string, err error) error {
	f := failed("opening the ledger %q: %w; nothing was sent", path, err)
	switch {
	case errors.Is(err, ledger.ErrNewer):
		return f.hint("use the newest renewplan that has written to this ledger")
	case errors.Is(err, ledger.ErrDamaged):
		return f.hint("restore it from a backup: without its record a renewal could be bought twice")
	}
	return f
}
