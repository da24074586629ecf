package bce

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// wantURL says what an endpoint looks like.
const wantURL = "want a URL such as https://gateway.example.com, or http:// to this machine, such as http://127.0.0.1:8080"

// parseEndpoint checks a base URL and brings it into normal form. It returns
// nil for "". No error repeats the URL where it may hold a password.
func parseEndpoint(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"):
		return nil, fmt.Errorf("%w: it cannot be read as a URL", ErrBadEndpoint)
	case err != nil:
		return nil, fmt.Errorf("%w: %q cannot be read as a URL; %s", ErrBadEndpoint, text, wantURL)
	case u.User != nil:
		return nil, fmt.Errorf("%w: it holds a user name or password", ErrBadEndpoint)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("%w: it holds a query or a fragment", ErrBadEndpoint)
	}
	scheme := strings.ToLower(u.Scheme)
	host := strings.ToLower(u.Hostname())
	switch {
	case scheme == "http" && !loopback(host):
		return nil, fmt.Errorf("%w %q: plain http only to this machine (localhost, 127.0.0.1, [::1]); use https", ErrInsecureEndpoint, text)
	case scheme != "http" && scheme != "https" && strings.Contains(text, "@"):
		return nil, fmt.Errorf("%w: it does not begin with https://; %s", ErrBadEndpoint, wantURL)
	case scheme != "http" && scheme != "https":
		return nil, fmt.Errorf("%w: %q does not begin with https://; %s", ErrBadEndpoint, text, wantURL)
	case host == "":
		return nil, fmt.Errorf("%w: %q names no host; %s", ErrBadEndpoint, text, wantURL)
	case u.RawPath != "" || strings.ContainsAny(u.Path, "\\ "):
		return nil, fmt.Errorf("%w: the path of %q needs escapes", ErrBadEndpoint, text)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != defaultPort(scheme) {
		host += ":" + port
	}
	return &url.URL{Scheme: scheme, Host: host, Path: strings.TrimRight(u.Path, "/")}, nil
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// loopback reports whether a host is this machine by its very name.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// validRegion reports whether a region can stand in a host's name. Anything
// else could lead a signed request to another host.
func validRegion(region string) bool {
	if region == "" || len(region) > 32 || region[0] == '-' {
		return false
	}
	for i := range len(region) {
		c := region[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' {
			continue
		}
		return false
	}
	return true
}
