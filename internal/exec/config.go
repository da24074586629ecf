package exec

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// Defaults of Config.
const (
	DefaultParallelism   = 8
	DefaultRate          = 10.0 // requests per second and host; no limit is documented (bce-api §9)
	DefaultVerifyTimeout = 10 * time.Minute
	// AsyncExtra is added to the settle time of kinds that renew asynchronously.
	AsyncExtra = 10 * time.Minute
	// Freshness is how old a look may be when the request leaves, design §6.2.
	Freshness = 15 * time.Second

	readTimeout = 15 * time.Second
)

// Cloud is what exec needs of the cloud; *bce.Client is one.
type Cloud interface {
	Query(ctx context.Context, q bce.Query) bce.Page
	Renew(ctx context.Context, r bce.Renewal) bce.Answer
	Host(region string, k bce.Kind) string
	SignatureLife() time.Duration
}

// Config is what a run works with. Cloud and CloudName are required; Observe
// works without a ledger, Run does not.
type Config struct {
	Cloud     Cloud
	CloudName string // as in plan files: "baidubce.com", the endpoint, or "sandbox"
	Ledger    ledger.Ledger
	// Parallelism is how many requests that may buy are under way at once, and
	// how many looks at each host; 0 means DefaultParallelism.
	Parallelism int
	// Rate is the limit in requests per second and host; 0 means DefaultRate.
	Rate float64
	// VerifyTimeout is how long to look for an accepted renewal's new expiry; 0
	// means DefaultVerifyTimeout.
	VerifyTimeout time.Duration
	// SettleTimeout is how long after a send with an unknown outcome an unmoved
	// expiry starts to mean that it did not arrive; 0 means the signature's life
	// plus one minute, and AsyncExtra more for asynchronous kinds.
	SettleTimeout time.Duration
	NoResend      bool // never send a row again whose outcome is unknown
	FailFast      bool // stop at the first row that is not renewed
	// Progress is told how far the run is, from one goroutine at a time; may be nil.
	Progress func(plan.Progress)
	Logger   *slog.Logger    // nil is silent
	Who      string          // user@host, for the ledger
	Stop     <-chan struct{} // closed at the first interrupt: no new sends; may be nil
	// Ready is closed when requests that buy may leave; nil is ready. Rows are looked
	// at before, and again if that took too long.
	Ready <-chan struct{}
}

func (c Config) withDefaults() Config {
	if c.Parallelism <= 0 {
		c.Parallelism = DefaultParallelism
	}
	if c.Rate <= 0 {
		c.Rate = DefaultRate
	}
	if c.VerifyTimeout <= 0 {
		c.VerifyTimeout = DefaultVerifyTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Ready == nil {
		ready := make(chan struct{})
		close(ready)
		c.Ready = ready
	}
	return c
}

// DefaultSettleTimeout is the settle timeout of a kind where none is given.
func DefaultSettleTimeout(signatureLife time.Duration, k bce.Kind) time.Duration {
	d := signatureLife + time.Minute
	if k.Async {
		d += AsyncExtra
	}
	return d
}

func (c Config) settleTimeout(k bce.Kind) time.Duration {
	if c.SettleTimeout > 0 {
		return c.SettleTimeout
	}
	return DefaultSettleTimeout(c.Cloud.SignatureLife(), k)
}

// Report is what became of a plan.
type Report struct {
	Run         string        // the run's id in the ledger
	Results     []plan.Result // the rows to renew, in the plan's order
	Stopped     string        // why the run stopped early; "" if it did not
	Account     bool          // it stopped because the cloud refuses the account
	Interrupted bool
	Requests    int // sent to the cloud, reads included
}

// AccountError says that the cloud refused the account, not one resource: a
// wrong key, no permission, a service that is not opened.
type AccountError struct{ Err error }

// Error names the cloud's answer.
func (e *AccountError) Error() string { return "the cloud refuses the account: " + e.Err.Error() }

// Unwrap gives the *bce.Error.
func (e *AccountError) Unwrap() error { return e.Err }

// problem is what kind of trouble a read had; bce.Other for anything unknown.
func problem(err error) bce.Problem {
	if be, ok := errors.AsType[*bce.Error](err); ok {
		return be.Problem
	}
	return bce.Other
}

func isNotFound(err error) bool { return problem(err) == bce.NotFound }
