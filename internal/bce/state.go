package bce

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pick returns the first of the keys that holds a value.
func (f fields) pick(keys []string) (raw json.RawMessage, found bool) {
	for _, key := range keys {
		if raw := f[key]; len(raw) > 0 && string(raw) != "null" && string(raw) != `""` {
			return raw, true
		}
	}
	return nil, false
}

// text returns the first of the keys that holds a value, if that is a text.
func (f fields) text(keys []string) string {
	raw, _ := f.pick(keys)
	s, _ := jsonText(raw)
	return s
}

// has reports whether one of the keys is there, whatever it holds.
func (f fields) has(keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return f[key] != nil })
}

// decodeState takes the fields of a detail answer that matter, and no others. What
// it tells of a region or zone is not held against what was asked: the host or the
// endpoint was asked for this id, and how zones are called is documented nowhere.
func (c *Client) decodeState(rep reply, k Kind, id string) (State, error) {
	f, err := detail(rep, k)
	if err != nil {
		return State{}, err
	}
	switch got := f.text(k.IDKeys); {
	case got == "":
		return State{}, fmt.Errorf("the answer names no resource (looked for %s)", list(k.IDKeys))
	case got != id:
		return State{}, fmt.Errorf("the answer is about another resource, %q", c.clean(got))
	}
	return c.decodeFields(f, k, id)
}

// decodeFields makes a state of a resource's fields: those of a detail answer,
// or of an item of a list.
func (c *Client) decodeFields(f fields, k Kind, id string) (State, error) {
	status, payment := f.text(k.StatusKeys), f.text(k.PaymentKeys)
	if payment == "" {
		return State{}, fmt.Errorf("the answer does not say how the resource is paid (looked for %s)", list(k.PaymentKeys))
	}
	s := State{
		ID:        id,
		Name:      c.clean(f.text(k.NameKeys)),
		Status:    c.clean(status),
		Payment:   c.clean(payment),
		Busy:      oneOf(status, k.Busy...),
		Stopped:   oneOf(status, k.Stopped...),
		Broken:    oneOf(status, k.Broken...),
		Gone:      oneOf(status, k.Gone...),
		Prepaid:   oneOf(payment, prepaidWords()...),
		Dedicated: strings.EqualFold(f.text(k.PlacementKeys), "dedicatedHost") || f.text(k.DedicatedHostKeys) != "",
		AutoRenew: f.autoRenew(k.AutoRenewKeys),
		VPCID:     c.clean(f.text(k.VPCKeys)),
	}
	if !s.Prepaid {
		return s, nil
	}
	raw, found := f.pick(k.ExpiryKeys)
	if !found {
		return State{}, fmt.Errorf("the resource is %s and the answer has no expiry (looked for %s)", s.Payment, list(k.ExpiryKeys))
	}
	expiry, err := c.parseExpiry(raw)
	if err != nil {
		return State{}, err
	}
	s.Expiry = expiry
	return s, nil
}

// prepaidWords are the spellings of the one payment that can be renewed:
// paymentTiming's, and productType's, which it was called before.
func prepaidWords() []string { return []string{"Prepaid", "prepay"} }

// detail returns the object that describes the resource.
func detail(rep reply, k Kind) (fields, error) {
	switch readable(rep) {
	case empty:
		return nil, errors.New("the answer is empty")
	case unreadable:
		return nil, describe(rep, parsedBody{})
	case otherJSON:
		return nil, fmt.Errorf("the answer %w", errNoObject)
	case object:
	}
	wanted := k.fieldKeys()
	if k.ItemKey != "" { // a key may be empty, too
		wanted = append(wanted, k.ItemKey)
	}
	f, err := pickFields(rep.body, wanted...)
	if err != nil {
		return nil, fmt.Errorf("the answer %w", err)
	}
	raw, wrapped := f.pick([]string{k.ItemKey})
	if !wrapped {
		return f, nil
	}
	if f, err = pickFields(raw, wanted...); err != nil {
		return nil, fmt.Errorf("%q of the answer %w", k.ItemKey, err)
	}
	return f, nil
}

// fieldKeys are the keys that decodeFields may look at.
func (k Kind) fieldKeys() []string {
	return slices.Concat(k.IDKeys, k.NameKeys, k.ExpiryKeys, k.PaymentKeys, k.StatusKeys,
		k.AutoRenewKeys, k.PlacementKeys, k.DedicatedHostKeys, k.VPCKeys, k.RegionKeys)
}

// autoRenew reads a flag that may be a bool or its word.
func (f fields) autoRenew(keys []string) AutoRenew {
	raw, found := f.pick(keys)
	if !found {
		return AutoRenewNotVisible
	}
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true":
		return AutoRenewOn
	case "false":
		return AutoRenewOff
	}
	return AutoRenewNotVisible
}

// parseExpiry reads ISO 8601 with a zone. One without is not guessed at: it
// would be eight hours off, which is another day.
func (c *Client) parseExpiry(raw json.RawMessage) (time.Time, error) {
	text, isText := jsonText(raw)
	if !isText {
		return time.Time{}, fmt.Errorf("the expiry %s is not a text", c.clean(string(raw)))
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.UTC().Year() < 2000 || t.UTC().Year() > 2999 {
			return time.Time{}, fmt.Errorf("the expiry %q cannot be right", c.clean(text))
		}
		return t.UTC().Truncate(time.Second), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return time.Time{}, fmt.Errorf("the expiry %q has no time zone", c.clean(text))
		}
	}
	return time.Time{}, fmt.Errorf("the expiry %q is not a time", c.clean(text))
}

// list quotes keys for a message.
func list(keys []string) string {
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = strconv.Quote(key)
	}
	return strings.Join(quoted, " and ")
}
