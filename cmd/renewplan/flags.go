package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// once is a flag that may be given one time only. The last of two would win
// silently otherwise, and a second --out, --ledger or --profile is a mistake.
type once struct {
	pflag.Value
	given bool
}

func (o *once) Set(s string) error {
	if o.given {
		return errors.New("it is given twice")
	}
	o.given = true
	return o.Value.Set(s)
}

// onlyOnce makes every flag of a set that takes one value refuse a second one.
func onlyOnce(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		_, list := f.Value.(pflag.SliceValue)
		if !list && f.NoOptDefVal == "" {
			f.Value = &once{Value: f.Value}
		}
	})
}

// value is a flag whose text is parsed and checked by a function.
type value[T any] struct {
	to    *T
	kind  string // shown in the help: "N", "DURATION"
	parse func(string) (T, error)
	text  string
}

func (v *value[T]) String() string { return v.text }
func (v *value[T]) Type() string   { return v.kind }

func (v *value[T]) Set(s string) error {
	parsed, err := v.parse(s)
	if err != nil {
		return err
	}
	*v.to, v.text = parsed, s
	return nil
}

// choice is a flag with a closed list of values; the first is the default.
func choice(to *string, values ...string) pflag.Value {
	*to = values[0]
	return &value[string]{
		to: to, kind: strings.Join(values, "|"), text: values[0],
		parse: func(s string) (string, error) {
			if !slices.Contains(values, s) {
				return "", fmt.Errorf("it must be one of %s", strings.Join(values, ", "))
			}
			return s, nil
		},
	}
}

// name is a flag that must not be empty: a file, a URL, the name of a thing. What
// to holds is its default.
func name(to *string, kind string) pflag.Value {
	return &value[string]{to: to, kind: kind, text: *to, parse: func(s string) (string, error) {
		if strings.TrimSpace(s) == "" {
			return "", errors.New("it must not be empty")
		}
		return s, nil
	}}
}

// count is a flag that is a whole number of at least 1.
func count(to *int, preset int) pflag.Value {
	*to = preset
	return &value[int]{to: to, kind: "N", text: strconv.Itoa(preset), parse: func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return 0, errors.New("it must be a whole number, at least 1")
		}
		return n, nil
	}}
}

// seed is a flag that is a whole number of at least 0, which is its default.
func seed(to *uint64) pflag.Value {
	return &value[uint64]{to: to, kind: "N", text: "0", parse: func(s string) (uint64, error) {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return 0, errors.New("it must be a whole number, at least 0")
		}
		return n, nil
	}}
}

// rate is a flag that is a number of requests a second. Below its least, the look
// before a send would no longer be fresh when the send's turn comes.
func rate(to *float64, preset float64) pflag.Value {
	*to = preset
	v := &value[float64]{to: to, kind: "R", parse: func(s string) (float64, error) {
		r, err := strconv.ParseFloat(s, 64)
		if err != nil || !(r >= 0.1) || r > 1e6 {
			return 0, errors.New("it must be a number of requests a second, at least 0.1")
		}
		return r, nil
	}}
	if preset > 0 {
		v.text = strconv.FormatFloat(preset, 'g', -1, 64)
	}
	return v
}

// duration is a flag that is a time span of more than 0; it stays 0, which
// stands for the default, when the flag is not given.
func duration(to *time.Duration) pflag.Value {
	return &value[time.Duration]{to: to, kind: "DURATION", parse: func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return 0, errors.New(`it must be a time span of more than 0, such as "90s" or "10m"`)
		}
		return d, nil
	}}
}

// delay is a flag that is a time span, which may be 0. What to holds is its default.
func delay(to *time.Duration) pflag.Value {
	return &value[time.Duration]{to: to, kind: "DURATION", text: short(*to), parse: func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, errors.New(`it must be a time span, such as "0s", "90s" or "10m"`)
		}
		return d, nil
	}}
}

// day is a flag that is a calendar day, midnight UTC.
func day(to *time.Time) pflag.Value {
	return &value[time.Time]{to: to, kind: "DAY", parse: func(s string) (time.Time, error) {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return time.Time{}, errors.New(`it must be a day, such as "2026-12-31"`)
		}
		return d, nil
	}}
}
