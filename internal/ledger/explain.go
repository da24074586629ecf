package ledger

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// explain words an error of the database for the person who has to act on it:
// what happened to which file, and what helps. Errors that are ours already pass.
//
// https://www.sqlite.org/rescode.html says what the codes mean.
func explain(path string, err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return ErrClosed
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the rest of the code is detail
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damaged(path, e.Error())
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the ledger %s: no space left to write it. Make room and apply again: it continues where it stopped (%w)", path, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH:
		return fmt.Errorf("the ledger %s: it and its folder must be writable, and are not. --ledger FILE keeps it elsewhere (%w)", path, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return fmt.Errorf("the ledger %s: another process has kept it locked for too long. See which one has it open, and apply again (%w)", path, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("the ledger %s: the disk failed to read or write it. Check the disk before applying again (%w)", path, err)
	}
	return fmt.Errorf("the ledger %s: %w", path, err)
}

// explainFound words an error met while a file is examined. There, what SQLite
// cannot make sense of is the file: the questions asked of it are always the same.
func explainFound(path string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_ERROR {
		return damaged(path, e.Error())
	}
	return explain(path, err)
}

// unusable is the error for a place where there can be no ledger.
func unusable(path string, err error) error {
	return fmt.Errorf("the ledger %s cannot be there: %w. --ledger FILE keeps it elsewhere", path, err)
}

// damaged is the error for a file that cannot be trusted.
func damaged(path, why string) error {
	return fmt.Errorf("%w: %s: %s; nothing was changed. %s", ErrDamaged, path, why, damageHelp)
}

// damageHelp is what a person can do about a ledger that cannot be used. Going on
// without it is as safe as two machines with a ledger each: every expiry is read
// before it is renewed, and for 24 hours the cloud knows the clientTokens.
const damageHelp = "Put a good copy in its place, or move it away together with its -wal and -shm files: " +
	"a new ledger is begun then, and what was renewed is recognised by its expiry"
