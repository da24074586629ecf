package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestFlagsRefuseWhatIsNotAValue(t *testing.T) {
	tests := []struct {
		args string
		want string // part of the error; empty for none
	}{
		{"--choice json", ""},
		{"--choice yaml", "it must be one of table, json"},
		{"--choice json --choice json", "it is given twice"},
		{"--count 1", ""},
		{"--count 0", "at least 1"},
		{"--count 1.5", "at least 1"},
		{"--rate 0.1", ""},
		{"--rate 0.09", "at least 0.1"},
		{"--rate 0", "at least 0.1"},
		{"--rate NaN", "at least 0.1"},
		{"--rate +Inf", "at least 0.1"},
		{"--duration 90s", ""},
		{"--duration 0s", "more than 0"},
		{"--duration -1m", "more than 0"},
		{"--duration 10", "such as"},
		{"--delay 0s", ""},
		{"--delay -1m", "such as"},
		{"--delay 10", "such as"},
		{"--seed 18446744073709551615", ""},
		{"--seed -1", "at least 0"},
		{"--seed 1.5", "at least 0"},
		{"--day 2026-12-31", ""},
		{"--day 2026-02-30", "it must be a day"},
		{"--day 2026-12-31T00:00:00Z", "it must be a day"},
		{"--name x --name x", "it is given twice"},
		{"--name=", "must not be empty"},
		{"--list a --list b", ""},
		{"--yes --yes", ""},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			var (
				text, file string
				n          int
				r          float64
				span, late time.Duration
				when       time.Time
				start      uint64
			)
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			flags.Var(choice(&text, "table", "json"), "choice", "")
			flags.Var(count(&n, 8), "count", "")
			flags.Var(rate(&r, 10), "rate", "")
			flags.Var(duration(&span), "duration", "")
			flags.Var(day(&when), "day", "")
			flags.Var(name(&file, "FILE"), "name", "")
			flags.Var(delay(&late), "delay", "")
			flags.Var(seed(&start), "seed", "")
			flags.StringArray("list", nil, "")
			flags.Bool("yes", false, "")
			onlyOnce(flags)
			err := flags.Parse(strings.Fields(test.args))
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v; want no error", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v; want an error with %q", err, test.want)
			}
		})
	}
}

func TestFlagsThatAreNotGivenHaveTheirDefaults(t *testing.T) {
	var (
		text string
		n    int
		r    float64
		span time.Duration
	)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Var(choice(&text, "table", "json"), "choice", "")
	flags.Var(count(&n, 8), "count", "")
	flags.Var(rate(&r, 10), "rate", "")
	flags.Var(duration(&span), "duration", "")
	onlyOnce(flags)
	if err := flags.Parse(nil); err != nil {
		t.Fatal(err)
	}
	if text != "table" || n != 8 || r != 10 || span != 0 {
		t.Errorf("got %q, %d, %v, %v; want table, 8, 10, 0s", text, n, r, span)
	}
}
