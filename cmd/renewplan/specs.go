package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"renewplan/internal/plan"
	"renewplan/internal/spec"
)

// specFlags are the flags of every command that reads a spec.
type specFlags struct {
	tags []string
}

func (f *specFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.tags, "inject", "t", nil, "set a CUE tag, as `KEY=VALUE`; may be repeated")
}

// defaultSpec is the spec that the arguments name: the current folder if none do.
func defaultSpec(args []string) []string {
	if len(args) == 0 {
		return []string{"."}
	}
	return args
}

// loadSpec reads and checks a spec. Mistakes are printed, one line each. CUE
// cannot be interrupted, so an interrupt leaves the evaluation behind: the
// process ends right after.
func (p *process) loadSpec(ctx context.Context, args, tags []string) (*plan.Spec, error) {
	for _, t := range tags {
		if k, _, ok := strings.Cut(t, "="); !ok || k == "" {
			return nil, failed("--inject %q: it must be KEY=VALUE", t)
		}
	}
	ctx, stop := p.interruptible(ctx)
	defer stop()

	type loaded struct {
		spec *plan.Spec
		err  error
	}
	done := make(chan loaded, 1)
	go func() {
		s, err := spec.Load(spec.Options{Args: defaultSpec(args), Tags: tags})
		done <- loaded{s, err}
	}()
	select {
	case <-ctx.Done():
		return nil, errInterrupted
	case l := <-done:
		if l.err != nil {
			return nil, p.specFailure(l.err)
		}
		return l.spec, nil
	}
}

// specFailure prints the mistakes of a spec and returns what to end with.
func (p *process) specFailure(err error) error {
	mistakes, ok := errors.AsType[spec.Errors](err)
	if !ok {
		return failed("reading the spec: %w; nothing was done", err)
	}
	for _, m := range mistakes {
		fmt.Fprintln(p.stderr, harmless(m.Error()))
		for _, also := range m.Also {
			fmt.Fprintf(p.stderr, "\t%s: here too\n", harmless(also))
		}
	}
	if len(mistakes) == 1 {
		return failed("the spec has a mistake; nothing was done")
	}
	return failed("the spec has %s; nothing was done", counted(len(mistakes), "mistake"))
}

// specPaths names a spec as a plan file in folder dir does: relative to it, with slashes.
func specPaths(args []string, dir string) ([]string, error) {
	base, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the plan file's folder: %w", err)
	}
	var paths []string
	for _, arg := range defaultSpec(args) {
		abs, err := filepath.Abs(arg)
		if err != nil {
			return nil, fmt.Errorf("finding the spec's folder: %w", err)
		}
		rel, err := filepath.Rel(base, abs)
		if err != nil {
			return nil, failed("the spec %q cannot be named relative to the plan file's folder %q: %w", arg, dir, err)
		}
		paths = append(paths, filepath.ToSlash(rel))
	}
	return paths, nil
}

// specArgs is the reverse of specPaths: the arguments that name the spec of a
// plan file in folder dir.
func specArgs(ref plan.SpecRef, dir string) []string {
	var args []string
	for _, path := range ref.Paths {
		path = filepath.FromSlash(path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		args = append(args, path)
	}
	return args
}
