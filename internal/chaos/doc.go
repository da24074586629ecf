// Package chaos is the proof that renewplan keeps its promises when it is killed,
// starved of disk, interrupted, or run many times at once: tests that drive the
// real program, with a sandbox in a process of its own, over real files and with
// real signals, and then count what was charged. It holds nothing but tests.
//
// A test has a world: a sandbox, a spec and the ledgers of the runners. What it
// asserts does not depend on when a kill or a signal lands: no resource is charged
// twice, and every charge is in the ledger, as settled or as open. Then it has the
// plan applied until nothing is open, and wants one charge for each resource.
//
// The small form runs with all other tests. The full one is a command:
//
//	go test ./internal/chaos -run 'Kills' -rows 3000 -kills 300 -seed 7 -timeout 60m -v
//
// The one thing a newcomer would get wrong: the ledger is looked at in a copy. To
// open the real one after a kill would repair it, and the next run would be spared
// just what it has to prove.
package chaos
