package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"renewplan/internal/bce/sandbox"
)

// cueVersion is the release that is compared with, the one of go.mod.
const cueVersion = "cuelang.org/go/cmd/cue@v0.17.1"

// lab is where measuring is done: a temporary folder with the programs to compare.
type lab struct {
	out   io.Writer
	env   []string // of the commands
	runs  int
	sizes []int // of specs
	forms []string
	check bool // CI's: small sizes

	terraform string // the program, if one was given

	dir       string // removed at the end
	root      string // of the module
	renewplan string // the program, built
	cue       string // the other one, built or given
}

// quiet is what commands find in their environment beside the process's own: the
// sandbox's key, and no wish to look for news.
func quiet() []string {
	return []string{
		"BCE_ACCESS_KEY_ID=" + sandbox.AccessKeyID, "BCE_SECRET_ACCESS_KEY=" + sandbox.SecretAccessKey, "BCE_SECURITY_TOKEN=",
		"CHECKPOINT_DISABLE=1",
	}
}

// open makes the folder and builds renewplan.
func (l *lab) open(ctx context.Context) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("finding the module: %w", err)
	}
	l.root = strings.TrimSpace(string(root))
	if l.dir, err = os.MkdirTemp("", "renewplan-bench-"); err != nil {
		return err
	}
	l.renewplan = filepath.Join(l.dir, "renewplan")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", l.renewplan, "./cmd/renewplan")
	build.Dir = l.root
	if out, err := build.CombinedOutput(); err != nil {
		l.close()
		return fmt.Errorf("building renewplan: %w\n%s", err, out)
	}
	return nil
}

// needCue builds cue, unless one was given or is built.
func (l *lab) needCue(ctx context.Context) error {
	if l.cue != "" {
		return nil
	}
	cue := filepath.Join(l.dir, "cue")
	install := exec.CommandContext(ctx, "go", "install", cueVersion)
	install.Dir = l.dir
	install.Env = append(l.env, "GOBIN="+l.dir, "GOFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", cueVersion, err, out)
	}
	l.cue = cue
	return nil
}

func (l *lab) close() { os.RemoveAll(l.dir) }

// cost is what a command took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // most bytes of memory; 0 where the system does not tell
}

func (c cost) String() string {
	return fmt.Sprintf("%.2f s, %.2f s CPU, %d MB", c.wall.Seconds(), c.cpu.Seconds(), c.peak>>20)
}

// command runs a program in a folder. Output is thrown away.
func (l *lab) command(ctx context.Context, dir, name string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, l.env
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s %s: %w\n%.2000s", filepath.Base(name), strings.Join(args, " "), err, errs.String())
	}
	return costOf(cmd, began), nil
}

// costOf is what a command that has just ended took.
func costOf(cmd *exec.Cmd, began time.Time) cost {
	s := cmd.ProcessState
	return cost{time.Since(began), s.UserTime() + s.SystemTime(), peakMemory(s)}
}

// less is the smaller of each figure.
func less(a, b cost) cost { return cost{min(a.wall, b.wall), min(a.cpu, b.cpu), min(a.peak, b.peak)} }

// beside runs commands by turns, so that all see the same machine, several times,
// and returns the least that each took: what is more is other people's work.
func (l *lab) beside(ctx context.Context, runs int, dir string, commands ...[]string) ([]cost, error) {
	least := make([]cost, len(commands))
	for i := range max(runs, 1) {
		for k, c := range commands {
			took, err := l.command(ctx, dir, c[0], c[1:]...)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				took = less(took, least[k])
			}
			least[k] = took
		}
	}
	return least, nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }
