// Package faultpoint names the moments in the life of a renewal at which a crash
// would hurt most, so that tests can kill the program exactly there. A room calls
// Hit where it passes such a moment, and sends with Watch's context.
//
// It does nothing. Only a program built with the tag faultpoints looks at the
// environment variable that Variable names, and kills itself, as kill -9 does, at
// the moment that it finds there. Such a program is for internal/chaos, which also
// proves that no other holds a trace of the points.
//
// The one thing a newcomer would get wrong: these are places to die at, never
// places at which anything is decided or changed. What a test needs to happen
// otherwise, the sandbox does.
package faultpoint

// Variable is the environment variable with the moment to die at: "POINT:N", N
// being how many times the point is passed until then, 1 for the first.
const Variable = "RENEWPLAN_FAULTPOINT"

// Point is a moment in the life of a renewal.
type Point string

// The points, in the order in which a renewal passes them. Those of a commit are
// passed by every write to the ledger.
const (
	AfterClaim    Point = "after-claim"    // the row is this run's; nothing else happened
	BeforeIntent  Point = "before-intent"  // the look was fine; the intent is not on disk
	AfterIntent   Point = "after-intent"   // the intent is on disk; there is no request
	BeforeSend    Point = "before-send"    // there is a connection; no byte has left
	AfterSend     Point = "after-send"     // all bytes have left; there is no answer
	MidAnswer     Point = "mid-answer"     // the first byte of the answer is here
	BeforeOutcome Point = "before-outcome" // the answer is known; it is not on disk
	AfterOutcome  Point = "after-outcome"  // the answer is on disk; nothing follows from it yet
	BeforeCommit  Point = "before-commit"  // a transaction is full; COMMIT is to be said
	InCommit      Point = "in-commit"      // COMMIT is writing: some of the log may be written
	InSync        Point = "in-sync"        // COMMIT has written all of the log; it is not synced
	AfterCommit   Point = "after-commit"   // COMMIT is done; nobody has been told
)

// Points lists every point, in their order.
func Points() []Point {
	return []Point{
		AfterClaim, BeforeIntent, AfterIntent, BeforeSend, AfterSend, MidAnswer,
		BeforeOutcome, AfterOutcome, BeforeCommit, InCommit, InSync, AfterCommit,
	}
}
