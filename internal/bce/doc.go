// Package bce speaks the language of Baidu AI Cloud (BCE): it signs requests,
// sends one renewal, says what the answer proves, and reads the state of
// resources. What is particular to a kind of resource stands in one table
// (see Kinds); nothing else here knows kinds by name.
//
// It never plans a renewal, never waits and never repeats one:
//
//	Read:   sign, GET, check, decode a few fields (once more after a clock correction)
//	Batch:  says which requests (Query) read many with few; its caller makes them
//	Renew:  sign, PUT, classify — exactly one request, whatever comes back
//
// The one thing a newcomer would get wrong: an error is not a refusal. Only a
// parsed answer of the cloud with one of a few statuses proves that nothing was
// bought (Refused, Conflict), and only a connection that was never made proves
// that nothing was sent (NotSent). All else is Unknown, and settling it is the
// caller's business.
//
// No secret, signature, token or raw answer is logged, kept or put in an error:
// answers of the cloud carry pre-shared keys.
package bce
