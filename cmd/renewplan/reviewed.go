package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"renewplan/internal/plan"
)

// reviewed reads a plan file and holds it against the present: the same cloud,
// not too old, and the spec as it was. What is refused here, is refused as a
// whole, before anything is sent.
func (p *process) reviewed(ctx context.Context, opt *applyOptions, file string) (*job, error) {
	pl, err := readPlan(file)
	if err != nil {
		return nil, err
	}
	if err := p.sameCloud(&opt.cloud, pl); err != nil {
		return nil, err
	}
	if err := p.inTime(pl, file); err != nil {
		return nil, err
	}
	s, err := p.sameSpec(ctx, pl, file)
	if err != nil {
		return nil, err
	}
	c, err := p.connect(&opt.cloud, s)
	if err != nil {
		return nil, err
	}
	return &job{plan: pl, conn: c, file: file}, nil
}

// sameCloud refuses a plan that was made for another cloud than the flags name.
func (p *process) sameCloud(f *cloudFlags, pl *plan.Plan) error {
	cloud, err := p.cloudName(f)
	if err != nil || cloud == pl.Cloud {
		return err
	}
	r := refused("the plan was made for the cloud %q, and this command talks to %q; nothing was sent", pl.Cloud, cloud)
	switch {
	case pl.Cloud == sandboxCloud:
		return r.hint("--sandbox talks to the built-in sandbox")
	case strings.Contains(pl.Cloud, "://"):
		return r.hint("--endpoint %s talks to the plan's cloud", pl.Cloud)
	}
	return r.hint("without --sandbox and --endpoint the command talks to %s", pl.Cloud)
}

// inTime refuses a plan that is too old, and warns of one that is for a day to come.
func (p *process) inTime(pl *plan.Plan, file string) error {
	age, old := pl.TooOld(p.now())
	if old {
		return refused("plan file %q is too old: it was made as of %s, %s ago, and limits.maxPlanAge is %s; nothing was sent",
			file, pl.AsOf.Format(time.DateOnly), plan.FormatDuration(age), plan.FormatDuration(pl.Limits.MaxPlanAge)).
			hint("plan again: renewplan plan --out %s", planAgain(pl, file))
	}
	if age < 0 {
		p.warn("plan file %q was made as of %s, a day to come", file, pl.AsOf.Format(time.DateOnly))
	}
	return nil
}

// sameSpec reads the spec of a plan file again and refuses one that has changed.
func (p *process) sameSpec(ctx context.Context, pl *plan.Plan, file string) (*plan.Spec, error) {
	args := specArgs(pl.Spec, filepath.Dir(file))
	for _, arg := range args {
		if _, err := os.Stat(arg); err != nil {
			where, absErr := filepath.Abs(arg)
			if absErr != nil {
				where = arg
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil, refused("the spec of plan file %q was not found: it was looked for at %s; nothing was sent", file, where).
					hint("a plan file names its spec relative to its own folder; keep both where they were when it was written")
			}
			return nil, refused("the spec of plan file %q cannot be read: %w; nothing was sent", file, err)
		}
	}
	s, err := p.loadSpec(ctx, args, pl.Spec.Tags)
	if errors.Is(err, errInterrupted) {
		return nil, err
	}
	if err != nil {
		return nil, refused("the spec of plan file %q cannot be read any more: %w", file, err)
	}
	if got := s.Digest(); got != pl.Spec.Digest {
		return nil, refused("the spec has changed since plan file %q was made (its digest is %.12s, the plan's is %.12s); nothing was sent",
			file, got, pl.Spec.Digest).
			hint("plan again: renewplan plan --out %s", planAgain(pl, file))
	}
	differences, err := pl.Against(s)
	if err != nil {
		return nil, refused("the spec of plan file %q gives no plan any more: %w; nothing was sent", file, err)
	}
	if n := len(differences); n > 0 {
		return nil, refused("plan file %q does not say what its spec says, so it was altered; nothing was sent: %s",
			file, strings.Join(differences[:min(n, maxDifferences)], "; ")).
			hint("plan again: renewplan plan --out %s", planAgain(pl, file))
	}
	return s, nil
}

// maxDifferences is how many differences between a plan file and its spec are told.
const maxDifferences = 5

// planAgain is the arguments with which a plan file is written anew.
func planAgain(pl *plan.Plan, file string) string {
	words := []string{quoteWord(file)}
	switch {
	case pl.Cloud == sandboxCloud:
		words = append(words, "--sandbox")
	case strings.Contains(pl.Cloud, "://"):
		words = append(words, "--endpoint", quoteWord(pl.Cloud))
	}
	for _, word := range specWords(pl, file) {
		words = append(words, quoteWord(word))
	}
	return strings.Join(words, " ")
}

// specWords are the arguments with which plan finds the spec of a plan file.
func specWords(pl *plan.Plan, file string) []string {
	var words []string
	for _, tag := range pl.Spec.Tags {
		words = append(words, "-t", tag)
	}
	return append(words, specArgs(pl.Spec, filepath.Dir(file))...)
}

// quoteWord quotes a word for a shell where it needs it.
func quoteWord(s string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("_-./:=@%+,", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
