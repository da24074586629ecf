package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"renewplan/internal/bce"
)

// maxBody is more than any request of this API needs, in bytes.
const maxBody = 64 << 10

// purchase is one renewal, as asked for.
type purchase struct {
	kind        bce.Kind
	region      string // "" if the host names none
	id          string
	months      int
	flag        string
	token       string
	accessKeyID string
	fingerprint string
	fate        fate
	orderID     string // that it gets if it buys
}

// parsePurchase reads a renewal strictly: its query, content type and body.
func parsePurchase(r *http.Request, k bce.Kind, body []byte) (purchase, *apiError) {
	query, bad := parseQuery(r, "purchaseReserved", "clientToken", "relatedRenewFlag")
	if bad != nil {
		return purchase{}, bad
	}
	p := purchase{kind: k, token: query.Get("clientToken"), flag: query.Get("relatedRenewFlag")}
	switch {
	case !query.Has("purchaseReserved"):
		return p, badRequest("The action is missing: want ?purchaseReserved.")
	case query.Get("purchaseReserved") != "":
		return p, badRequest("purchaseReserved takes no value.")
	case query.Has("relatedRenewFlag") && !k.RelatedRenewFlag:
		return p, badRequest("Unknown query parameter relatedRenewFlag.")
	case p.flag != "" && !slices.Contains(k.RelatedRenewFlags, p.flag):
		return p, badRequest("Unknown relatedRenewFlag %q.", p.flag)
	case p.token == "" && tokenRequired(k.Name):
		return p, badRequest("clientToken is missing.")
	}
	if bad := checkToken(p.token); bad != nil {
		return p, bad
	}
	reservation, bad := parseReservation(r, body)
	if bad != nil {
		return p, bad
	}
	p.months, bad = parseLength(reservation, k)
	p.fingerprint = fingerprint(r.Method, r.URL.Path, query, body)
	return p, bad
}

// tokenRequired says for which kinds the renewal page requires a clientToken.
func tokenRequired(kind string) bool { return kind == "eipgroup" || kind == "instance" }

// checkToken checks that a token is at most 64 printable ASCII characters.
func checkToken(token string) *apiError {
	if len(token) > 64 {
		return badRequest("clientToken is longer than 64 characters.")
	}
	if strings.ContainsFunc(token, func(c rune) bool { return c < 0x21 || c > 0x7E }) {
		return badRequest("clientToken is not ASCII.")
	}
	return nil
}

// parseReservation finds billing.reservation in a body. Items that it does not
// know are ignored, as documented; the case of names counts.
func parseReservation(r *http.Request, body []byte) (map[string]json.RawMessage, *apiError) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, refusef(http.StatusBadRequest, "InvalidHTTPRequest", "Content-Type is %q; want application/json.", r.Header.Get("Content-Type"))
	}
	if !json.Valid(body) {
		return nil, refusef(http.StatusBadRequest, "MalformedJSON", "The JSON you provided was not well-formed.")
	}
	object := map[string]json.RawMessage{}
	if json.Unmarshal(body, &object) != nil {
		return nil, inappropriate("The body is not an object.")
	}
	for _, name := range []string{"billing", "reservation"} {
		item := object[name]
		object = nil
		if item == nil || json.Unmarshal(item, &object) != nil || object == nil {
			return nil, inappropriate("%s is missing or not an object.", name)
		}
	}
	return object, nil
}

// parseLength reads the months of a reservation, as a whole number that is on
// sale, in the unit month. The code for a length that is not is undocumented.
func parseLength(reservation map[string]json.RawMessage, k bce.Kind) (int, *apiError) {
	months, err := strconv.Atoi(string(reservation["reservationLength"]))
	if err != nil {
		return 0, inappropriate("reservationLength is missing or not a whole number.")
	}
	if !slices.Contains(k.Lengths, months) {
		return 0, inappropriate("reservationLength is %d; want one of %v.", months, k.Lengths)
	}
	var unit string
	if json.Unmarshal(reservation["reservationTimeUnit"], &unit) != nil || unit == "" {
		return 0, inappropriate("reservationTimeUnit is missing or not a string.")
	}
	if !strings.EqualFold(unit, "month") {
		return 0, inappropriate("reservationTimeUnit is %q; want month.", unit)
	}
	return months, nil
}

// unitAsOnPage says whether the unit is spelled as the kind's own page does.
func unitAsOnPage(body []byte, k bce.Kind) bool {
	var b struct {
		Billing struct {
			Reservation struct {
				Unit string `json:"reservationTimeUnit"`
			} `json:"reservation"`
		} `json:"billing"`
	}
	return json.Unmarshal(body, &b) == nil && b.Billing.Reservation.Unit == k.Unit
}

// parseQuery reads a query of which only the named parameters are known, each
// at most once.
func parseQuery(r *http.Request, known ...string) (url.Values, *apiError) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refusef(http.StatusBadRequest, "InvalidURI", "The query cannot be read.")
	}
	for name, values := range query {
		if !slices.Contains(known, name) {
			return nil, badRequest("Unknown query parameter %s.", name)
		}
		if len(values) > 1 {
			return nil, badRequest("Query parameter %s is there twice.", name)
		}
	}
	return query, nil
}

// readBody reads a whole body, within maxBody.
func readBody(r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, maxBody+1))
	if err == nil && n > maxBody {
		err = errors.New("the request's body is too large")
	}
	return b.Bytes(), err
}
