//go:build unix

package chaos

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"renewplan/internal/faultpoint"
)

// How large the tests of kills are. The small form is for every day.
var (
	seed   = flag.Uint64("seed", 1, "seed of everything that is drawn")
	rows   = flag.Int("rows", 0, "renewals in each world of the tests of kills; 0 is small")
	kills  = flag.Int("kills", 0, "kills in each test of kills and world; 0 is few")
	binary = flag.String("binary", "", "the released renewplan to test; empty builds one")
)

// programs builds the program once for all tests, in a folder that TestMain removes.
var programs struct {
	dir              string
	released, points func() (string, error)
}

func TestMain(m *testing.M) {
	if signal.Ignored(syscall.SIGHUP) { // by nohup; the programs started here are to heed it
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	// The worlds wait more than they work; -parallel on the command line counts more.
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	flag.Parse()
	dir, err := os.MkdirTemp("", "renewplan-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs.dir = dir
	programs.released = sync.OnceValues(func() (string, error) {
		if *binary != "" {
			return filepath.Abs(*binary)
		}
		return build("renewplan")
	})
	programs.points = sync.OnceValues(func() (string, error) {
		return build("renewplan-faultpoints", "-tags", "faultpoints")
	})
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// build builds the program under a name. The flags that make a release the same
// everywhere are left out, for they would have every dependency built again.
func build(name string, flags ...string) (string, error) {
	path := filepath.Join(programs.dir, name)
	args := append([]string{"build", "-buildvcs=false", "-o", path}, flags...)
	cmd := exec.CommandContext(context.Background(), "go", append(args, "renewplan/cmd/renewplan")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// released is the program as people get it.
func released(t *testing.T) string {
	t.Helper()
	return program(t, programs.released)
}

// withPoints is the program that can be told where to die.
func withPoints(t *testing.T) string {
	t.Helper()
	return program(t, programs.points)
}

func program(t *testing.T, built func() (string, error)) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheReleasedProgramHoldsNoFaultPoint(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		want       bool
	}{
		{"the released program", released(t), false},
		{"the one with points", withPoints(t), true},
	} {
		code, err := os.ReadFile(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range append(faultpoint.Points(), faultpoint.Variable) {
			if got := bytes.Contains(code, []byte(p)); got != tt.want {
				t.Errorf("%q in %s: got %t; want %t", p, tt.name, got, tt.want)
			}
		}
	}
}
