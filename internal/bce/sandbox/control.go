package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// control answers the endpoints under /sandbox/, see the package comment. They
// change state without a signature, so they are for the same machine only.
func (s *Sandbox) control(r *http.Request, body []byte) reply {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && !net.ParseIP(host).IsLoopback() {
		return plain(http.StatusForbidden, map[string]string{"error": "the sandbox's own endpoints answer to this machine only"})
	}
	var content any
	var err error
	switch r.Method + " " + r.URL.Path {
	case "GET /sandbox/charges":
		content = append([]Charge{}, s.Charges()...)
	case "GET /sandbox/requests":
		content = s.Counts()
	case "POST /sandbox/clock":
		err = s.controlClock(body)
		fallthrough
	case "GET /sandbox/clock":
		s.mu.Lock()
		content = map[string]time.Time{"now": s.now()}
		s.mu.Unlock()
	case "POST /sandbox/resources":
		content, err = s.controlResource(body)
	case "GET /sandbox/resources":
		content = s.Resources()
	case "POST /sandbox/faults":
		err = s.controlFaults(body)
		fallthrough
	case "GET /sandbox/faults":
		content = s.Faults()
	case "POST /sandbox/balance":
		err = s.controlBalance(body)
		fallthrough
	case "GET /sandbox/balance":
		s.mu.Lock()
		content = map[string]string{"balance": s.balance}
		s.mu.Unlock()
	default:
		return plain(http.StatusNotFound, map[string]string{"error": "no such endpoint of the sandbox: " + r.Method + " " + r.URL.Path})
	}
	if err == nil {
		err = s.save()
	}
	if err != nil {
		return plain(http.StatusBadRequest, map[string]string{"error": err.Error()})
	}
	return plain(http.StatusOK, content)
}

func (s *Sandbox) controlClock(body []byte) error {
	var in struct {
		Advance *Duration `json:"advance"`
	}
	if err := decodeStrict(bytes.NewReader(body), &in); err != nil {
		return fmt.Errorf("reading clock: %w", err)
	}
	if in.Advance == nil || *in.Advance < 0 {
		return fmt.Errorf(`reading clock: want {"advance":"24h"}; the clock only goes forward`)
	}
	s.Advance(time.Duration(*in.Advance))
	return nil
}

func (s *Sandbox) controlBalance(body []byte) error {
	var in struct {
		Balance string `json:"balance"`
	}
	if err := decodeStrict(bytes.NewReader(body), &in); err != nil {
		return fmt.Errorf("reading balance: %w", err)
	}
	return s.SetBalance(in.Balance)
}

// controlResource changes the fields that the body names, or adds a resource.
func (s *Sandbox) controlResource(body []byte) (Resource, error) {
	var who struct{ Region, Kind, ID string }
	if err := json.Unmarshal(body, &who); err != nil {
		return Resource{}, fmt.Errorf("reading resource: %w", err)
	}
	r := Resource{Region: who.Region, Kind: who.Kind, ID: who.ID}
	s.mu.Lock()
	e, bad := s.find(r.key())
	if bad == nil {
		r = e.Resource
	}
	now := s.now()
	s.mu.Unlock()
	if bad != nil && bad.Status != http.StatusNotFound {
		return r, fmt.Errorf("reading resource: %s", bad.Message)
	}
	if err := decodeStrict(bytes.NewReader(body), &r); err != nil {
		return r, fmt.Errorf("reading resource: %w", err)
	}
	if bad != nil {
		r = Fill([]Resource{r}, now)[0]
	}
	if err := s.Set(r); err != nil {
		return r, err
	}
	return r, nil
}

// controlFaults takes a Faults object, or a string for ParseFaults.
func (s *Sandbox) controlFaults(body []byte) error {
	var f Faults
	var text string
	err := json.Unmarshal(body, &text)
	if err == nil {
		f, err = ParseFaults(text)
	} else {
		err = decodeStrict(bytes.NewReader(body), &f)
	}
	if err != nil {
		return fmt.Errorf("reading faults: %w", err)
	}
	return s.SetFaults(f)
}

// plain is an answer of the sandbox's own, not in the cloud's form.
func plain(status int, content any) reply {
	body, err := json.Marshal(content)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"encoding the answer"}`)
	}
	return reply{status: status, body: append(body, '\n'), header: http.Header{"Content-Type": {"application/json"}}}
}
