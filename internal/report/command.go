package report

import (
	"cmp"
	"strings"
	"time"
)

// sandboxCloud is the name of the built-in sandbox in plans and ledgers.
const sandboxCloud = "sandbox"

// of is the form for what belongs to one cloud.
func (f form) of(cloud string) form {
	f.cloud = cloud
	return f
}

// flags say where a command has to look, where it would not by itself.
func (f form) flags(endpoint bool) string {
	var s string
	switch {
	case f.cloud == sandboxCloud:
		return " --sandbox" // has a ledger of its own
	case endpoint && strings.Contains(f.cloud, "://"):
		s = " --endpoint " + shellWord(f.cloud)
	}
	if f.ledger != "" {
		s += " --ledger " + shellWord(f.ledger)
	}
	return s
}

// apply is the command that goes on with a plan.
func (f form) apply() string {
	return "renewplan apply " + shellWord(cmp.Or(f.planFile, "PLANFILE")) + f.flags(true)
}

// plan is the command that plans anew.
func (f form) plan() string {
	words := []string{"renewplan plan --out FILE" + f.flags(true)}
	for _, arg := range f.spec {
		words = append(words, shellWord(arg))
	}
	return strings.Join(words, " ")
}

// resolve is the command with which a person says what was found. It proposes
// --bought, which never leads to a second purchase. A baseline is named where
// the resource alone would be ambiguous.
func (f form) resolve(region, kind, id string, baseline time.Time) string {
	s := "renewplan resolve " + shellWord(region) + " " + shellWord(kind) + " " + shellWord(id) + " --bought --reason TEXT"
	if !baseline.IsZero() {
		s += " --baseline " + baseline.UTC().Format(time.RFC3339)
	}
	return s + f.flags(false)
}

// resolveAny stands for the rows that get no command of their own.
func (f form) resolveAny() string {
	return "renewplan resolve REGION KIND ID --bought --reason TEXT" + f.flags(false)
}

// maxCommands is how many rows get a command of their own.
const maxCommands = 20

// shellWord quotes an argument so that a command can be pasted into a shell.
func shellWord(s string) string {
	s = clean(s)
	plain := s != ""
	for _, r := range s {
		plain = plain && (r < 0x80 && isWord(r) || strings.ContainsRune("-_./:@+,=%", r))
	}
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
