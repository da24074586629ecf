package ledger_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"renewplan/internal/ledger"
)

// The tests need processes that can be killed: this test program itself, run
// again with a word that says what to do.
const childVariable = "RENEWPLAN_LEDGER_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(childMain(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// child prepares a process that does one of the jobs of childMain.
func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stderr = os.Stderr
	return cmd
}

// childMain does a job on a ledger. It prints a line at each event that its parent
// waits for, and reads a line where it waits for its parent.
func childMain(args []string) int {
	job, path := args[0], args[1]
	numbers := make([]int, len(args)-2)
	for i, a := range args[2:] {
		numbers[i], _ = strconv.Atoi(a)
	}
	err := func() error {
		l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
		if err != nil {
			return err
		}
		defer l.Close()
		ctx := context.Background()
		r, err := l.Begin(ctx, ledger.RunInfo{Cloud: "baidubce.com", Who: "child@desk"})
		if err != nil {
			return err
		}
		switch job {
		case "open":
			return nil
		case "hold": // claims, sends, and stays until it is killed
			return childHold(ctx, r, numbers[0])
		case "intend": // intends one try after the other until it is killed
			return childIntend(ctx, r)
		case "claim": // claims all it can get, and ends in good order when told to
			return childClaim(ctx, r, numbers[0])
		}
		return fmt.Errorf("there is no job %q", job)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

func childHold(ctx context.Context, r ledger.Run, keys int) error {
	for n := range keys {
		if _, owned, err := r.Claim(ctx, claimOf(n)); err != nil || !owned {
			return fmt.Errorf("claiming %d: owned %t, %w", n, owned, err)
		}
		if n%2 == 1 { // the even ones stay claimed
			if err := r.Intend(ctx, key(n), ledger.Try{Number: 1}); err != nil {
				return err
			}
		}
	}
	fmt.Println(r.ID())
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func childIntend(ctx context.Context, r ledger.Run) error {
	for n := 0; ; n++ {
		if _, owned, err := r.Claim(ctx, claimOf(n)); err != nil || !owned {
			return fmt.Errorf("claiming %d: owned %t, %w", n, owned, err)
		}
		if err := r.Intend(ctx, key(n), ledger.Try{Number: 1}); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func childClaim(ctx context.Context, r ledger.Run, keys int) error {
	stdin := bufio.NewReader(os.Stdin)
	fmt.Println("ready")
	if _, err := stdin.ReadString('\n'); err != nil {
		return err
	}
	for n := range keys {
		_, owned, err := r.Claim(ctx, claimOf(n))
		if err != nil {
			return err
		}
		if owned {
			fmt.Println(n)
		}
	}
	fmt.Println("done")
	if _, err := io.Copy(io.Discard, stdin); err != nil { // alive until all are done
		return err
	}
	return r.End(ctx)
}
