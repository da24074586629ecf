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
// A spec of more than 512 resources goes another way to the same end, because CUE
// takes quadratic time over large objects: it is cut apart at the syntax (cut.go)
// if that is certain to change nothing, resources in plain literals are accepted
// by rules that only accept (accept.go, literal.go), and the others are evaluated
// shard by shard (shard.go).
//
// The verdict is CUE's, so that cue vet with schema/renewal.cue says the same;
// only the words are ours. The walk follows rules that are compiled from the
// schema (rules.go), so a new kind or field needs no code here. What CUE cannot
// say, that a named reservation exists, is added to both.
//
// Evaluation is closed to the world: no registry, no network, no file outside
// the folders named, no effect of the environment. It cannot be cancelled, so a
// watchdog gives it up when it takes too long or too much memory; the goroutine
// is then left behind, and the process is expected to end.
package spec
