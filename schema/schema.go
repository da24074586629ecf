// Package schema holds the language of renewplan specs, renewal.cue: the rules
// that a person reads, that cue vet can check, and that internal/spec checks and
// words its messages from. It holds no code on purpose; a rule that cannot be
// said in CUE (does the reservation exist?) stands in internal/spec.
package schema

import _ "embed"

//go:embed renewal.cue
var text string

// Text is the content of renewal.cue. Its root is the definition #Spec.
func Text() string { return text }
