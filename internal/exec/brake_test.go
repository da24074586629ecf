package exec

import (
	"testing"

	"renewplan/internal/bce"
)

func TestRefusalsWithOneCodeStopARun(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer bce.Answer
		want   int // answers until it stops; 0 is never
	}{
		{"a code that nobody knows", bce.Answer{Class: bce.Refused, Code: "Whatever"}, refusalsInARow},
		{"a code of one resource", bce.Answer{Class: bce.Refused, Code: "NoSuchObject"}, 0},
		{"the account", bce.Answer{Class: bce.Refused, Code: "AccessDenied", Account: true}, 1},
		{"a clock that was corrected since", bce.Answer{Class: bce.Refused, Code: "RequestExpired", ClockCorrected: true}, 0},
		{"throttled", bce.Answer{Class: bce.Throttled, Code: "Whatever"}, 0},
	} {
		var b brake
		n := 0
		for n < 20 && !b.stopping() {
			n++
			b.answered(tt.answer)
		}
		if !b.stopping() {
			n = 0
		}
		if n != tt.want {
			t.Errorf("%s: got a stop after %d; want %d", tt.name, n, tt.want)
		}
	}
}
