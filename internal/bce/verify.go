package bce

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxClockSkew is how far a request's date may be from the server's clock,
// after the cloud's general API rules.
const MaxClockSkew = 30 * time.Minute

// SignatureError says why a request's signature is refused, in the words of the
// cloud's common error table (https://cloud.baidu.com/doc/BCC/s/Ojwvyo6nc).
type SignatureError struct {
	HTTPStatus int
	Code       string
	Message    string
}

// Error is "CODE: MESSAGE". It holds no secret and no signature.
func (e *SignatureError) Error() string { return e.Code + ": " + e.Message }

// authorization is a parsed Authorization header.
type authorization struct {
	accessKeyID string
	timestamp   time.Time
	expiration  time.Duration
	signed      []string // nil means the default set
	signature   string
}

// Verify checks a request's signature as a server does: that the Authorization
// header is well formed, that secret knows its access key, that the headers it
// names are there, that the request's date and the signature's life agree with
// now, and that the signature is right. It returns nil if all is well. The body
// is not read. It takes requests as a server gets them, and as an
// http.RoundTripper does.
func Verify(r *http.Request, secret func(accessKeyID string) (string, bool), now time.Time) *SignatureError {
	auth, refusal := parseAuthorization(r.Header.Get("Authorization"))
	if refusal != nil {
		return refusal
	}
	key, known := secret(auth.accessKeyID)
	if !known {
		return &SignatureError{http.StatusForbidden, "InvalidAccessKeyId", "The access key id you provided does not exist."}
	}
	headers := requestHeaders(r)
	if missing := missingHeaders(headers, auth.signed); len(missing) > 0 {
		return &SignatureError{
			http.StatusBadRequest, "IamSignatureInvalid",
			"Missing headers required by signing: " + strings.Join(missing, ", "),
		}
	}
	if refusal := checkDates(r, auth, now); refusal != nil {
		return refusal
	}
	request, _ := appendRequest(nil, nil, SigningInput{
		Method:  r.Method,
		Path:    r.URL.Path,
		Query:   parseQuery(r.URL.RawQuery),
		Headers: headers,
		Sign:    auth.signed,
	})
	macKey := signingKey(key, appendPrefix(nil, auth.accessKeyID, auth.timestamp, auth.expiration))
	want := hexMAC(macKey[:], request)
	if subtle.ConstantTimeCompare(want[:], []byte(auth.signature)) != 1 {
		return &SignatureError{
			http.StatusBadRequest, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided.",
		}
	}
	return nil
}

// parseAuthorization takes "bce-auth-v1/AK/timestamp/seconds/signedHeaders/signature" apart.
func parseAuthorization(text string) (authorization, *SignatureError) {
	var auth authorization
	malformed := func(what string) (authorization, *SignatureError) {
		return auth, &SignatureError{http.StatusBadRequest, "InvalidHTTPAuthHeader", "The HTTP authorization header is invalid: " + what + "."}
	}
	if text == "" {
		return malformed("it is missing")
	}
	parts := strings.Split(text, "/")
	if len(parts) != 6 || parts[0] != authVersion || parts[1] == "" {
		return malformed("it is not of the form bce-auth-v1/key/timestamp/seconds/headers/signature")
	}
	timestamp, err := time.Parse(timeLayout, parts[2])
	if err != nil {
		return malformed("its timestamp is not of the form " + timeLayout)
	}
	seconds, err := strconv.ParseInt(parts[3], 10, 32)
	if err != nil || seconds <= 0 {
		return malformed("its expiration is not a number of seconds")
	}
	if len(parts[5]) != 64 {
		return malformed("its signature is not 64 hex digits")
	}
	auth = authorization{
		accessKeyID: parts[1],
		timestamp:   timestamp,
		expiration:  time.Duration(seconds) * time.Second,
		signature:   parts[5],
	}
	if parts[4] != "" {
		auth.signed = strings.Split(strings.ToLower(parts[4]), ";")
	}
	return auth, nil
}

// checkDates compares the request's date and the signature's life with now.
// x-bce-date outranks Date.
func checkDates(r *http.Request, auth authorization, now time.Time) *SignatureError {
	expired := func(what string) *SignatureError {
		return &SignatureError{http.StatusBadRequest, "RequestExpired", "Request has expired: " + what + "."}
	}
	date, ok := requestDate(r)
	if !ok {
		return &SignatureError{
			http.StatusBadRequest, "IamSignatureInvalid",
			"Missing headers required by signing: x-bce-date",
		}
	}
	switch {
	case now.Sub(date).Abs() > MaxClockSkew:
		return expired("its date is more than 30 minutes from the server's clock")
	case auth.timestamp.Sub(now) > MaxClockSkew:
		return expired("its signature begins more than 30 minutes from now")
	case now.After(auth.timestamp.Add(auth.expiration)):
		return expired("its signature is no longer valid")
	}
	return nil
}

// requestDate reads x-bce-date or, without one, Date.
func requestDate(r *http.Request) (time.Time, bool) {
	if text := strings.TrimSpace(r.Header.Get("X-Bce-Date")); text != "" {
		t, err := time.Parse(timeLayout, text)
		return t, err == nil
	}
	text := strings.TrimSpace(r.Header.Get("Date"))
	for _, layout := range []string{http.TimeFormat, time.RFC1123Z, timeLayout} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// requestHeaders lists the headers of a request, with Host and Content-Length,
// which net/http keeps elsewhere.
func requestHeaders(r *http.Request) []Header {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	list := make([]Header, 0, len(r.Header)+2)
	list = append(list, Header{"host", host})
	if r.Header.Get("Content-Length") == "" && (r.ContentLength > 0 || r.ContentLength == 0 && r.Body != nil && r.Body != http.NoBody) {
		list = append(list, Header{"content-length", strconv.FormatInt(r.ContentLength, 10)})
	}
	for name, values := range r.Header {
		if name == "Authorization" || strings.EqualFold(name, "host") {
			continue
		}
		list = append(list, Header{name, strings.Join(values, ",")})
	}
	return list
}

// missingHeaders lists the headers that a signature needs and a request lacks:
// host, and whatever the signature names.
func missingHeaders(headers []Header, named []string) []string {
	var missing []string
	if named != nil && !slices.Contains(named, "host") {
		missing = append(missing, "host")
	}
	for _, name := range named {
		if !slices.ContainsFunc(headers, func(h Header) bool { return strings.EqualFold(h.Name, name) }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// parseQuery takes a raw query apart. A plus stands for itself, and what cannot
// be unescaped is taken as it stands.
func parseQuery(raw string) []Param {
	var list []Param
	for item := range strings.SplitSeq(raw, "&") {
		if item == "" {
			continue
		}
		key, value, has := strings.Cut(item, "=")
		list = append(list, Param{Key: unescape(key), Value: unescape(value), HasEquals: has})
	}
	return list
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
