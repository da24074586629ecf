// Package spec reads what people write, CUE packages and JSON and YAML files,
// and returns a plan.Spec, or every mistake in it with its position.
//
// The way of a spec:
//
//	sources   arguments to files, each read inside its own folder   sources.go
//	instance  files to one CUE instance, without registry or embeds  instance.go
//	value     the instance evaluated and unified with #Spec          load.go
//	verdict   CUE's own; if it is no: a walk that finds each mistake check.go
//	spec      the value read field by field                          decode.go
//
// Three other ways lead to the same end. A spec in plain literals is read without the
// evaluator, which takes longer to start than all else (plain.go), by rules that
// only accept (accept.go). What CUE has evaluated to plain values is read by them
// without the schema (read.go). A spec of more than 512 resources is cut apart at the
// syntax (cut.go) if that is certain to change nothing, because CUE takes quadratic
// time over large objects: resources in plain literals are accepted by the same
// rules, and the others are evaluated shard by shard (shard.go).
//
// The verdict is CUE's, so that cue vet with schema/renewal.cue says the same;
// only the words are ours. The walk follows rules that CUE compiles from the schema
// (rules.go), and rules for literals are compiled from its syntax (compile.go), so a
// rule stands in the schema alone. What CUE cannot say, that a named reservation
// exists, is added to both.
//
// Evaluation is closed to the world: no registry, no network, no file outside
// the folders named, no effect of the environment. It cannot be cancelled, so a
// watchdog gives it up when it takes too long or too much memory; the goroutine
// is then left behind, and the process is expected to end.
package spec
