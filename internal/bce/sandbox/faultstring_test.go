package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

func TestFaultsAreParsed(t *testing.T) {
	got, err := sandbox.ParseFaults("lost-answer=0.1, 5xx-before=0.05,ok=next:2,late+lost-answer=next:3@vpn-1," +
		"slow-by=3s,late-by=1m,delay-by=20s,forget-after=2h,wrong-by=-24h,skew=40m,retry-after=5s," +
		"error-status=504,throttle-status=503,refuse-status=400,refuse-code=OrderException,")
	if err != nil {
		t.Fatal(err)
	}
	want := sandbox.Faults{
		Chance: map[sandbox.Fault]float64{sandbox.LostAnswer: 0.1, sandbox.ErrorBefore: 0.05},
		Script: []sandbox.Step{
			{Times: 2},
			{Faults: []sandbox.Fault{sandbox.Late, sandbox.LostAnswer}, Times: 3, ID: "vpn-1"},
		},
		SlowBy: sandbox.Duration(3 * time.Second), LateBy: sandbox.Duration(time.Minute), DelayBy: sandbox.Duration(20 * time.Second),
		ForgetAfter: sandbox.Duration(2 * time.Hour), WrongBy: sandbox.Duration(-24 * time.Hour), Skew: sandbox.Duration(40 * time.Minute),
		RetryAfter: sandbox.Duration(5 * time.Second), ErrorStatus: 504, ThrottleStatus: 503, RefuseStatus: 400, RefuseCode: "OrderException",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	for _, name := range sandbox.FaultNames() {
		if _, err := sandbox.ParseFaults(string(name) + "=1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadFaultsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"lost-answer":                    "want NAME=VALUE",
		"lost-answers=0.1":               `unknown fault "lost-answers"; want one of lost-request, lost-answer`,
		"lost-answers=next:1":            `unknown fault "lost-answers"`,
		"lost-answer=often":              `"often" is not a chance`,
		"lost-answer=1.5":                "want 0 to 1",
		"lost-answer=NaN":                "want 0 to 1",
		"lost-answer=next:0":             "want 1 or more",
		"lost-answer=next:x":             `"x" is not a number of requests`,
		"lost-answer=0.6,5xx-before=0.5": "add up to 1.1",
		"empty-body=0.6,broken-body=0.5": "add up to 1.1",
		"lost-answer+5xx-before=next:1":  "only one can happen",
		"lost-answer+read-5xx=next:1":    "of purchases only, or of reads only",
		"slow-by=fast":                   "invalid duration",
		"slow-by=-3s":                    "cannot be negative",
		"error-status=404":               "want 500 to 599",
		"error-status=x":                 "not an HTTP status",
		"throttle-status=500":            "want 429 or 503",
		"refuse-status=500":              "want 400 to 499",
	} {
		if _, err := sandbox.ParseFaults(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %q", text, err, want)
		}
	}
	if _, err := sandbox.ParseFaults("slow=0.9,late=0.9"); err != nil {
		t.Errorf("independent faults: got %v; want them accepted", err)
	}
}
