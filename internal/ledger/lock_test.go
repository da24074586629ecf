package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// locksIn makes two views of one folder of run locks, as two processes have them.
func locksIn(t *testing.T) (one, two *runLocks) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "runs")
	return newRunLocks(dir, "desk", false), newRunLocks(dir, "desk", false)
}

// take takes a lock and fails the test if that does not work.
func take(t *testing.T, d *runLocks) (string, *flock.Flock) {
	t.Helper()
	run, lock, err := d.take(time.Now())
	if err != nil {
		t.Fatalf("taking a lock: got error %v; want none", err)
	}
	return run, lock
}

func TestARunLivesAsLongAsItsLockIsHeld(t *testing.T) {
	one, two := locksIn(t)
	run, lock := take(t, one)
	for range 2 {
		if !one.live(run, "desk") || !two.live(run, "desk") {
			t.Error("a run that holds its lock: got it dead; want alive")
		}
	}
	one.release(run, lock)
	if one.live(run, "desk") || two.live(run, "desk") {
		t.Error("a run that released its lock: got it alive; want dead")
	}
	if _, err := os.Stat(one.file(run)); !os.IsNotExist(err) {
		t.Errorf("its lock file: got error %v; want it gone", err)
	}
}

func TestARunThatVanishedIsDeadWhetherOrNotItsFileIsLeft(t *testing.T) {
	one, two := locksIn(t)
	run, lock := take(t, one)
	if err := lock.Unlock(); err != nil { // as the system does when a process ends
		t.Fatal(err)
	}
	if two.live(run, "desk") {
		t.Error("with its lock file: got it alive; want dead")
	}
	two.sweep()
	if _, err := os.Stat(one.file(run)); !os.IsNotExist(err) {
		t.Errorf("its lock file, swept: got error %v; want it gone", err)
	}
	if newRunLocks(one.dir, "desk", false).live(run, "desk") {
		t.Error("without its lock file: got it alive; want dead")
	}
}

func TestTwoThatLookDoNotTakeEachOtherForTheRun(t *testing.T) {
	one, two := locksIn(t)
	run, lock := take(t, one)
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	looking := flock.New(one.file(run))
	if ok, err := looking.TryRLock(); err != nil || !ok {
		t.Fatalf("looking: got %t, error %v; want it free", ok, err)
	}
	defer func() { _ = looking.Unlock() }()
	if two.live(run, "desk") {
		t.Error("while another one looks: got it alive; want dead")
	}
}

func TestSweepingTakesNoLivingRunsFile(t *testing.T) {
	one, two := locksIn(t)
	var all sync.WaitGroup
	stop := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				two.sweep()
			}
		}
	})
	for range 200 {
		run, lock := take(t, one)
		if !two.live(run, "desk") {
			t.Error("a run that has just begun: got it dead; want alive")
		}
		if _, err := os.Stat(lock.Path()); err != nil {
			t.Errorf("its lock file: got error %v; want it there", err)
		}
		one.release(run, lock)
	}
	close(stop)
	all.Wait()
}

func TestALockThatCannotBeLookedAtIsHeld(t *testing.T) {
	one, _ := locksIn(t)
	if err := os.MkdirAll(one.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	loop := one.file("loop") // a link to itself cannot be opened by anyone
	if err := os.Symlink(loop, loop); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if !one.live("loop", "desk") {
		t.Error("in doubt: got it dead; want alive")
	}
}

func TestOnANetworkAFreeLockOfAnotherHostProvesNothing(t *testing.T) {
	here, _ := locksIn(t)
	network := newRunLocks(here.dir, "desk", true)
	run, lock := take(t, here)
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if !network.live(run, "elsewhere") {
		t.Error("a free lock of another host's run: got it dead; want taken for alive")
	}
	network.sweep()
	if _, err := os.Stat(here.file(run)); err != nil {
		t.Errorf("its lock file, swept on a network: got error %v; want it there", err)
	}
	if newRunLocks(here.dir, "desk", false).live(run, "elsewhere") {
		t.Error("the same on a local disk, as from a container: got it alive; want dead")
	}
	if err := os.Remove(here.file(run)); err != nil {
		t.Fatal(err)
	}
	if network.live(run, "elsewhere") {
		t.Error("once its lock file is removed: got it alive; want dead")
	}
	own, lock := take(t, network)
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if newRunLocks(here.dir, "desk", true).live(own, "desk") {
		t.Error("a free lock of this host's run: got it alive; want dead")
	}
}

func TestRunIDsDiffer(t *testing.T) {
	now := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	a, b := newRunID(now), newRunID(now)
	if a == b || !strings.HasPrefix(a, "20261122T010203Z-") {
		t.Errorf("two ids of one second: got %q and %q; want two that begin with the time", a, b)
	}
}
