package bce

import (
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// Errors of New that callers may test for with errors.Is.
var (
	// ErrInsecureEndpoint: the endpoint is neither https nor http to loopback.
	ErrInsecureEndpoint = errors.New("insecure endpoint")
	// ErrBadEndpoint: the endpoint is not a plain base URL.
	ErrBadEndpoint = errors.New("not a plain base URL")
)

// DefaultTimeout bounds one request where Config.Timeout is 0.
const DefaultTimeout = 30 * time.Second

// Config is what a Client is made of.
type Config struct {
	// Endpoint is one base URL for every service, such as a gateway or a
	// sandbox; a base path is kept. "" means https://SERVICE.REGION.baidubce.com.
	Endpoint    string
	Credentials Credentials
	// Transport sends the requests; nil means an own one: HTTP/1.1, time-outs on
	// dial, TLS and headers. Redirects are followed with neither.
	Transport http.RoundTripper
	Timeout   time.Duration // of one request, its answer's body included; 0 means DefaultTimeout
	Logger    *slog.Logger  // debug lines; nil is silent
	UserAgent string        // "" means "renewplan"
}

// Client talks to the cloud. Safe for concurrent use.
type Client struct {
	timeout time.Duration
}

// New is not built yet.
func New(cfg Config) (*Client, error) { return nil, errors.New("not built yet") }

// Host returns host[:port] that requests for kind k in region go to: the key
// for rate limiters.
func (c *Client) Host(region string, k Kind) string { return "" }

// Cloud names the cloud: "baidubce.com", or the endpoint in normal form
// (scheme and host in lower case, no default port, no trailing slash).
func (c *Client) Cloud() string { return "" }

// SignatureLife is how long a signature is valid: the time-out of a request
// plus 30 s, in whole seconds, and at most 120 s.
func (c *Client) SignatureLife() time.Duration { return 0 }
