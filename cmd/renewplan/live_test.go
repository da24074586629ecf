package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

func TestALiveLineIsErasedBeforeAnythingElseIsWritten(t *testing.T) {
	const erase = "\r\x1b[K"
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"a message", []string{"\rread 1/2\x1b[K", "level=INFO\n"}, "\rread 1/2" + "\x1b[K" + erase + "level=INFO\n"},
		{"two messages", []string{"\ra\x1b[K", "b\n", "c\n"}, "\ra\x1b[K" + erase + "b\nc\n"},
		{"a redraw", []string{"\ra\x1b[K", "\rb\x1b[K"}, "\ra\x1b[K\rb\x1b[K"},
		{"its end", []string{"\ra\x1b[K", "\n", "b\n"}, "\ra\x1b[K\nb\n"},
		{"its erasure", []string{"\ra\x1b[K", erase, "b\n"}, "\ra\x1b[K" + erase + "b\n"},
		{"all at once", []string{"\ra\x1b[Kb\nc\n\rd\x1b[K\ne\n"}, "\ra\x1b[K" + erase + "b\nc\n\rd\x1b[K\ne\n"},
		{"no live line", []string{"a\n", "", "b\n"}, "a\nb\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			s := &screen{w: &b}
			for _, w := range tt.writes {
				if n, err := s.Write([]byte(w)); n != len(w) || err != nil {
					t.Errorf("got %d, %v; want %d and no error", n, err, len(w))
				}
			}
			if b.String() != tt.want {
				t.Errorf("got %q; want %q", b.String(), tt.want)
			}
		})
	}
}

func TestPlanAtATerminalShowsAndErasesHowManyAreRead(t *testing.T) {
	for _, args := range [][]string{
		{"plan", "--sandbox", "spec.json"},
		{"plan", "--sandbox", "-v", "spec.json"},
		{"plan", "--sandbox", "--check", "a.plan.json"},
		{"apply", "--sandbox", "--auto-approve", "spec.json"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Chdir(t.TempDir())
			const spec = `{"region": "bj", "reservations": {"m": {"length": 1}}, "resources": {"vpn": {"vpn-1": {"reservation": "m"}, "vpn-2": {"reservation": "m"}}}}`
			if err := os.WriteFile("spec.json", []byte(spec), 0o666); err != nil {
				t.Fatal(err)
			}
			if got := run(t.Context(), atTerminal(new(bytes.Buffer)), []string{"plan", "--sandbox", "--out", "a.plan.json", "spec.json"}); got != statusDone {
				t.Fatalf("planning: got exit status %d; want 0", got)
			}
			var screen bytes.Buffer
			if got := run(t.Context(), atTerminal(&screen), args); got != statusDone {
				t.Fatalf("got exit status %d; want 0\n%s", got, &screen)
			}
			text := screen.String()
			if !strings.Contains(text, "\rread 0/2, 0s elapsed\x1b[K") {
				t.Errorf("got %q; want a line of how many are read", text)
			}
			for line := range strings.SplitSeq(text, "\n") {
				if at := strings.LastIndex(line, "\rread "); at >= 0 && !strings.Contains(line[at:], eraseLine) {
					t.Errorf("got %q; want what is read erased before anything else is written", line)
				}
			}
		})
	}
}

// atTerminal is a process whose stdout and stderr are on one screen.
func atTerminal(on *bytes.Buffer) *process {
	return &process{
		stdin: strings.NewReader(""), stdout: on, stderr: newMessages(&screen{w: on}),
		stdoutTerminal: true, stderrTerminal: true, stdoutWidth: func() int { return 80 }, stderrWidth: func() int { return 80 },
		getenv: func(string) string { return "" }, home: func() string { return "" }, who: func() string { return "test@host" },
		now:           time.Now,
		signals:       func() (<-chan os.Signal, func()) { return make(chan os.Signal), func() {} },
		ignoreSIGPIPE: func() {}, exit: os.Exit,
	}
}
