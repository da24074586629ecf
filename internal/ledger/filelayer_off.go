//go:build !faultpoints

package ledger

// fileLayer is the name of the SQLite file layer that a ledger uses where none is
// asked for: the operating system's.
func fileLayer() string { return "" }
