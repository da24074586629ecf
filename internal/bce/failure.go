package bce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// attempt is what is known of a request when it fails.
type attempt struct {
	ctx       context.Context // the caller's
	limited   context.Context // with the client's time-out
	began     time.Time
	host      string
	connected bool // a connection was got, or may have been
}

// failure says why an exchange failed, in plain words that are safe to show.
// Errors of the network are not kept: they may repeat what was received. The
// caller's own deadline or cancellation stays visible to errors.Is, and no other does.
func (c *Client) failure(a attempt, err error) error {
	switch {
	case errors.Is(a.ctx.Err(), context.DeadlineExceeded):
		within := c.timeout
		if deadline, ok := a.ctx.Deadline(); ok {
			within = deadline.Sub(a.began)
		}
		return &deadlineError{a.tooLate(within), a.ctx.Err()}
	case a.ctx.Err() != nil:
		return a.ctx.Err()
	case a.limited.Err() != nil:
		return errors.New(a.tooLate(c.timeout))
	case errors.Is(err, errTooLong):
		return errTooLong
	case isNoHost(err):
		return &noHostError{c.clean(c.askAboutHost(err, a.host))}
	}
	return errors.New(c.clean(a.inWords(err)))
}

// deadlineError is the end of a request that the caller's deadline brought about.
type deadlineError struct {
	text string
	err  error
}

func (e *deadlineError) Error() string { return e.text }
func (e *deadlineError) Unwrap() error { return e.err }

// noHostError says that a host does not exist: another try would find the same.
type noHostError struct{ text string }

func (e *noHostError) Error() string { return e.text }

func (a attempt) tooLate(within time.Duration) string {
	what := "no answer"
	if !a.connected {
		what = "no connection to " + a.host
	}
	return fmt.Sprintf("%s within %v", what, within.Round(10*time.Millisecond))
}

// inWords says what an error of the network means; the words of the system
// stand behind a colon.
func (a attempt) inWords(err error) string {
	host := a.host
	var (
		plain, isPlain         = errors.AsType[tls.RecordHeaderError](err)
		untrusted, isUntrusted = errors.AsType[*tls.CertificateVerificationError](err)
		dns, isDNS             = errors.AsType[*net.DNSError](err)
		op, isOp               = errors.AsType[*net.OpError](err)
		timeout, isTimeout     = errors.AsType[net.Error](err)
	)
	switch {
	case isPlain && string(plain.RecordHeader[:]) == "HTTP/":
		return host + " speaks http and not https"
	case isPlain:
		return host + " does not speak https: " + plain.Msg
	case isUntrusted:
		return "the certificate of " + host + " cannot be trusted: " + untrusted.Err.Error()
	case isDNS:
		return "the address of " + dns.Name + " could not be found out: " + dns.Err
	case isOp && op.Op == "dial":
		return "no connection to " + dialled(op, host) + ": " + cause(op)
	case isOp && op.Op == "proxyconnect":
		return "no connection to the proxy " + dialled(op, "of the environment") + ": " + cause(op)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return a.ended("closed")
	case errors.Is(err, syscall.ECONNRESET):
		return a.ended("reset")
	case errors.Is(err, syscall.EPIPE):
		return "the connection was closed before the request was sent"
	case isTimeout && timeout.Timeout():
		return "no connection to " + host + ": it took too long"
	}
	return err.Error()
}

// ended says when a connection ended: the handshake of TLS is before there is one.
func (a attempt) ended(how string) string {
	if !a.connected {
		return "no connection to " + a.host + ": it was " + how + " in the handshake"
	}
	return "the connection was " + how + " before the answer was complete"
}

// dialled is what was dialled, if it is known.
func dialled(op *net.OpError, otherwise string) string {
	if inner, ok := errors.AsType[*net.OpError](op.Err); ok {
		return dialled(inner, otherwise)
	}
	if op.Addr == nil {
		return otherwise
	}
	return op.Addr.String()
}

// cause is the innermost reason why no connection was made.
func cause(op *net.OpError) string {
	if op.Timeout() {
		return "it took too long"
	}
	if call, ok := errors.AsType[*os.SyscallError](op.Err); ok {
		return call.Err.Error()
	}
	if inner, ok := errors.AsType[*net.OpError](op.Err); ok {
		return cause(inner)
	}
	return op.Err.Error()
}

// isNoHost reports whether an error says that a host does not exist.
func isNoHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

// askAboutHost names a host that does not exist, and asks what may be wrong.
func (c *Client) askAboutHost(err error, host string) string {
	name := host
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.Name != "" {
		name = strings.TrimSuffix(dns.Name, ".")
	}
	text := "there is no host " + name
	_, region, _ := strings.Cut(strings.TrimSuffix(host, "."+Domain), ".")
	switch {
	case c.base == nil && name != host: // a proxy's
		return text
	case c.base != nil:
		return text + ": is the endpoint right?"
	case region == "", slices.Contains(KnownRegions(), region):
		return text + ": is this machine online?"
	}
	return text + ": is the region " + strconv.Quote(region) + " right?"
}

// isDialError reports whether err says that no connection was made.
func isDialError(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
