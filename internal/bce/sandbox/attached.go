package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Attached is a disk or an address that hangs on an instance, as in a fleet file.
type Attached struct {
	Kind string `json:"kind"` // "cds" or "eip"
	ID   string `json:"id"`   // of an address the address itself
	Name string `json:"name,omitempty"`
	// Payment is "Prepaid" or "Postpaid"; empty means "Prepaid".
	Payment string `json:"payment,omitempty"`
	// Expiry is in whole seconds; zero for what is not prepaid, and for what is,
	// zero means the instance's.
	Expiry time.Time `json:"expiry,omitzero"`
	System bool      `json:"system,omitempty"` // the disk that the instance runs from
	Group  string    `json:"group,omitempty"`  // the shared bandwidth that an address is in
}

// The kinds of what hangs on an instance, and the paths of their lists.
const (
	cds      = "cds"
	eip      = "eip"
	cdsPath  = "/v2/volume"
	eipPath  = "/v1/eip"
	instance = "instance"
)

// checkAttached puts what hangs on a resource into its normal form, or says what
// is wrong with it.
func (r *Resource) checkAttached() error {
	if len(r.Attached) > 0 && r.Kind != instance {
		return fmt.Errorf("resource %s: only instances have something attached", r.key())
	}
	r.Attached = slices.Clone(r.Attached)
	for i := range r.Attached {
		a := &r.Attached[i]
		if a.Payment == "" {
			a.Payment = prepaid
		}
		if a.Payment == prepaid && a.Expiry.IsZero() {
			a.Expiry = r.Expiry
		}
		twice := slices.ContainsFunc(r.Attached[:i], func(b Attached) bool { return b.Kind == a.Kind && b.ID == a.ID })
		switch {
		case a.Kind != cds && a.Kind != eip:
			return fmt.Errorf("resource %s: unknown kind %q of something attached; want %q or %q", r.key(), a.Kind, cds, eip)
		case a.ID == "":
			return fmt.Errorf("resource %s: something attached has no id", r.key())
		case twice:
			return fmt.Errorf("resource %s: %s %s is attached twice", r.key(), a.Kind, a.ID)
		case a.Payment != prepaid && a.Payment != postpaid:
			return fmt.Errorf("resource %s: %s %s: unknown payment %q; want %q or %q", r.key(), a.Kind, a.ID, a.Payment, prepaid, postpaid)
		case (a.Payment == prepaid) == a.Expiry.IsZero():
			return fmt.Errorf("resource %s: %s %s: prepaid, it needs an expiry; postpaid, it cannot have one", r.key(), a.Kind, a.ID)
		case !a.Expiry.Equal(a.Expiry.Truncate(time.Second)):
			return fmt.Errorf("resource %s: %s %s: expiry %s is not in whole seconds", r.key(), a.Kind, a.ID, a.Expiry.Format(time.RFC3339Nano))
		}
		a.Expiry = a.Expiry.UTC()
	}
	return nil
}

// renewAttached is what hangs on an instance after its renewal, and the ids of
// what was renewed along: prepaid disks, unless the sandbox heeds the flag for
// them too, until the instance's new expiry, or their own if that is later;
// prepaid addresses, if the flag says so, for as many months.
func (s *Sandbox) renewAttached(e *entry, p purchase, after time.Time) (things []Attached, along []string) {
	things = slices.Clone(e.Attached)
	for i := range things {
		a := &things[i]
		old := a.Expiry
		switch {
		case a.Payment != prepaid:
		case a.Kind == cds && (!s.cfg.DisksByFlag || a.System || strings.Contains(p.flag, "CDS")):
			if after.After(a.Expiry) {
				a.Expiry = after
			}
		case a.Kind == eip && strings.Contains(p.flag, "EIP"):
			a.Expiry = addMonths(a.Expiry, p.months, s.cfg.UnifiedDay)
		}
		if !a.Expiry.Equal(old) {
			along = append(along, a.ID)
		}
	}
	return things, along
}

// attachedKind says which list of attached things a request asks for; "" if none.
func attachedKind(r *http.Request, service string) string {
	switch {
	case r.Method != http.MethodGet:
	case r.URL.Path == cdsPath && (service == "" || service == "bcc"):
		return cds
	case r.URL.Path == eipPath && (service == "" || service == "eip"):
		return eip
	}
	return ""
}

// listAttached answers with the disks or addresses of one instance or of all. As
// with the balance, only a script's steps that name the list, by its path, or one
// of its items are for it.
func (s *Sandbox) listAttached(r *http.Request, kind, region string) reply {
	known := []string{"marker", "maxKeys", "instanceId", "chargeFilter", "usageFilter", "zoneName"}
	if kind == eip {
		known = []string{"marker", "maxKeys", "instanceId", "instanceType", "ipVersion", "status"}
	}
	query, bad := parseQuery(r, known...)
	pg := page{query: query, marker: query.Get("marker"), maxKeys: maxKeys}
	if bad == nil {
		bad = pg.readMaxKeys()
	}
	one := query.Get("instanceId")
	if bad == nil && kind == eip && one != "" && query.Get("instanceType") == "" {
		bad = badRequest("instanceId needs instanceType.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Reads++
	if bad != nil {
		return s.fail(bad)
	}
	what := strings.Join([]string{r.URL.Path, one, pg.marker}, " ")
	s.lists[what]++
	hit, scripted := s.scripted(true, r.URL.Path, true)
	if !scripted {
		hit = s.drawByChance(true, key{region, "list", what}, s.lists[what])
	}
	return s.readReply(hit, func() any { return s.attachedPage(kind, region, pg, hit) })
}

// hung is something attached, with what it hangs on.
type hung struct {
	Attached
	on *entry
}

// attachedPage is a page of a list of attached things. The caller holds s.mu.
func (s *Sandbox) attachedPage(kind, region string, pg page, hit fate) any {
	var all []hung
	for _, e := range s.sorted[instance] {
		e.show(s.now())
		for _, a := range e.attachedShown() {
			if a.Kind == kind && (region == "" || e.Region == region) && a.matches(pg, e) {
				all = append(all, hung{a, e})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b hung) int { return cmp.Compare(a.ID, b.ID) })
	items, next := []map[string]any{}, ""
	for _, a := range all {
		if a.ID < pg.marker {
			continue
		}
		if len(items) >= pg.maxKeys {
			next = a.ID
			break
		}
		own, shown := s.itemFate(a.ID)
		if !shown || hit.has(ReadMiss) {
			continue
		}
		items = append(items, a.items(slices.Concat(hit, own))...)
	}
	return pg.answer(map[string]string{cds: "volumes", eip: "eipList"}[kind], items, next, hit)
}

// matches says whether something passes the filters of a list.
func (a Attached) matches(pg page, on *entry) bool {
	asked := pg.query.Get
	charge := map[string]string{prepaid: "prepay", postpaid: "postpay"}[a.Payment]
	usage := map[bool]string{true: "system", false: "data"}[a.System]
	return (asked("instanceId") == "" || asked("instanceId") == on.ID) &&
		(asked("chargeFilter") == "" || asked("chargeFilter") == charge) &&
		(asked("usageFilter") == "" || asked("usageFilter") == usage) &&
		(asked("instanceType") == "" || asked("instanceType") == "BCC") &&
		(asked("ipVersion") == "" || asked("ipVersion") == "ipv4")
}

// items is something attached as its list shows it: once, unless a fault has it
// otherwise.
func (a hung) items(hit fate) []map[string]any {
	m := map[string]any{
		"name": a.Name, "paymentTiming": a.Payment, "createTime": "2016-03-08T08:13:09Z", "tags": []any{},
	}
	id := a.ID
	if hit.has(ReadOtherID) {
		id += "0"
	}
	if a.Kind == cds {
		maps.Copy(m, map[string]any{
			"id": id, "type": map[bool]string{true: "System", false: "Cds"}[a.System], "isSystemVolume": a.System, "status": "InUse",
			"storageType": "hp1", "diskSizeInGB": 50, "desc": "", "zoneName": "cn-" + a.on.Region + "-a", "enableAutoRenew": false, "autoRenewTime": 0,
			"attachments": []any{map[string]string{"volumeId": id, "instanceId": a.on.ID, "device": "/dev/vdb", "serial": id}},
		})
	} else {
		maps.Copy(m, map[string]any{
			"eip": id, "eipId": "ip-" + strconv.Itoa(len(id)), "status": "binded", "instanceType": "BCC", "instanceId": a.on.ID, "region": a.on.Region,
			"eipInstanceType": map[bool]string{true: "normal", false: "shared"}[a.Group == ""], "shareGroupId": a.Group,
			"bandwidthInMbps": 5, "billingMethod": nil, "routeType": "BGP", "deleteProtect": false,
		})
	}
	if a.Payment != prepaid {
		return []map[string]any{m}
	}
	switch {
	case hit.has(ReadNoExpiry):
	case hit.has(ReadNoZone):
		m["expireTime"] = a.Expiry.Format("2006-01-02T15:04:05")
	default:
		m["expireTime"] = a.Expiry.Format(time.RFC3339)
	}
	if hit.has(ReadTwice) {
		again := maps.Clone(m)
		again["expireTime"] = a.Expiry.AddDate(0, 1, 0).Format(time.RFC3339)
		return []map[string]any{m, again}
	}
	return []map[string]any{m}
}
