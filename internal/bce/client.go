package bce

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Errors of New that callers may test for with errors.Is.
var (
	// ErrInsecureEndpoint: the endpoint is neither https nor http to loopback.
	ErrInsecureEndpoint = errors.New("insecure endpoint")
	// ErrBadEndpoint: the endpoint is not a plain base URL.
	ErrBadEndpoint = errors.New("the endpoint is not a plain base URL")
)

const (
	// DefaultTimeout bounds one request where Config.Timeout is 0.
	DefaultTimeout = 30 * time.Second

	// A signature outlives its request's time-out by signatureSlack, so that the
	// answer to a slow request is not "expired", and dies soon after, so that a
	// delayed request cannot buy. It never lives longer than maxSignatureLife.
	signatureSlack   = 30 * time.Second
	maxSignatureLife = 120 * time.Second

	// Domain is the cloud's, and its name in plans.
	Domain = "baidubce.com"
)

// Config is what a Client is made of.
type Config struct {
	// Endpoint is one base URL for every service, such as a gateway or a
	// sandbox; a base path is kept. "" means https://SERVICE.REGION.baidubce.com.
	Endpoint    string
	Credentials Credentials
	// Transport sends the requests; nil means an own one: HTTP/1.1, time-outs on
	// dial and TLS besides Timeout. Redirects are followed with neither.
	Transport http.RoundTripper
	Timeout   time.Duration // of one request, its answer's body included; 0 means DefaultTimeout
	Logger    *slog.Logger  // debug lines; nil is silent
	UserAgent string        // "" means "renewplan"
}

// Client talks to the cloud. Safe for concurrent use.
type Client struct {
	base      *url.URL           // nil for the cloud itself
	creds     func() Credentials // a function: no verb of fmt can look into one
	transport http.RoundTripper
	own       bool // transport is ours, so that its traces can be relied upon
	timeout   time.Duration
	log       *slog.Logger
	agent     string
	clock     clock
}

// New makes a client. The error is ErrInsecureEndpoint, ErrBadEndpoint or
// ErrNoCredentials, or says which part of the credentials cannot be used.
// Nothing is sent.
func New(cfg Config) (*Client, error) {
	base, err := parseEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if err := cfg.Credentials.check(); err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("time-out %v: want more than 0", cfg.Timeout)
	}
	c := &Client{
		base:      base,
		creds:     func() Credentials { return cfg.Credentials },
		transport: cfg.Transport,
		timeout:   cfg.Timeout,
		log:       cfg.Logger,
		agent:     stripControls(cfg.UserAgent),
		clock:     clock{now: time.Now},
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.agent == "" {
		c.agent = "renewplan"
	}
	if c.transport == nil {
		c.transport, c.own = newTransport(), true
	}
	return c, nil
}

func (c *Client) now() time.Time { return c.clock.now() }

// Host returns host[:port] that requests for kind k in region go to: the key
// for rate limiters.
func (c *Client) Host(region string, k Kind) string {
	if c.base != nil {
		return c.base.Host
	}
	return k.Service + "." + region + "." + Domain
}

// Cloud names the cloud: "baidubce.com", or the endpoint in normal form
// (scheme and host in lower case, no default port, no trailing slash).
func (c *Client) Cloud() string {
	if c.base != nil {
		return c.base.String()
	}
	return Domain
}

// SignatureLife is how long a signature is valid: the time-out of a request
// plus 30 s, in whole seconds, and at most 120 s.
func (c *Client) SignatureLife() time.Duration {
	life := c.timeout + signatureSlack
	if rest := life % time.Second; rest != 0 {
		life += time.Second - rest
	}
	return min(life, maxSignatureLife)
}

// String names the client by its cloud.
func (c *Client) String() string { return "bce.Client of " + c.Cloud() }
