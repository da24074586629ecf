package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"renewplan/internal/bce"
)

// Canary is the pre-shared key in every VPN gateway's answer. It is there to be
// found in outputs: it must be in none.
const Canary = "sandbox-canary-pre-shared-key"

// find is the resource that a request means. The caller holds s.mu.
func (s *Sandbox) find(k key) (*entry, *apiError) {
	if k.region != "" {
		if e := s.entries[k]; e != nil {
			return e, nil
		}
		return nil, noSuchObject(k)
	}
	switch anywhere := s.byID[k]; len(anywhere) {
	case 0:
		return nil, noSuchObject(k)
	case 1:
		return anywhere[0], nil
	default:
		return nil, badRequest("%s %s is in several regions of this sandbox, and the request's host names none.", k.kind, k.id)
	}
}

// detail answers a read of one resource.
func (s *Sandbox) detail(r *http.Request, k bce.Kind, id, region string) reply {
	_, bad := parseQuery(r, detailParams(k.Name)...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Reads++
	var e *entry
	if bad == nil {
		e, bad = s.find(key{region, k.Name, id})
	}
	if bad != nil {
		return s.fail(bad)
	}
	e.Reads++
	hit := s.draw(true, e.key(), e.Reads)
	return s.readReply(hit, func() any {
		item := s.item(e, k, hit)
		if k.ItemKey != "" {
			return map[string]any{k.ItemKey: item}
		}
		return item
	})
}

// detailParams are the query parameters of a kind's detail. The official Go SDK
// (v0.9.277) always sends isDeploySet for instances, and so is it known here.
func detailParams(kind string) []string {
	if kind == "instance" {
		return []string{"isDeploySet"}
	}
	return nil
}

// readReply is the answer to a read, or what its fate makes of it. The caller
// holds s.mu.
func (s *Sandbox) readReply(hit fate, content func() any) reply {
	var out reply
	switch {
	case hit.has(ReadError):
		out = s.fail(s.faults.serverError())
	case hit.has(ReadHTML):
		out = s.html(http.StatusOK)
	case hit.has(ReadLost):
		out = reply{end: lost}
	case hit.has(ReadHang):
		out = reply{end: hang}
	case hit.has(ReadForbid):
		out = s.fail(forbidden())
	case hit.has(ReadThrottle):
		out = s.fail(s.faults.throttled())
	default:
		body, err := json.Marshal(content())
		if err != nil {
			return s.fail(refusef(http.StatusInternalServerError, "InternalError", "%v", err))
		}
		out = s.ok(body)
	}
	if hit.has(ReadSlow) {
		out.wait = s.faults.SlowBy.or(2 * time.Second)
	}
	return out
}

// item is a resource as the cloud shows it. The caller holds s.mu.
func (s *Sandbox) item(e *entry, k bce.Kind, hit fate) map[string]any {
	now := s.now()
	e.show(now)
	id := e.ID
	if hit.has(ReadOtherID) {
		id += "0"
	}
	m := map[string]any{
		k.IDKeys[0]:      id,
		k.NameKeys[0]:    e.Name,
		k.StatusKeys[0]:  e.status(k, now),
		k.PaymentKeys[0]: e.Payment,
		"tags":           e.tagList(),
	}
	e.addParticulars(m)
	expiry := k.ExpiryKeys[0]
	switch {
	case hit.has(ReadNoExpiry):
	case hit.has(ReadNoZone):
		m[expiry] = e.Shown.Format("2006-01-02T15:04:05")
	case e.Payment == prepaid:
		m[expiry] = e.Shown.Format(time.RFC3339)
	case e.Kind == "instance":
		m[expiry] = nil
	}
	return m
}

// addParticulars adds what only one kind has, as on its own page.
func (e *entry) addParticulars(m map[string]any) {
	switch e.Kind {
	case "vpn":
		maps.Copy(m, map[string]any{
			"eip": "", "vpcId": e.VPCID, "description": "", "type": "IPSec", "bandwidthInMbps": 5, "deleteProtect": false,
			"vpnConnNum": 1, "vpnConns": []any{map[string]any{
				"vpnId": e.ID, "vpnConnId": "vpnconn-" + e.ID, "vpnConnName": "office", "status": "active", "secretKey": Canary,
				"localSubnets": []string{"192.168.0.0/20"}, "remoteIp": "203.0.113.7", "remoteSubnets": []string{"192.168.100.0/24"},
			}},
		})
	case "nat":
		maps.Copy(m, map[string]any{"vpcId": e.VPCID, "spec": "small", "eips": []string{}, "deleteProtect": false})
	case "eipgroup":
		maps.Copy(m, map[string]any{
			"bandwidthInMbps": 20, "billingMethod": "ByBandwidth", "createTime": "2016-03-08T08:13:09Z",
			"eips": []any{}, "eipv6s": []any{}, "region": e.Region, "routeType": "BGP",
		})
	case "instance":
		maps.Copy(m, map[string]any{
			"vpcId": e.VPCID, "createTime": "2015-07-09T12:19:40Z", "zoneName": "cn-" + e.Region + "-a", "desc": "",
			"autoRenew": e.AutoRenew != nil && *e.AutoRenew, "placementPolicy": "default", "dedicatedHostId": "",
		})
		if e.Dedicated {
			m["placementPolicy"], m["dedicatedHostId"] = "dedicatedHost", "d-"+e.ID
		}
	}
}

func (e *entry) tagList() []map[string]string {
	list := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(e.Tags)) {
		list = append(list, map[string]string{"tagKey": name, "tagValue": e.Tags[name]})
	}
	return list
}

// status is the resource's status as it shows.
func (e *entry) status(k bce.Kind, now time.Time) string {
	switch {
	case e.Status != "":
		return e.Status
	case e.Payment == prepaid && !e.Shown.After(now):
		return statusExpired(k)
	}
	return k.Idle
}

// statusExpired is what a kind shows after its expiry. For gateways that is not
// documented.
func statusExpired(k bce.Kind) string {
	switch k.Name {
	case "instance":
		return "Expired"
	case "eipgroup":
		return "expired"
	case "nat":
		return "down"
	}
	return k.Idle
}

// isList says whether a request lists resources of a kind, or the VPCs of the
// service that the kind belongs to.
func isList(r *http.Request, k bce.Kind) bool {
	switch r.URL.Path {
	case strings.TrimSuffix(k.Path, "/"):
		return r.Method == http.MethodGet
	case vpcPath:
		return r.Method == http.MethodGet && k.Service == "bcc"
	}
	return isBatch(r, k)
}

// isBatch says whether a request reads resources by their ids.
func isBatch(r *http.Request, k bce.Kind) bool {
	return k.List.Scope == bce.ByIDs && r.Method == http.MethodPost && r.URL.Path == k.List.Path
}
