package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// tokenKey is what a clientToken is unique for: one user, one service, and one
// region of it where the host names one.
type tokenKey struct {
	AccessKeyID string `json:"accessKeyId"`
	Service     string `json:"service"`
	Region      string `json:"region,omitempty"`
	Token       string `json:"token"`
}

// token is a clientToken that was received with a request that was settled.
type token struct {
	tokenKey
	Request string    `json:"request"` // hex SHA-256 of method, path, query and body
	Life    Duration  `json:"life"`    // kept for so long after it was last received
	Until   time.Time `json:"until"`
	Result  result    `json:"result"` // given again to the same request
}

// fingerprint tells requests apart as the cloud does for a clientToken: by
// method, path, query in any order, and body; not by headers.
func fingerprint(method, path string, query url.Values, body []byte) string {
	h := sha256.New()
	for _, part := range []string{method, path, query.Encode(), string(body)} {
		h.Write([]byte(part))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// purchase settles a renewal whose fate lets it be processed. The caller holds s.mu.
func (s *Sandbox) purchase(p purchase, now time.Time) result {
	return s.withToken(p, now, func() result { return s.buy(p, now) })
}

// withToken answers by the request's token if that is known, else by settling
// it, and keeps the result with the token. The caller holds s.mu.
func (s *Sandbox) withToken(p purchase, now time.Time, settle func() result) result {
	if p.token == "" || p.fate.has(TokenIgnored) {
		return settle()
	}
	k := tokenKey{p.accessKeyID, p.kind.Service, p.region, p.token}
	if t := s.tokens[k]; t != nil && now.Before(t.Until) {
		t.Until = now.Add(time.Duration(t.Life))
		s.changes++
		if t.Request != p.fingerprint {
			return result{Refusal: refusef(http.StatusForbidden, "IdempotentParameterMismatch",
				"The request uses the same client token as a previous, but non-identical request.")}
		}
		return t.Result
	}
	res := settle()
	if res.Refusal == nil || p.fate.has(ReplayRefusal) {
		life := TokenLife
		if p.fate.has(TokenForgotten) {
			life = s.faults.ForgetAfter.or(time.Hour)
		}
		s.tokens[k] = &token{k, p.fingerprint, Duration(life), now.Add(life), res}
		s.changes++
	}
	return res
}

// dropTokens forgets the tokens whose time is over. The caller holds s.mu.
func (s *Sandbox) dropTokens() {
	now := s.now()
	maps.DeleteFunc(s.tokens, func(_ tokenKey, t *token) bool { return !now.Before(t.Until) })
}

func sortedTokens(m map[tokenKey]*token) []*token {
	return slices.SortedFunc(maps.Values(m), func(a, b *token) int {
		return cmp.Or(
			cmp.Compare(a.Token, b.Token), cmp.Compare(a.AccessKeyID, b.AccessKeyID),
			cmp.Compare(a.Service, b.Service), cmp.Compare(a.Region, b.Region),
		)
	})
}

func sortedKinds(m map[string][]*entry) []string { return slices.Sorted(maps.Keys(m)) }
