// Package sandbox is a stand-in for the cloud: the four renewals, the reads
// that belong to them, what hangs on instances, the balance, and every way in
// which the real thing may misbehave. It serves over HTTP ([Sandbox.ServeHTTP])
// and in process ([Sandbox.Transport]).
//
// It is strict where the cloud is documented to be strict, and can play both
// ways where the documentation is silent. It never sends anything anywhere, and
// knows no plans. What it charged is in [Sandbox.Charges], and nothing else
// counts: an answer may be lost, a charge never is.
//
// One purchase goes through these steps:
//
//	rate limit → signature → method, path, query, body → resource exists
//	→ fate (faults, by hash of seed, resource and try) → "before" faults end here
//	→ clientToken known? replay or refuse → postpaid, busy, dedicated? refuse
//	→ charge, move the expiry, keep the token → save → "after" faults, answer
//
// The one thing a newcomer would get wrong: there are two clocks. Expiries,
// tokens and late visibility follow the sandbox's own clock, which tests and
// POST /sandbox/clock move; slow answers and the rate limit take real time.
//
// Beside the cloud's API it answers, without a signature and to loopback only:
//
//	GET  /sandbox/charges    every charge so far, oldest first, as a JSON list
//	GET  /sandbox/requests   how many purchases, reads and refused requests arrived
//	GET  /sandbox/clock      {"now":"2026-11-20T00:00:00Z"}
//	POST /sandbox/clock      {"advance":"24h"} moves the clock forward
//	GET  /sandbox/resources  every resource as it truly is
//	POST /sandbox/resources  {"kind":"vpn","id":"vpn-1","expiry":"…"} changes the fields
//	                         that are named ("renewed by hand"), or adds a resource
//	GET  /sandbox/balance    {"balance":"850.0000"}
//	POST /sandbox/balance    the same sets it; "" is the default
//	GET  /sandbox/faults     the faults in force, with what is left of the script
//	POST /sandbox/faults     replaces them: a [Faults] object, or a string for [ParseFaults]
package sandbox
