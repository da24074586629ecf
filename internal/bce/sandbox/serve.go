package sandbox

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"renewplan/internal/bce"
)

// reply is an answer and the way in which it reaches the client, or does not.
type reply struct {
	status int
	header http.Header
	body   []byte
	wait   time.Duration // before anything is sent, in real time
	end    ending
}

// ending is how an exchange ends.
type ending int

const (
	whole ending = iota // the answer arrives
	lost                // the connection is closed instead of an answer
	reset               // the connection is reset instead of an answer
	hang                // nothing happens until the client gives up
	cut                 // the connection is closed in the middle of the body
)

// handle answers one request; body is its whole body.
func (s *Sandbox) handle(r *http.Request, body []byte) reply {
	if strings.HasPrefix(r.URL.Path, "/sandbox/") {
		return s.control(r, body)
	}
	out := s.api(r, body)
	if err := s.save(); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.fail(refusef(http.StatusInternalServerError, "InternalError", "%v", err))
	}
	return out
}

// api answers a request for the cloud's API.
func (s *Sandbox) api(r *http.Request, body []byte) reply {
	service, region := target(r.Host)
	s.mu.Lock()
	s.settle()
	now := s.serverNow()
	var bad *apiError
	if !s.allowed(service, region) {
		bad = s.faults.throttled()
	}
	s.mu.Unlock()
	if bad == nil {
		if err := bce.Verify(r, s.secret, now); err != nil {
			bad = &apiError{Status: err.HTTPStatus, Code: err.Code, Message: err.Message}
		}
	}
	if bad == nil && isBalance(r, service) {
		return s.readBalance(r)
	}
	if kind := attachedKind(r, service); bad == nil && kind != "" {
		return s.listAttached(r, kind, region)
	}
	var k bce.Kind
	var id string
	if bad == nil {
		k, id, bad = route(r, service)
	}
	switch {
	case bad == nil && id != "" && r.Method == http.MethodPut:
		return s.renew(r, k, id, region, body)
	case bad == nil && id != "" && r.Method == http.MethodGet:
		return s.detail(r, k, id, region)
	case bad == nil:
		return s.list(r, k, region, body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Rejected++
	return s.fail(bad)
}

// allowed says whether the host's rate limit lets one more request pass. The
// caller holds s.mu.
func (s *Sandbox) allowed(service, region string) bool {
	if s.cfg.Rate == 0 {
		return true
	}
	host := service + "." + region
	if s.limiters[host] == nil {
		s.limiters[host] = rate.NewLimiter(rate.Limit(s.cfg.Rate), int(math.Ceil(s.cfg.Rate)))
	}
	return s.limiters[host].Allow()
}

// secret is the secret of an access key, for bce.Verify.
func (s *Sandbox) secret(accessKeyID string) (string, bool) {
	secret, ok := s.cfg.Keys[accessKeyID]
	return secret, ok
}

// accessKeyID is the access key of a request whose signature has been checked.
func accessKeyID(r *http.Request) string {
	parts := strings.Split(r.Header.Get("Authorization"), "/")
	return parts[min(1, len(parts)-1)]
}

// target takes SERVICE.REGION.baidubce.com apart; billing.baidubce.com is of no
// region. Any other host names neither: then every service is served, and resources are found by kind and id alone.
func target(host string) (service, region string) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	names, ok := strings.CutSuffix(strings.ToLower(host), ".baidubce.com")
	service, region, two := strings.Cut(names, ".")
	if ok && names == billing {
		return billing, ""
	}
	if !ok || !two || strings.Contains(region, ".") {
		return "", ""
	}
	return service, region
}

// route finds the kind and the id that a path names; the id is empty for lists.
func route(r *http.Request, service string) (bce.Kind, string, *apiError) {
	unknown := refusef(http.StatusBadRequest, "InvalidURI", "%s %s is not known here.", r.Method, r.URL.Path)
	path := r.URL.Path
	for _, k := range bce.Kinds() {
		if service != "" && service != k.Service {
			continue
		}
		id, one := strings.CutPrefix(path, k.Path)
		switch {
		case isList(r, k):
			return k, "", nil
		case one && id != "" && !strings.Contains(id, "/") && (r.Method == http.MethodPut || r.Method == http.MethodGet):
			return k, id, nil
		case !one && sameButVersion(path, k.Path):
			unknown = refusef(http.StatusNotFound, "InvalidVersion", "The API version specified was invalid.")
		}
	}
	return bce.Kind{}, "", unknown
}

// sameButVersion says whether a path leads to a kind but for its first segment.
func sameButVersion(path, kindPath string) bool {
	_, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, want, _ := strings.Cut(strings.TrimPrefix(kindPath, "/"), "/")
	return strings.HasPrefix(rest, want)
}

// ok is a 200 with a body of JSON, or with none. The caller holds s.mu.
func (s *Sandbox) ok(body []byte) reply {
	return s.answer(http.StatusOK, "application/json;charset=UTF-8", body)
}

// html is a page that a gateway might give. The caller holds s.mu.
func (s *Sandbox) html(status int) reply {
	const page = "<html><head><title>gateway</title></head><body><h1>gateway</h1></body></html>\n"
	out := s.answer(status, "text/html", []byte(page))
	out.header.Del("X-Bce-Request-Id") // it does not come from the API
	return out
}

// fail is a refusal in the cloud's form. The caller holds s.mu.
func (s *Sandbox) fail(e *apiError) reply {
	out := s.answer(e.Status, "application/json;charset=UTF-8", nil)
	out.body, _ = json.Marshal(map[string]string{
		"requestId": out.header.Get("X-Bce-Request-Id"), "code": e.Code, "message": e.Message,
	})
	if e.RetryAfter > 0 {
		out.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	return out
}

func (s *Sandbox) answer(status int, contentType string, body []byte) reply {
	s.answers++
	now := s.serverNow()
	id := s.hash("request", s.answers, now.UnixNano())
	return reply{status: status, body: body, header: http.Header{
		"Content-Type":     {contentType},
		"Date":             {now.Format(http.TimeFormat)},
		"Server":           {"renewplan-sandbox"},
		"X-Bce-Request-Id": {hex.EncodeToString(id[:16])},
	}}
}
