package spec

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// In a child process Load is called once, and the process ends, as the command
// does. What an evaluation that was given up goes on to do ends with it.
const (
	childFile   = "RENEWPLAN_TEST_SPEC"   // the file to load
	childTime   = "RENEWPLAN_TEST_TIME"   // Options.MaxTime
	childMemory = "RENEWPLAN_TEST_MEMORY" // Options.MaxMemory
)

func TestMain(m *testing.M) {
	if file := os.Getenv(childFile); file != "" {
		os.Exit(child(file))
	}
	os.Exit(m.Run())
}

// child loads a spec, prints what comes of it, and returns the exit status.
func child(file string) int {
	maxTime, _ := time.ParseDuration(os.Getenv(childTime))
	maxMemory, _ := strconv.ParseUint(os.Getenv(childMemory), 10, 64)
	s, err := Load(Options{Args: []string{file}, MaxTime: maxTime, MaxMemory: maxMemory})
	switch {
	case errors.Is(err, ErrGivenUp):
		fmt.Println("given up:", err)
		return 3
	case err != nil:
		fmt.Println(err)
		return 1
	}
	fmt.Println("ok:", len(s.Resources))
	return 0
}

// loadInChild runs Load in a process of its own, and returns what it says and the most
// memory it had.
func loadInChild(t *testing.T, spec string, env ...string) (said string, state *os.ProcessState) {
	t.Helper()
	write(t, files{"spec.cue": spec})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(append(os.Environ(), childFile+"=spec.cue"), env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("running a child: %v", err)
	}
	return strings.TrimSpace(string(out)), cmd.ProcessState
}

// endless goes through 10^16 combinations and keeps none.
const endless = `
_d: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
_n: [for a in _d for b in _d for c in _d for d in _d for e in _d for f in _d for g in _d for h in _d
	for i in _d for j in _d for k in _d for l in _d for m in _d for n in _d for o in _d for p in _d
	if a + p < 0 {1}]
resources: vpn: "vpn-1": lapse: "x\(len(_n))"
`

func TestAnEndlessEvaluationIsGivenUp(t *testing.T) {
	began := time.Now()
	said, _ := loadInChild(t, endless, childTime+"=300ms")
	if want := "given up: evaluation given up: the spec was not evaluated after 300ms"; !strings.HasPrefix(said, want) {
		t.Errorf("got %q; want it to begin with %q", said, want)
	}
	// The machine may be busy; without the watchdog it would be years.
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %s; want about 300ms", took)
	}
}

func TestAnExplodingEvaluationIsGivenUp(t *testing.T) {
	// Each level is more than ten times the one before, and none can be shared.
	var levels strings.Builder
	levels.WriteString("_l0: {x: 1}\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&levels, "_l%d: {for n in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] {\"k\\(n)\": _l%d & {y%d: n}}}\n", i, i-1, i)
	}
	for _, tt := range []struct{ name, spec string }{
		{"a list", "import \"list\"\n_n: list.Range(0, 100_000_000, 1)\nresources: vpn: \"vpn-1\": lapse: \"x\\(len(_n))\"\n"},
		{"references that multiply", levels.String() + "resources: vpn: \"vpn-1\": lapse: \"x\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const bound = 128 << 20
			said, state := loadInChild(t, tt.spec, childMemory+"="+strconv.Itoa(bound))
			if want := "given up: evaluation given up: evaluating the spec took more than 128 MiB of memory"; !strings.HasPrefix(said, want) {
				t.Errorf("got %q; want it to begin with %q", said, want)
			}
			// Without the watchdog it would be gigabytes; the race detector has its own.
			if peak, ok := peakMemory(state); ok && !raceDetector && peak > 4*bound {
				t.Errorf("got a peak of %d MiB; want about the bound of %d", peak>>20, bound>>20)
			}
		})
	}
}

func TestALowerMemoryLimitOfGoItselfCounts(t *testing.T) {
	const spec = "import \"list\"\n_n: list.Range(0, 100_000_000, 1)\nresources: vpn: \"vpn-1\": lapse: \"x\\(len(_n))\"\n"
	for _, tt := range []struct{ limit, want string }{
		{"64MiB", "more than 64 MiB of memory"},
		{"100TiB", "more than 128 MiB of memory"},
	} {
		said, _ := loadInChild(t, spec, childMemory+"="+strconv.Itoa(128<<20), "GOMEMLIMIT="+tt.limit)
		if !strings.Contains(said, tt.want) {
			t.Errorf("GOMEMLIMIT=%s: got %q; want it to contain %q", tt.limit, said, tt.want)
		}
	}
}

func TestTheEnvironmentHasNoEffectOnEvaluation(t *testing.T) {
	const misspelt = "reservations: m: length: 1\nresources: vpn: \"vpn-1\": {reservation: \"m\", nam: \"x\"}\n"
	for _, env := range []string{
		"CUE_DEBUG=opendef", "CUE_DEBUG=opendef=1,sharing=0", "CUE_DEBUG=nonsense", "CUE_EXPERIMENT=evalv3=0", "CUE_EXPERIMENT=nonsense",
		"CUE_REGISTRY=registry.invalid", "CUE_CACHE_DIR=/nonexistent", "CUE_CONFIG_DIR=/nonexistent",
	} {
		t.Run(env, func(t *testing.T) {
			if said, _ := loadInChild(t, misspelt, env); !strings.Contains(said, `nam: unknown field (did you mean "name"?)`) {
				t.Errorf("misspelt: got %q; want the misspelt field", said)
			}
			if said, _ := loadInChild(t, small, env); said != "ok: 1" {
				t.Errorf("right: got %q; want ok", said)
			}
		})
	}
}

func TestAPanicInTheEvaluatorIsAnError(t *testing.T) {
	_, err := guarded(time.Minute, 1<<40, func() (int, error) { panic("out of\n\x1b[31mrange") })
	if want := "the CUE evaluator broke off: out of [31mrange"; err == nil || err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestWhatIsGuardedReturnsItsResult(t *testing.T) {
	sentinel := errors.New("x")
	n, err := guarded(time.Minute, 1<<40, func() (int, error) { return 7, sentinel })
	if n != 7 || !errors.Is(err, sentinel) {
		t.Errorf("got %d, %v; want 7, x", n, err)
	}
}

// TestChainsThatWouldOverflowTheStack has what CUE's parser follows without end.
// Go would end the whole process.
func TestChainsThatWouldOverflowTheStack(t *testing.T) {
	const head = "resources: vpn: \"vpn-1\": lapse: \"x\"\n"
	many := func(s string) string { return strings.Repeat(s, 300_000) }
	for _, tt := range []struct{ name, spec, want string }{
		{"a sum", "_x: 1" + many("+1"), "an expression of more than 10000 parts; split it"},
		{"a sum over lines", "_x: 1" + many(" +\n1"), "an expression of more than 10000 parts; split it"},
		{"a sum of brackets", "_x: (1)" + many("+(1)"), "an expression of more than 10000 parts; split it"},
		{"a sum of texts", `_x: "a"` + many(`+"a,"`), "an expression of more than 10000 parts; split it"},
		{"a sum of filled texts", `_x: "a"` + many(`+"\(1),"`), "an expression of more than 10000 parts; split it"},
		{"selectors", "_x: _y" + many(".a"), "an expression of more than 10000 parts; split it"},
		{"labels", many("a:") + "1", "an expression of more than 10000 parts; split it"},
		{"brackets", "_x: " + many("["), "expression exceeds maximum nesting depth of 10000"},
		{"negations", "_x: " + many("!") + "true", "an expression of more than 10000 parts; split it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if said, _ := loadInChild(t, head+tt.spec+"\n"); !strings.HasSuffix(said, tt.want) {
				t.Errorf("got %.300q; want it to end with %q", said, tt.want)
			}
		})
	}
}

func TestALongSpecIsNotTakenForAChain(t *testing.T) {
	var b strings.Builder
	b.WriteString("reservations: m: length: 1\nresources: vpn: {\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "\t\"vpn-%d\": {reservation: \"m\", name: \"a, \\(_n + \"x\") [b]: \\(\"{\" + _n)\"}\n", i)
	}
	b.WriteString("}\n_n: \"(\"\n")
	write(t, files{"spec.cue": b.String()})
	if got := len(mustLoad(t, Options{}).Resources); got != 1000 {
		t.Errorf("got %d resources; want 1000", got)
	}
	if got := b.Len(); got < shallow {
		t.Errorf("got a spec of %d bytes; want more than %d, or this test shows nothing", got, shallow)
	}
}
