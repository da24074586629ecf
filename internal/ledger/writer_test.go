package ledger

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// someDay is a baseline.
func someDay() time.Time { return time.Date(2026, 12, 31, 8, 0, 0, 0, time.UTC) }

// opened opens a new ledger for the time of the test.
func opened(t *testing.T) *sqliteLedger {
	t.Helper()
	l, err := openSQLite(filepath.Join(t.TempDir(), "ledger.db"), SQLiteOptions{}, migrations())
	if err != nil {
		t.Fatalf("opening: got error %v; want none", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("closing: got error %v; want none", err)
		}
	})
	return l
}

// holdUp keeps the writer busy until the returned function is called.
func holdUp(t *testing.T, l *sqliteLedger) (release func()) {
	t.Helper()
	in, out := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.write.do(context.Background(), func(context.Context, *tx) error {
			close(in)
			<-out
			return nil
		})
	}()
	<-in
	return func() {
		close(out)
		if err := <-done; err != nil {
			t.Errorf("the write that held the others up: got error %v; want none", err)
		}
	}
}

func TestWritesThatWaitShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t)
		release := holdUp(t, l)
		before := l.write.commits.Load()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := l.Begin(t.Context(), RunInfo{}); err != nil {
					t.Errorf("a write: got error %v; want none", err)
				}
			})
		}
		synctest.Wait()
		release()
		all.Wait()
		if got := l.write.commits.Load() - before; got != 2 {
			t.Errorf("commits of 1 write and 100 behind it: got %d; want 2", got)
		}
	})
}

func TestACommitWaitsAMomentForMoreWritesAfterASharedOne(t *testing.T) {
	for _, tt := range []struct {
		pause time.Duration
		want  int
		took  time.Duration
	}{
		{0, 2, 0}, // the first, and the one that waits already
		{time.Millisecond, 3, time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &writer{waiting: make(chan *write)}
			var others sync.WaitGroup
			for _, after := range []time.Duration{0, 500 * time.Microsecond, time.Second} {
				others.Go(func() {
					time.Sleep(after)
					w.waiting <- &write{}
				})
			}
			synctest.Wait()
			began := time.Now()
			if got := len(w.gather(&write{}, tt.pause)); got != tt.want || time.Since(began) != tt.took {
				t.Errorf("with a pause of %v: got %d writes after %v; want %d after %v", tt.pause, got, time.Since(began), tt.want, tt.took)
			}
			for range 4 - tt.want {
				<-w.waiting
			}
			others.Wait()
		})
	}
}

func TestAWriteThatFailsIsUndoneAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t)
		release := holdUp(t, l)
		sour := errors.New("sour")
		results := make([]error, 9)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				results[i] = l.write.do(t.Context(), func(ctx context.Context, w *tx) error {
					_, err := w.exec(ctx, "INSERT INTO runs VALUES (?, '', '', '', '', 0, '', NULL)", i)
					if i%3 == 0 {
						err = sour
					}
					return err
				})
			})
		}
		synctest.Wait()
		release()
		all.Wait()
		for i, err := range results {
			if (i%3 == 0) != errors.Is(err, sour) || (i%3 != 0 && err != nil) {
				t.Errorf("write %d: got error %v; want every third one sour", i, err)
			}
		}
		n, err := readInt(t.Context(), l.readDB, "SELECT count(*) FROM runs")
		if err != nil || n != 6 {
			t.Errorf("rows: got %d, error %v; want 6", n, err)
		}
	})
}

func TestATransactionThatIsGoneFailsEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t)
		release := holdUp(t, l)
		results := make([]error, 5)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				results[i] = l.write.do(t.Context(), func(ctx context.Context, w *tx) error {
					if _, err := w.exec(ctx, "INSERT INTO runs VALUES (?, '', '', '', '', 0, '', NULL)", i); err != nil {
						return err
					}
					if i == 2 { // what a full disk does at times
						_, _ = w.exec(ctx, "ROLLBACK")
						return errors.New("sour")
					}
					return nil
				})
			})
		}
		synctest.Wait()
		release()
		all.Wait()
		n, err := readInt(t.Context(), l.readDB, "SELECT count(*) FROM runs")
		if err != nil {
			t.Fatal(err)
		}
		good := 0
		for _, err := range results {
			if err == nil {
				good++
			}
		}
		if good != n || n != 0 {
			t.Errorf("writes that were answered well: got %d, with %d rows on disk; want none", good, n)
		}
		if _, err := l.Begin(t.Context(), RunInfo{}); err != nil {
			t.Errorf("a write afterwards: got error %v; want none", err)
		}
	})
}

func TestAWriteWhoseCallerLeftIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t)
		release := holdUp(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		answers := make(chan error)
		for range 2 {
			go func() {
				answers <- l.write.do(ctx, func(context.Context, *tx) error { return errors.New("it was begun") })
			}()
		}
		synctest.Wait() // both wait for the writer
		cancel()
		for range 2 {
			if err := <-answers; !errors.Is(err, context.Canceled) {
				t.Errorf("a write whose caller left: got error %v; want %v", err, context.Canceled)
			}
		}
		release()
	})
}

func TestAWriteUnderWayIsFinishedThoughItsCallerLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t)
		ctx, cancel := context.WithCancel(t.Context())
		in, out, answer := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			answer <- l.write.do(ctx, func(ctx context.Context, w *tx) error {
				close(in)
				<-out
				_, err := w.exec(ctx, "INSERT INTO runs VALUES ('late', '', '', '', '', 0, '', NULL)")
				return err
			})
		}()
		<-in
		cancel()
		if err := <-answer; !errors.Is(err, context.Canceled) {
			t.Errorf("a write whose caller left: got error %v; want %v", err, context.Canceled)
		}
		close(out)
		if err := l.write.do(t.Context(), func(context.Context, *tx) error { return nil }); err != nil {
			t.Errorf("the next write: got error %v; want none", err)
		}
		if ids, err := readTexts(t.Context(), l.readDB, "SELECT id FROM runs"); err != nil || len(ids) != 1 {
			t.Errorf("what was written: got %q, error %v; want the row", ids, err)
		}
	})
}

func TestCloseWaitsForTheWriteUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t)
		release := holdUp(t, l)
		late := make(chan error, 1)
		go func() { late <- l.write.do(t.Context(), func(context.Context, *tx) error { return nil }) }()
		closed := make(chan error, 1)
		go func() { closed <- l.Close() }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("closing: got it done (error %v) before the write; want it to wait", err)
		default:
		}
		if err := <-late; !errors.Is(err, ErrClosed) {
			t.Errorf("the write that was still waiting: got error %v; want %v", err, ErrClosed)
		}
		release()
		if err := <-closed; err != nil {
			t.Errorf("closing: got error %v; want none", err)
		}
	})
}

func TestALedgerLivesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		var ledgers []Ledger
		for range 2 {
			l, err := OpenSQLite(path, SQLiteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			ledgers = append(ledgers, l)
		}
		began := time.Now()
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				r, err := ledgers[i%2].Begin(t.Context(), RunInfo{})
				if err != nil {
					t.Error(err)
					return
				}
				for n := range 10 {
					c := someClaim(strings.Repeat("x", n+1))
					if _, _, err := r.Claim(t.Context(), c); err != nil {
						t.Errorf("claiming: got error %v; want none", err)
					}
				}
				time.Sleep(time.Hour) // of the bubble's time
				if err := r.End(t.Context()); err != nil {
					t.Errorf("ending: got error %v; want none", err)
				}
			})
		}
		all.Wait()
		if got := time.Since(began); got != time.Hour {
			t.Errorf("the time that passed: got %v; want 1h0m0s", got)
		}
		recs, err := ledgers[0].Records(t.Context(), "")
		if err != nil || len(recs) != 10 {
			t.Errorf("the records: got %d, error %v; want 10", len(recs), err)
		}
		for _, l := range ledgers {
			if err := l.Close(); err != nil {
				t.Errorf("closing: got error %v; want none", err)
			}
		}
	}) // which fails if a goroutine is left
}
