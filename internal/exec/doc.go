// Package exec does the work: it observes resources, and turns the rows of a
// reviewed plan into signed renewals, bounded, journaled and verified. All
// concurrency of the program lives here.
//
// The way of one row:
//
//	claim it in the ledger           (one owner, ever)
//	look                             is it still as planned? else stop, nothing sent
//	write the intent, synced         no byte leaves before this is on disk
//	send one signed request
//	accepted → look until the expiry has moved        verified, deviates, unverified
//	refused  → nothing was bought: proven
//	unknown  → look until it is settled; only then, and only inside the
//	           token's life, send the same request once more
//
// Which step may follow which is decided in one place, the pure function Next;
// requests that buy leave from one place, (*runner).send. Rows are worked on
// side by side; a row is in the hands of one goroutine at a time, and the
// coordinator (loop.go) hands it over. No order between rows is promised.
//
// The one thing a newcomer would get wrong: an error while sending is not a
// failure. It is a third outcome, unknown, and is settled by reading, never by
// guessing.
package exec
