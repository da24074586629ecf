//go:build !linux

package ledger

// onNetwork cannot be told here: a ledger is taken to be on a local disk.
func onNetwork(string) bool { return false }
