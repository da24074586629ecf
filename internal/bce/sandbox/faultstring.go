package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseFaults reads the command line's form of [Faults]: settings joined by
// commas, each of them
//
//	FAULT=0.1        the chance of a fault
//	FAULT=next:3     the next three requests of its sort are hit
//	FAULT=next:1@ID  the next request for this resource is hit
//	ok=next:2        the next two purchases go well
//	SETTING=VALUE    slow-by, late-by, delay-by, forget-after, wrong-by, skew,
//	                 retry-after (durations such as 90s); error-status,
//	                 throttle-status, refuse-status, refuse-code
//
// Several faults that are to hit one request together are joined by "+". The
// empty string is no fault at all.
func ParseFaults(s string) (Faults, error) {
	f := Faults{Chance: map[Fault]float64{}}
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return Faults{}, fmt.Errorf("fault %q: want NAME=VALUE, such as lost-answer=0.1", part)
		}
		var err error
		if next, isStep := strings.CutPrefix(value, "next:"); isStep {
			err = f.addStep(name, next)
		} else {
			err = f.set(name, value)
		}
		if err != nil {
			return Faults{}, fmt.Errorf("fault %q: %w", part, err)
		}
	}
	if err := f.check(); err != nil {
		return Faults{}, err
	}
	return f, nil
}

func (f *Faults) addStep(names, value string) error {
	times, id, _ := strings.Cut(value, "@")
	n, err := strconv.Atoi(times)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of requests; want 1 or more", times)
	}
	st := Step{Times: n, ID: id}
	if names != "ok" {
		for name := range strings.SplitSeq(names, "+") {
			st.Faults = append(st.Faults, Fault(name))
		}
	}
	f.Script = append(f.Script, st)
	return nil
}

func (f *Faults) set(name, value string) error {
	durations := map[string]*Duration{
		"slow-by": &f.SlowBy, "late-by": &f.LateBy, "delay-by": &f.DelayBy, "forget-after": &f.ForgetAfter,
		"wrong-by": &f.WrongBy, "skew": &f.Skew, "retry-after": &f.RetryAfter,
	}
	statuses := map[string]*int{
		"error-status": &f.ErrorStatus, "throttle-status": &f.ThrottleStatus, "refuse-status": &f.RefuseStatus,
	}
	switch {
	case durations[name] != nil:
		v, err := time.ParseDuration(value)
		*durations[name] = Duration(v)
		return err
	case statuses[name] != nil:
		v, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("%q is not an HTTP status", value)
		}
		*statuses[name] = v
		return nil
	case name == "refuse-code":
		f.RefuseCode = value
		return nil
	}
	p, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("%q is not a chance; want 0 to 1, or next:N", value)
	}
	f.Chance[Fault(name)] = p
	return nil
}
