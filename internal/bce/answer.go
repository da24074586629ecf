package bce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxRetryAfter bounds what Retry-After may ask for.
const maxRetryAfter = 5 * time.Minute

// content is what the body of an answer turned out to be.
type content int

const (
	unreadable content = iota // cut, too long, packed, not JSON, not UTF-8
	empty                     // no body
	otherJSON                 // JSON that is no object
	object                    // a JSON object
)

// parsedBody is the little that is taken from the body of an answer to a
// renewal, or of an error.
type parsedBody struct {
	content content
	code    string // a text under "code": the mark of an error
	message string
	request string // requestId
	order   string // orderId
	// failed says that the body reports a failure, whatever its status: a code in
	// any spelling that is not 0, or success: false or 0, even if it says otherwise
	// as well.
	failed bool
}

// readable says what a body is, without decoding it.
func readable(rep reply) content {
	body := bytes.Trim(rep.body, " \t\r\n")
	packing := rep.header.Get("Content-Encoding")
	switch {
	case rep.bodyErr != nil:
		return unreadable
	case len(body) == 0:
		return empty
	case packing != "" && !strings.EqualFold(packing, "identity"), !utf8.Valid(body), !json.Valid(body):
		return unreadable
	case body[0] == '{':
		return object
	}
	return otherJSON
}

// parseBody reads a body. The texts are as they came.
func parseBody(rep reply) parsedBody {
	p := parsedBody{content: readable(rep)}
	if p.content != object {
		return p
	}
	f := fields{}
	for key, value := range members(rep.body) {
		switch name := string(key); {
		case strings.EqualFold(name, "code"):
			p.failed = p.failed || failureCode(value)
			f[name] = value
		case strings.EqualFold(name, "success"):
			p.failed = p.failed || saysNo(value)
		case oneOf(name, "message", "requestId", "orderId"):
			f[name] = value
		}
	}
	p.code = strings.TrimSpace(f.text([]string{"code"}))
	p.message = f.text([]string{"message"})
	p.request = f.text([]string{"requestId"})
	p.order = f.text([]string{"orderId"})
	if p.order == "" {
		p.order = jsonNumber(f["orderId"])
	}
	return p
}

// failureCode reports whether a code is one: a text, or a number other than 0.
func failureCode(raw json.RawMessage) bool {
	text, _ := jsonText(raw)
	return strings.TrimSpace(text) != "" || jsonNumber(raw) != "" && !isZero(raw)
}

// saysNo reports whether a flag is not set, in any spelling.
func saysNo(raw json.RawMessage) bool {
	text, _ := jsonText(raw)
	return string(raw) == "false" || strings.EqualFold(text, "false") || isZero(raw)
}

// isZero reports whether a value is the number 0.
func isZero(raw json.RawMessage) bool {
	number, err := strconv.ParseFloat(jsonNumber(raw), 64)
	return err == nil && number == 0
}

// requestID is the cloud's id of the request: of the header, else of the body.
func requestID(rep reply, p parsedBody) string {
	if id := rep.header.Get("X-Bce-Request-Id"); id != "" {
		return id
	}
	return p.request
}

// retryAfter reads Retry-After, in seconds or as a date, bounded to
// maxRetryAfter; 0 if there is none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date // of the clock that it was written by
	}
	return max(0, min(at.Sub(now), maxRetryAfter))
}

// describe says what is odd about an answer that is no answer of the cloud's;
// nil if there is nothing to say that status, code and message do not.
func describe(rep reply, p parsedBody) error {
	switch {
	case rep.bodyErr != nil:
		return fmt.Errorf("reading the answer: %w", rep.bodyErr)
	case rep.status >= 300 && rep.status < 400:
		return fmt.Errorf("a redirect%s, which is not followed", redirectTarget(rep.header))
	case p.content == unreadable:
		return fmt.Errorf("the answer is not the cloud's JSON%s", contentType(rep.header))
	}
	return nil
}

// redirectTarget is " to HOST", without the path and query it may repeat.
func redirectTarget(header http.Header) string {
	u, err := url.Parse(header.Get("Location"))
	if err != nil || u.Host == "" {
		return ""
	}
	return " to " + strconv.Quote(shorten(u.Host, 80))
}

func contentType(header http.Header) string {
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	if kind == "" {
		return ""
	}
	return " but " + strconv.Quote(shorten(stripControls(kind), 60))
}
