package bce

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Attachment is a sort of things that hang on resources of a kind and may be
// renewed with them: everything that is particular to it.
type Attachment struct {
	// Kind describes the things themselves. Its Name is the word of
	// relatedRenewFlag, "CDS" or "EIP"; it is no kind that can be renewed here.
	Kind Kind
	// AllParams is the query of the list of all in a region, and OneParams that of
	// those of one holder, but for instanceId, marker and maxKeys.
	AllParams, OneParams []Param
	// HoldersKey holds a list of objects, one for each holder; "" if the item has
	// one holder itself. HolderKeys hold a holder's id.
	HoldersKey string
	HolderKeys []string
	// SystemKeys hold true, and GroupKeys a shared bandwidth's id; may be empty.
	SystemKeys, GroupKeys []string
}

// disk is the cloud disk (CDS) of an instance.
//
// List: https://cloud.baidu.com/doc/BCC/s/Sjwvyo5be (2025-12-25): GET /v2/volume,
// of one instance with instanceId, its system disk included; chargeFilter is
// prepay or postpay. Fields: VolumeModel of bce-sdk-go v0.9.277.
func disk() Attachment {
	return Attachment{
		Kind: Kind{
			Name: "CDS", Service: "bcc", Path: "/v2/volume/",
			IDKeys:      []string{"id", "volumeId"},
			NameKeys:    []string{"name"},
			ExpiryKeys:  []string{"expireTime", "expiredTime"},
			PaymentKeys: []string{"paymentTiming"},
			StatusKeys:  []string{"status"},
			List:        List{Scope: ByRegion, Path: "/v2/volume", ItemsKey: "volumes"},
			RegionKeys:  []string{"zoneName"},
		},
		AllParams:  []Param{{Key: "chargeFilter", Value: "prepay", HasEquals: true}},
		HoldersKey: "attachments",
		HolderKeys: []string{"instanceId"},
		SystemKeys: []string{"isSystemVolume"},
	}
}

// address is the elastic IP (EIP) of an instance. Its id is the address itself,
// by which the cloud renews it, too.
//
// List: https://cloud.baidu.com/doc/EIP/s/Pjwvz30qy (2025-05-27): GET /v1/eip,
// bound to instances with instanceType=BCC, to one with its short instanceId as
// well. Fields: EipModel of bce-sdk-go v0.9.277. Only IPv4, which is the default.
func address() Attachment {
	ofInstances := []Param{{Key: "instanceType", Value: "BCC", HasEquals: true}}
	return Attachment{
		Kind: Kind{
			Name: "EIP", Service: "eip", Path: "/v1/eip/",
			IDKeys:      []string{"eip"},
			NameKeys:    []string{"name"},
			ExpiryKeys:  []string{"expireTime", "expiredTime"},
			PaymentKeys: []string{"paymentTiming"},
			StatusKeys:  []string{"status"},
			List:        List{Scope: ByRegion, Path: "/v1/eip", ItemsKey: "eipList"},
			RegionKeys:  []string{"region"},
		},
		AllParams:  ofInstances,
		OneParams:  ofInstances,
		HolderKeys: []string{"instanceId"},
		GroupKeys:  []string{"shareGroupId"},
	}
}

// Attached is a prepaid thing that hangs on a resource. Its texts are the
// cloud's, bounded and free of control characters.
type Attached struct {
	Sort    string // "CDS" or "EIP", as in relatedRenewFlag
	ID      string // of an EIP its address
	Name    string // may be empty
	Status  string // as the cloud spells it; may be empty
	Payment string // as the cloud spells it: "Prepaid"
	Expiry  time.Time
	System  bool   // the disk that the instance runs from
	Group   string // the shared bandwidth that the address is in; may be empty
}

// holdings are the attachments that a list showed of the holders that are
// wanted, and the holders of which it proves nothing, with the reason.
type holdings struct {
	of     map[string]map[string]Attached // by holder and id
	doubts map[string]string
	others bool // it showed attachments of holders that are not wanted
}

func (h *holdings) add(holder string, a Attached) {
	if h.of == nil {
		h.of = map[string]map[string]Attached{}
	}
	if h.of[holder] == nil {
		h.of[holder] = map[string]Attached{}
	}
	if known, twice := h.of[holder][a.ID]; twice && known != a {
		h.doubt(holder, a.Sort+" "+a.ID+" is there twice, and not alike")
		delete(h.of[holder], a.ID)
		return
	}
	h.of[holder][a.ID] = a
}

func (h *holdings) doubt(holder, why string) {
	if h.doubts == nil {
		h.doubts = map[string]string{}
	}
	h.doubts[holder] = why
}

// merge takes a further page in.
func (h *holdings) merge(more *holdings) {
	for holder, things := range more.of {
		for _, a := range things {
			h.add(holder, a)
		}
	}
	for holder, why := range more.doubts {
		h.doubt(holder, why)
	}
	h.others = h.others || more.others
}

// list is what is known to hang on a holder, in order of id.
func (h *holdings) list(holder string) []Attached {
	var out []Attached
	for _, a := range h.of[holder] {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Attached) int { return strings.Compare(a.ID, b.ID) })
	return out
}

var errNoHolder = errors.New("the list does not tell what its items hang on")

// hold takes in an item, if it hangs on a wanted holder and is prepaid. A list of
// all must tell of every item what it hangs on, and not contradict itself, or it
// proves nothing; of one that was asked for a holder's, the holder is in doubt.
func (c *Client) hold(h *holdings, q Query, own []string, item []byte) error {
	f, err := pickFields(item, own...)
	switch {
	case f == nil:
		return nil
	case err != nil && q.what == allThat:
		return fmt.Errorf("an item of the list %w", err)
	case err != nil:
		h.doubt(q.id, "an item of the list "+err.Error())
		return nil //nolint:nilerr // the doubt is the error, of one holder and not of the list
	case f.surelyElsewhere(q.Kind, q.Region):
		return nil
	}
	holders, told := f.holders(q.sort)
	switch {
	case !told && q.what == allThat:
		return errNoHolder
	case !told:
		holders = []string{q.id}
	}
	id := f.text(q.Kind.IDKeys)
	system, _ := f.pick(q.sort.SystemKeys)
	state, err := c.decodeFields(f, q.Kind, id)
	if id == "" {
		err = errors.New("an item has no id")
	}
	for _, holder := range holders {
		if _, wanted := slices.BinarySearch(q.wanted, holder); !wanted {
			h.others = true
			continue
		}
		switch {
		case err != nil:
			h.doubt(holder, q.Kind.Name+" "+c.clean(id)+": "+err.Error())
		case state.Prepaid:
			h.add(holder, Attached{
				Sort: q.Kind.Name, ID: c.clean(id), Name: state.Name, Status: state.Status, Payment: state.Payment,
				Expiry: state.Expiry, System: string(system) == "true", Group: c.clean(f.text(q.sort.GroupKeys)),
			})
		}
	}
	return nil
}

// holders are the ids of what an item hangs on; told is false if it does not
// say, and true if it says that it hangs on nothing.
func (f fields) holders(sort *Attachment) (ids []string, told bool) {
	if sort.HoldersKey == "" {
		if id := f.text(sort.HolderKeys); id != "" {
			ids = append(ids, id)
		}
		return ids, f.has(sort.HolderKeys)
	}
	raw := f[sort.HoldersKey]
	if kind := kindOf(raw); kind != '[' && kind != 'n' { // a list, or null
		return nil, false
	}
	for item := range elements(raw) {
		one, err := pickFields(item, sort.HolderKeys...)
		id := one.text(sort.HolderKeys)
		if err != nil || id == "" {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

// fieldKeys are the keys of an item that are looked at.
func (a *Attachment) fieldKeys() []string {
	return slices.Concat(a.Kind.fieldKeys(), a.HolderKeys, a.SystemKeys, a.GroupKeys, []string{a.HoldersKey})
}
