package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the goldens in the scripts with what was printed")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"renewplan": main})
}

// TestScripts runs every script of testdata/script: a promise to the user each.
//
// How to write one. A script is a .txtar file: commands, then the files they
// work on. It runs in a folder of its own ($WORK) with the real program as
// "renewplan", an empty home folder, and no credentials. The commands are those
// of testscript (go doc github.com/rogpeppe/go-internal/testscript): exec,
// stdout, stderr, cmp, exists, env, cp, stdin, ttyin, "!" for "must not", and
// these, which are in scriptcmd_test.go:
//
//	exits N renewplan ARGS…   run it and want this exit status; 0 is plain exec
//	sandbox [FLAG|SPEC]…      start "renewplan sandbox" in the background. $SANDBOX is
//	                          its URL and $SANDBOX_HOST its host and port from then
//	                          on, and the environment has its key
//	charges N                 want N charges at $SANDBOX in all; stdout has one line
//	                          each: "REGION KIND ID MONTHSm BEFORE AFTER"
//	purchases N               want N requests to buy at $SANDBOX in all, whatever
//	                          became of them: "purchases 0" means nothing was sent
//	requests N                want N requests at $SANDBOX in all, reads and refused ones
//	                          included: "requests 0" means it was not even asked
//	await N                   wait until $SANDBOX has charged at least N times
//	start renewplan ARGS…     run it in the background; one at a time
//	signal INT|TERM|HUP|KILL  send this to what was started
//	ends N                    wait for it and want this exit status (-1: killed); stdout
//	                          and stderr are its own from then on
//	post PATH JSON            POST to $SANDBOX: /sandbox/resources ("renewed by hand"),
//	                          /sandbox/clock, /sandbox/faults
//	webserver STATUS FILE     serve this file as the answer to everything at $WEBSERVER
//	edit FILE OLD NEW         replace a text that must be in the file exactly once
//	redigest FILE             make the digest of an edited plan file right again
//	nowhere PATTERN FILE|DIR… want no match in any of these files, whatever they are
//	day +3 [+1m] NAME         set $NAME to the day 3 days (and a month) from now in UTC,
//	                          YYYY-MM-DD
//
// $EXAMPLES is the folder examples/plans of the repository.
//
// Say what must be there and what must not: the exit status, the message, and
// that nothing was bought. One script is one promise; its first line says which.
// "go test ./cmd/renewplan -run Scripts/NAME" runs one, -v shows all it did, and
// -update rewrites the files it compares stdout and stderr with.
func TestScripts(t *testing.T) {
	examples := filepath.Join(repoRoot(t), "examples", "plans")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			env.Setenv("HOME", home)
			env.Setenv("EXAMPLES", examples)
			env.Values[startedKey{}] = new(started)
			return os.MkdirAll(home, 0o777)
		},
	})
}
