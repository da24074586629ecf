// Package report is the voice of renewplan: it says what a plan would do, what
// became of it, what the ledger holds and how far a run is, as tables for
// people, as Markdown for pull requests and as JSON for programs.
//
// It decides nothing. It reads no clock and no file; the same input gives the
// same bytes, whatever the locale. Every count it prints is counted from the
// rows it was given, so that a summary and its table cannot disagree. The word
// "renewed" stands only where a new expiry was read back.
//
//	plan, results, records ─► page (sentences, tables, commands) ─► text or Markdown
//	                     └──► one versioned JSON document
//
// The one thing a newcomer would get wrong: names, reasons and notes come from
// outside and may hold anything. A page is built from raw text, and the two
// renderers neutralise all of it; nothing is written around them.
package report
