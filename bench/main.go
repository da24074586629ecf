// Renewplan bench measures the program beside others that do the same work, on the
// same machine and in the same run, and prints ratios: machines differ, and so does
// what else they are doing.
//
//	go run ./bench                               every section, up to 10,000 resources
//	go run ./bench -sizes 1000,10000,100000      as docs/performance.md has it
//	go run ./bench -sections latency,rate,requests
//	go run ./bench -check -sizes 500,2000        fail on a gross regression, as CI does
//
// A section (section.go) measures one thing and returns rows; whoever has another
// thing to measure adds a section to the table in sections.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is main with its arguments.
func run(ctx context.Context, args []string) error {
	if len(args) == 1 {
		if c := childNamed(args[0]); c != nil {
			return c(ctx, os.Stdin, os.Stdout)
		}
	}
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("sections", strings.Join(names, ","), "what to measure")
	forms := flags.String("forms", "one,files,json,defaults,computed", "how the specs are written")
	sizeList := flags.String("sizes", "100,1000,10000", "how many resources the specs have")
	l := &lab{out: os.Stdout, env: append(os.Environ(), quiet()...)}
	flags.IntVar(&l.runs, "runs", 3, "how often to run each command; the least CPU time counts")
	flags.StringVar(&l.cue, "cue", "", "a cue program to compare with, instead of building "+cueVersion)
	flags.StringVar(&l.terraform, "terraform", "", "a terraform program to compare with, instead of the one on PATH")
	flags.BoolVar(&l.check, "check", false, "measure small sizes, and fail if a ratio is far from its target")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	for s := range strings.SplitSeq(*sizeList, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 10 {
			return fmt.Errorf("-sizes: got %q; want numbers from 10", s)
		}
		l.sizes = append(l.sizes, n)
	}
	l.forms = strings.Split(*forms, ",")
	chosen, err := choose(strings.Split(*only, ","))
	if err != nil {
		return err
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	defer l.close()
	var all []row
	for _, s := range chosen {
		rows, err := s.measure(ctx, l)
		if err != nil {
			return fmt.Errorf("section %s: %w", s.name, err)
		}
		if err := show(l.out, s, rows); err != nil {
			return err
		}
		all = append(all, rows...)
	}
	if l.check {
		return gross(all)
	}
	return nil
}
