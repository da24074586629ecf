package bce

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
)

// The account's balance: POST /v1/finance/cash/balance of the global host
// billing.baidubce.com, https://cloud.baidu.com/doc/Finance/s/Skhtyytwu
// (2021-08-23). It takes no parameters and answers {"cashBalance": 850.0000}.
const (
	billingHost   = "billing." + Domain
	balancePath   = "/v1/finance/cash/balance"
	balanceKey    = "cashBalance"
	maxBalanceFen = 1 << 53 // 90 trillion CNY: more is no balance
)

// decimal is what a balance may look like. The bounds keep its exact value small.
var decimal = regexp.MustCompile(`^-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)

// BillingHost returns host[:port] that Balance asks: the key for a rate limiter.
func (c *Client) BillingHost() string {
	if c.base != nil {
		return c.base.Host
	}
	return billingHost
}

// Balance reads the account's cash balance in fen (1/100 CNY), exact but for
// parts of a fen, which are cut off towards less. It is negative for an account
// in debt. Whether vouchers and credit are in it is not documented. The error is
// an *Error; many accounts' keys may not ask. The clock is corrected as by Read.
// Safe for concurrent use.
func (c *Client) Balance(ctx context.Context) (fen int64, err error) {
	const op = "reading the account's balance"
	rep, _, err := c.get(ctx, op, call{
		method: http.MethodPost, host: c.BillingHost(), path: balancePath, body: []byte("{}"), maxBody: maxRenewBody,
	})
	if err != nil {
		return 0, err
	}
	fen, err = c.decodeBalance(rep)
	if err != nil {
		return 0, c.badAnswer(op, rep, err)
	}
	return fen, nil
}

// decodeBalance reads a number, or a text that holds one.
func (c *Client) decodeBalance(rep reply) (int64, error) {
	if kind := readable(rep); kind == unreadable {
		return 0, describe(rep, parsedBody{})
	}
	f, err := pickFields(rep.body, balanceKey)
	if f != nil && err != nil {
		return 0, fmt.Errorf("the answer %w", err)
	}
	raw, found := f.pick([]string{balanceKey})
	if !found {
		return 0, fmt.Errorf("the answer tells no balance (looked for %q)", balanceKey)
	}
	return parseFen(raw, c.clean)
}

// parseFen reads CNY exactly, and cuts off parts of a fen towards less.
func parseFen(raw json.RawMessage, clean func(string) string) (int64, error) {
	text, isText := jsonText(raw)
	if !isText {
		text = string(raw)
	}
	cny, ok := new(big.Rat), decimal.MatchString(text)
	if ok {
		_, ok = cny.SetString(text)
	}
	if !ok {
		return 0, fmt.Errorf("the balance %q is not an amount", clean(text))
	}
	cny.Mul(cny, big.NewRat(100, 1))
	fen := new(big.Int).Div(cny.Num(), cny.Denom()) // Euclidean, and so downwards
	if !fen.IsInt64() || fen.CmpAbs(big.NewInt(maxBalanceFen)) > 0 {
		return 0, fmt.Errorf("the balance %q cannot be right", clean(text))
	}
	return fen.Int64(), nil
}
