package sandbox_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

// reopen closes a sandbox and opens it again from its file.
func reopen(t *testing.T, s *sandbox.Sandbox, cfg sandbox.Config) (*sandbox.Sandbox, *caller) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, cfg)
	return s, inProcess(s)
}

func TestTheFileKeepsResourcesTokensChargesAndTheClock(t *testing.T) {
	cfg := sandbox.Config{File: filepath.Join(t.TempDir(), "new", "sandbox.json"), InstanceDelay: time.Hour}
	s := open(t, cfg)
	c := inProcess(s)
	first := c.do(t, renewal("instance", "t", "1"))
	wantAnswer(t, first, http.StatusOK, "")
	s.Advance(30 * time.Minute)
	charges := s.Charges()

	cfg.Fleet = append(fleet(), sandbox.Resource{Region: "bj", Kind: "vpn", ID: "vpn-2", Expiry: soon})
	s, c = reopen(t, s, cfg)
	c.now = day.Add(30 * time.Minute)
	if diff := cmp.Diff(charges, s.Charges()); diff != "" {
		t.Errorf("charges (-want +got):\n%s", diff)
	}
	if again := c.do(t, renewal("instance", "t", "1")); again.body != first.body {
		t.Errorf("got %q for the same token; want the first answer %q", again.body, first.body)
	}
	wantAnswer(t, c.do(t, renewal("instance", "t", "2")), http.StatusForbidden, "IdempotentParameterMismatch")
	wantCharges(t, s, 1)
	if got := c.expiry(t, "instance"); !got.Equal(soon) {
		t.Errorf("got expiry %s; want the old one until the delay is over", got)
	}
	wantAnswer(t, c.do(t, request{line: "GET /v1/vpn/vpn-2"}), http.StatusOK, "")
	later(s, c, 30*time.Minute)
	if got, want := c.expiry(t, "instance"), charges[0].After; !got.Equal(want) {
		t.Errorf("got expiry %s after the delay; want %s", got, want)
	}
}

func TestAChargeIsInTheFileBeforeItIsAnswered(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sandbox.json")
	s := open(t, sandbox.Config{File: file, Faults: script(once(sandbox.LostAnswer))})
	c := inProcess(s)
	c.do(t, renewal("vpn", "token-of-a-lost-answer", "1"))
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "token-of-a-lost-answer") {
		t.Errorf("got %v, %s; want the charge on disk", err, text)
	}
}

func TestManyPurchasesAtOnceAreAllOnDisk(t *testing.T) {
	var rs []sandbox.Resource
	for i := range 64 {
		rs = append(rs, sandbox.Resource{Region: "bj", Kind: "vpn", ID: fmt.Sprint("vpn-", i), Expiry: soon})
	}
	cfg := sandbox.Config{File: filepath.Join(t.TempDir(), "sandbox.json"), Fleet: rs}
	s := open(t, cfg)
	c := inProcess(s)
	var wait sync.WaitGroup
	for i := range rs {
		wait.Go(func() {
			in := renewal("vpn", fmt.Sprint("t", i), "1")
			in.line = strings.Replace(in.line, "vpn-1?", rs[i].ID+"?", 1)
			if got := c.do(t, in); got.status != http.StatusOK {
				t.Errorf("got %d %s; want 200", got.status, got.body)
			}
		})
	}
	wait.Wait()
	s, _ = reopen(t, s, cfg)
	wantCharges(t, s, len(rs))
}

func TestTheFileBelongsToOneProcessAtATime(t *testing.T) {
	cfg := sandbox.Config{File: filepath.Join(t.TempDir(), "sandbox.json")}
	s := open(t, cfg)
	if _, err := sandbox.New(cfg); err == nil || !strings.Contains(err.Error(), cfg.File+" is in use by another process") {
		t.Errorf("got %v; want that the file is in use", err)
	}
	reopen(t, s, cfg)
}

func TestABrokenFileIsRefusedAndLeftAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sandbox.json")
	s := open(t, sandbox.Config{File: file})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, replacement string) string {
		t.Helper()
		if !strings.Contains(string(whole), old) {
			t.Fatalf("the state file has no %s", old)
		}
		return strings.Replace(string(whole), old, replacement, 1)
	}
	for name, text := range map[string]string{
		"cut short":        string(whole[:len(whole)/2]),
		"empty":            "",
		"garbage":          "\x00\x01\x02",
		"more behind it":   string(whole) + "{}",
		"another version":  replace(`"version":1`, `"version":2`),
		"unknown field":    replace(`"version":1`, `"version":1,"x":1`),
		"another kind":     replace(`"kind":"vpn"`, `"kind":"vpm"`),
		"a resource twice": replace(`"kind":"vpn","id":"vpn-1"`, `"kind":"nat","id":"nat-1"`),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := sandbox.New(sandbox.Config{File: file, Fleet: fleet()})
			if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "to start afresh, remove it") {
				t.Errorf("got %v; want the file's name and what helps", err)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != text {
				t.Errorf("got the file changed to %q, %v; want it left alone", got, err)
			}
		})
	}
	// The lock is free again after each of these.
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, sandbox.Config{File: file})
}

func TestAPurchaseThatCannotBeSavedIsNotCalledASuccess(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sub", "sandbox.json")
	s, err := sandbox.New(sandbox.Config{File: file, Fleet: fleet(), Now: clockAt(day)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	got := inProcess(s).do(t, renewal("vpn", "t", "1"))
	wantAnswer(t, got, http.StatusInternalServerError, "InternalError")
	if err := s.Close(); err == nil {
		t.Error("got nil from Close; want that the state could not be written")
	}
}
