package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// scriptCommands are the commands that scripts have beside testscript's own;
// TestScripts says what they do.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":     cmdExits,
	"sandbox":   cmdSandbox,
	"charges":   cmdCharges,
	"purchases": cmdPurchases,
	"requests":  cmdRequests,
	"post":      cmdPost,
	"webserver": cmdWebserver,
	"edit":      cmdEdit,
	"redigest":  cmdRedigest,
	"nowhere":   cmdNowhere,
	"day":       cmdDay,
	"await":     cmdAwait,
	"start":     cmdStart,
	"signal":    cmdSignal,
	"ends":      cmdEnds,
}

// usage fails the script if a command was called in another way than its usage says.
func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "exits STATUS program [args...]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*osexec.ExitError](err)
		if !ok {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("got exit status %d; want %d", got, want)
	}
}

func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg, "sandbox [flags and SPEC...]")
	ctx, cancel := context.WithCancel(context.Background())
	path, err := osexec.LookPath("renewplan")
	ts.Check(err)
	cmd := osexec.CommandContext(ctx, path, append([]string{"sandbox"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = scriptEnv(ts)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		cancel()
		err = errors.Join(err, cmd.Wait())
		ts.Fatalf("starting the sandbox: %v\n%s", err, stderr.String())
	}
	ts.Defer(func() {
		cancel()
		if err := cmd.Wait(); err == nil {
			ts.Logf("the sandbox ended by itself: %s", stderr.String())
		}
	})
	url := strings.TrimSpace(line)
	ts.Setenv("SANDBOX", url)
	ts.Setenv("SANDBOX_HOST", strings.TrimPrefix(url, "http://"))
	ts.Setenv("BCE_ACCESS_KEY_ID", sandbox.AccessKeyID)
	ts.Setenv("BCE_SECRET_ACCESS_KEY", sandbox.SecretAccessKey)
}

// ask sends a request to the script's sandbox and returns the body of the answer.
func ask(ts *testscript.TestScript, method, path, body string) []byte {
	url := ts.Getenv("SANDBOX")
	if url == "" {
		ts.Fatalf("there is no sandbox; start one with: sandbox SPEC")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	ts.Check(err)
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	return text
}

func cmdCharges(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "charges N")
	var charges []sandbox.Charge
	ts.Check(json.Unmarshal(ask(ts, http.MethodGet, "/sandbox/charges", ""), &charges))
	for _, c := range charges {
		fmt.Fprintf(ts.Stdout(), "%s %s %s %dm %s %s\n", c.Region, c.Kind, c.ID, c.Months,
			c.Before.Format(time.RFC3339), c.After.Format(time.RFC3339))
	}
	if got := strconv.Itoa(len(charges)); got != args[0] {
		ts.Fatalf("got %s charges; want %s", got, args[0])
	}
}

func cmdPurchases(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "purchases N")
	if got := strconv.Itoa(counts(ts).Purchases); got != args[0] {
		ts.Fatalf("got %s requests to buy; want %s", got, args[0])
	}
}

func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "requests N")
	c := counts(ts)
	if got := strconv.Itoa(c.Purchases + c.Reads + c.Rejected); got != args[0] {
		ts.Fatalf("got %s requests (%+v); want %s", got, c, args[0])
	}
}

// counts is how many requests arrived at the script's sandbox.
func counts(ts *testscript.TestScript) (c sandbox.Counts) {
	ts.Check(json.Unmarshal(ask(ts, http.MethodGet, "/sandbox/requests", ""), &c))
	return c
}

func cmdPost(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "post PATH JSON")
	ask(ts, http.MethodPost, args[0], args[1])
}

func cmdWebserver(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "webserver STATUS FILE")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	body := ts.ReadFile(args[1])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body) // the client may be gone, which is its business
	}))
	ts.Defer(server.Close)
	ts.Setenv("WEBSERVER", server.URL)
}

func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "edit FILE OLD NEW")
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("got %q %d times in %s; want it once", args[1], n, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o666))
}

// digestLine is the line of a plan file that holds its own digest.
var digestLine = regexp.MustCompile(`(?m)^  "digest": "([0-9a-f]*)"(,?)$`)

func cmdRedigest(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "redigest FILE")
	text := ts.ReadFile(args[0])
	if len(digestLine.FindAllString(text, -1)) != 1 {
		ts.Fatalf("%s has not exactly one line with its digest", args[0])
	}
	sum := sha256.Sum256([]byte(digestLine.ReplaceAllString(text, `  "digest": ""$2`)))
	text = digestLine.ReplaceAllString(text, `  "digest": "`+hex.EncodeToString(sum[:])+`"$2`)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// cmdNowhere looks into files as they are, whatever their format.
func cmdNowhere(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2 && args[0] != "", "nowhere PATTERN FILE|FOLDER...")
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	files := 0
	for _, arg := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(arg), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			files++
			text, err := os.ReadFile(path)
			if found := pattern.Find(text); found != nil {
				ts.Fatalf("got %q in %s; want it nowhere", found, path)
			}
			return err
		}))
	}
	if files == 0 {
		ts.Fatalf("got no files in %q; want some to look into", args[1:])
	}
}

func cmdDay(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && (len(args) == 2 || len(args) == 3), "day +N|-N [+Mm] NAME")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	months := 0
	if len(args) == 3 {
		months, err = strconv.Atoi(strings.TrimSuffix(args[1], "m"))
		ts.Check(err)
	}
	day := plan.AddMonths(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, n), months)
	ts.Setenv(args[len(args)-1], day.Format(time.DateOnly))
}
