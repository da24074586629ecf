//go:build faultpoints

package ledger

import (
	"strings"
	"sync"

	"renewplan/internal/faultpoint"
	"renewplan/internal/ledger/baddisk"
)

// pointsDisk is a file layer that passes the points inside of a commit: the
// operating system's, with a look at each write and sync of SQLite's log. It must
// stay reachable, for SQLite's memory does not keep Go's alive.
var pointsDisk = sync.OnceValue(func() *baddisk.Disk {
	disk, err := baddisk.Register("faultpoints")
	if err != nil {
		panic(err)
	}
	disk.Set(func(op baddisk.Op, path string) error {
		if !strings.HasSuffix(path, "-wal") {
			return nil
		}
		switch op {
		case baddisk.Write:
			faultpoint.Hit(faultpoint.InCommit)
		case baddisk.Sync:
			faultpoint.Hit(faultpoint.InSync)
		case baddisk.Truncate:
		}
		return nil
	})
	return disk
})

// fileLayer is the name of the SQLite file layer that a ledger uses where none is
// asked for.
func fileLayer() string { return pointsDisk().Name() }
