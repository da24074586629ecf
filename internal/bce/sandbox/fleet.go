package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"renewplan/internal/bce"
)

// Resource is one resource of the sandbox and its state, as in a fleet file.
type Resource struct {
	Region string `json:"region"` // "bj"
	Kind   string `json:"kind"`   // "vpn", as in bce.Kinds
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	// Payment is "Prepaid" or "Postpaid"; empty means "Prepaid".
	Payment string `json:"payment,omitempty"`
	// Status is spelled as the cloud does; empty means the kind's idle status, or
	// the one it shows after its expiry.
	Status string `json:"status,omitempty"`
	// Expiry is in whole seconds; zero for a resource that is not prepaid.
	Expiry time.Time `json:"expiry,omitzero"`
	// Dedicated instances run on a host of their own and cannot be renewed.
	Dedicated bool `json:"dedicated,omitempty"`
	// AutoRenew is shown for instances only; nil means off.
	AutoRenew *bool `json:"autoRenew,omitempty"`
	// VPCID is the network that VPN and NAT gateways are listed by; empty means
	// the one default VPC of the region.
	VPCID string            `json:"vpcId,omitempty"`
	Tags  map[string]string `json:"tags,omitempty"`
	// Attached are the disks and addresses of an instance.
	Attached []Attached `json:"attached,omitempty"`
}

// The payment types, as the cloud spells them.
const (
	prepaid  = "Prepaid"
	postpaid = "Postpaid"
)

// Fill returns the resources with a state for those that have none: prepaid,
// with an expiry that depends on region, kind and id only, 3 to 27 days after
// now. So all of them are due within 30 days, and none is after one month more.
// Resources that have a state keep it.
func Fill(resources []Resource, now time.Time) []Resource {
	const first, span = 3 * 24 * time.Hour, 24 * 24 * time.Hour
	out := make([]Resource, len(resources))
	for i, r := range resources {
		if r.Payment == "" {
			r.Payment = prepaid
		}
		if r.Payment == prepaid && r.Expiry.IsZero() {
			sum := sha256.Sum256([]byte("expiry\n" + r.Region + "\n" + r.Kind + "\n" + r.ID))
			extra := binary.BigEndian.Uint64(sum[:8]) % uint64(span/time.Second+1)
			r.Expiry = now.UTC().Truncate(time.Second).Add(first + time.Duration(extra)*time.Second)
		}
		out[i] = r
	}
	return out
}

// checkFleet puts the resources into their normal form, or says what is wrong.
func checkFleet(rs []Resource) error {
	seen := make(map[key]bool, len(rs))
	for i := range rs {
		r := &rs[i]
		if err := r.check(); err != nil {
			return fmt.Errorf("resources[%d]: %w", i, err)
		}
		if seen[r.key()] {
			return fmt.Errorf("resources[%d]: %s is listed twice", i, r.key())
		}
		seen[r.key()] = true
	}
	return nil
}

// check puts one resource into its normal form, or says what is wrong with it.
func (r *Resource) check() error {
	if r.Region == "" || r.Kind == "" || r.ID == "" {
		return fmt.Errorf("resource %s needs a region, a kind and an id", r.key())
	}
	if strings.ContainsAny(r.ID, "/?#") {
		return fmt.Errorf("resource %s: an id cannot hold /, ? or #", r.key())
	}
	if _, ok := bce.KindByName(r.Kind); !ok {
		return fmt.Errorf("resource %s: unknown kind %q; want one of %s", r.key(), r.Kind, kindNames())
	}
	if r.Payment == "" {
		r.Payment = prepaid
	}
	switch {
	case r.Payment != prepaid && r.Payment != postpaid:
		return fmt.Errorf("resource %s: unknown payment %q; want %q or %q", r.key(), r.Payment, prepaid, postpaid)
	case r.Payment == prepaid && r.Expiry.IsZero():
		return fmt.Errorf("resource %s is prepaid and needs an expiry", r.key())
	case r.Payment == postpaid && !r.Expiry.IsZero():
		return fmt.Errorf("resource %s is postpaid and cannot have an expiry", r.key())
	case !r.Expiry.Equal(r.Expiry.Truncate(time.Second)):
		return fmt.Errorf("resource %s: expiry %s is not in whole seconds", r.key(), r.Expiry.Format(time.RFC3339Nano))
	}
	r.Expiry = r.Expiry.UTC()
	if r.VPCID == "" {
		r.VPCID = "vpc-" + r.Region
	}
	return r.checkAttached()
}

func (r *Resource) key() key { return key{r.Region, r.Kind, r.ID} }

// key names one resource.
type key struct{ region, kind, id string }

func (k key) String() string { return k.region + "/" + k.kind + "/" + k.id }

func kindNames() string {
	var names []string
	for _, k := range bce.Kinds() {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// decodeStrict reads one JSON value and nothing after it, without unknown fields.
func decodeStrict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON value")
	}
	return nil
}
