package bce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// idlePerHost is how many idle connections to one host are kept: as many as
// the largest sensible parallelism, so that no request pays for a handshake.
const idlePerHost = 128

// newTransport makes the client's own transport. It is used through RoundTrip
// alone, so that no redirect is ever followed, and speaks HTTP/1.1 only: there,
// one request is one exchange on one connection, and whether a connection was
// ever got is known. What follows the handshake, headers and body, is bounded
// by the request's context.
func newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  proxyFromEnvironment,
		OnProxyConnectResponse: proxyAgrees,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		// Servers close idle connections too. A renewal that meets a closing
		// connection ends unknown and costs minutes to settle, so ours go first.
		IdleConnTimeout:        20 * time.Second,
		MaxIdleConnsPerHost:    idlePerHost,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // an answer is read as it was sent
		Protocols:              &protocols,
	}
}

// proxyFromEnvironment is the usual one, with an error that repeats no
// password. Requests to loopback are never proxied.
func proxyFromEnvironment(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy address in the environment is not a URL")
	}
	return u, nil
}

// proxyAgrees says what a proxy said that does not connect to a host; net/http
// gives the words of the status alone.
func proxyAgrees(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("the proxy of the environment makes no connection: HTTP %d", answer.StatusCode)
}
