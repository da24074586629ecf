package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
)

// BalanceID is the balance's id for a script of faults.
const BalanceID = "balance"

// The service that tells the balance, which has one host for all regions.
const (
	billing     = "billing"
	balancePath = "/v1/finance/cash/balance"
)

// amount is a balance as the cloud writes it: a JSON number.
var amount = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,10})?$`)

// SetBalance sets the account's cash balance, in CNY: "850.0000"; "" means
// DefaultBalance. It is not kept in the state file.
func (s *Sandbox) SetBalance(cny string) error {
	if cny == "" {
		cny = DefaultBalance
	}
	if !amount.MatchString(cny) {
		return fmt.Errorf("balance %q: want an amount of CNY, such as \"850.0000\"", cny)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balance = cny
	return nil
}

// isBalance says whether a request asks for the balance.
func isBalance(r *http.Request, service string) bool {
	return r.Method == http.MethodPost && r.URL.Path == balancePath && (service == "" || service == billing)
}

// readBalance answers with the balance. A script's steps for any read are not
// for it: they are about resources.
func (s *Sandbox) readBalance(r *http.Request) reply {
	_, bad := parseQuery(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Reads++
	if bad != nil {
		return s.fail(bad)
	}
	s.asked++
	hit, scripted := s.scripted(true, BalanceID, true)
	if !scripted {
		hit = s.drawByChance(true, key{id: BalanceID}, s.asked)
	}
	return s.readReply(hit, func() any { return map[string]json.Number{"cashBalance": json.Number(s.balance)} })
}
