package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"renewplan/internal/bce"
)

// vpcPath lists the networks, which VPN and NAT gateways are listed by.
const vpcPath = "/v1/vpc"

// maxKeys is the most items of one page, and their number unless the request
// says otherwise; maxIDs is the most ids of one batch.
const (
	maxKeys = 1000
	maxIDs  = 100
)

// listFilters are the query parameters of a kind's list, beside marker and
// maxKeys. The cloud has a few more, which the sandbox has nothing to say to.
func listFilters(kind string) []string {
	switch kind {
	case "vpn":
		return []string{"vpcId"}
	case "nat":
		return []string{"vpcId", "natId", "name"}
	case "eipgroup":
		return []string{"id", "name", "status"}
	case "instance":
		return []string{"instanceIds", "paymentTiming", "status", "vpcId"}
	}
	return nil
}

// list answers a read of many resources, page by page.
func (s *Sandbox) list(r *http.Request, k bce.Kind, region string, body []byte) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Reads++
	pg, bad := parsePage(r, k, body)
	if bad != nil {
		return s.fail(bad)
	}
	what := pg.what(r)
	s.lists[what]++
	hit := s.draw(true, key{region, "list", what}, s.lists[what])
	return s.readReply(hit, func() any {
		if r.URL.Path == vpcPath {
			return s.vpcs(pg, region, hit)
		}
		items := []map[string]any{}
		next := ""
		for _, e := range s.candidates(k, pg) {
			if region != "" && e.Region != region || !s.matches(e, k, pg) {
				continue
			}
			if len(items) >= pg.maxKeys {
				next = markerOf(e, region)
				break
			}
			items = append(items, s.itemsOf(e, k, hit)...)
		}
		return pg.answer(k.List.ItemsKey, items, next, hit)
	})
}

// itemsOf is a resource as a list shows it: one item, unless a fault has it
// otherwise. The caller holds s.mu.
func (s *Sandbox) itemsOf(e *entry, k bce.Kind, hit fate) []map[string]any {
	own, shown := s.itemFate(e.ID)
	hit = slices.Concat(hit, own)
	if !shown || hit.has(ReadMiss) {
		return nil
	}
	item := s.item(e, k, hit)
	if !hit.has(ReadTwice) || e.Payment != prepaid {
		return []map[string]any{item}
	}
	again := maps.Clone(item)
	again[k.ExpiryKeys[0]] = e.Shown.AddDate(0, 1, 0).Format(time.RFC3339)
	return []map[string]any{item, again}
}

// candidates are the resources from the page's marker on, in order; if the page
// is of some ids, only those. The caller holds s.mu.
func (s *Sandbox) candidates(k bce.Kind, pg page) []*entry {
	if pg.ids == nil {
		return from(s.sorted[k.Name], pg.marker)
	}
	var some []*entry
	for _, id := range slices.Compact(slices.Sorted(slices.Values(pg.ids))) {
		some = append(some, s.byID[key{kind: k.Name, id: id}]...)
	}
	slices.SortFunc(some, byIDAndRegion)
	return from(some, pg.marker)
}

// byIDAndRegion is the order of resources of one kind.
func byIDAndRegion(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Region, b.Region))
}

// page is what a list was asked for.
type page struct {
	query   url.Values
	marker  string
	maxKeys int
	ids     []string // only these; nil means all
}

// what tells pages apart, for their fates.
func (pg page) what(r *http.Request) string {
	return strings.Join(append([]string{r.URL.Path, pg.query.Get("vpcId"), pg.marker}, pg.ids...), " ")
}

func parsePage(r *http.Request, k bce.Kind, body []byte) (page, *apiError) {
	known := []string{"marker", "maxKeys"}
	if !isBatch(r, k) && r.URL.Path != vpcPath {
		known = append(known, listFilters(k.Name)...)
	}
	query, bad := parseQuery(r, known...)
	if bad != nil {
		return page{}, bad
	}
	pg := page{query: query, marker: query.Get("marker"), maxKeys: maxKeys}
	if bad := pg.readMaxKeys(); bad != nil {
		return pg, bad
	}
	if slices.Contains(listFilters(k.Name), "vpcId") && k.Name != "instance" && r.URL.Path != vpcPath && query.Get("vpcId") == "" {
		return pg, badRequest("vpcId is missing.")
	}
	switch {
	case isBatch(r, k):
		pg.ids, bad = parseIDs(r, body)
	case query.Get("instanceIds") != "":
		pg.ids = strings.Split(query.Get("instanceIds"), ",")
	}
	if bad == nil && len(pg.ids) > maxIDs {
		bad = badRequest("More than %d instance ids.", maxIDs)
	}
	return pg, bad
}

// readMaxKeys reads the size of the page.
func (pg *page) readMaxKeys() *apiError {
	text := pg.query.Get("maxKeys")
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxKeys {
		return badRequest("maxKeys is %q; want 1 to %d.", text, maxKeys)
	}
	pg.maxKeys = n
	return nil
}

func parseIDs(r *http.Request, body []byte) ([]string, *apiError) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, refusef(http.StatusBadRequest, "InvalidHTTPRequest", "Content-Type is %q; want application/json.", r.Header.Get("Content-Type"))
	}
	var b struct {
		InstanceIDs []string `json:"instanceIds"`
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&b); err != nil {
		return nil, refusef(http.StatusBadRequest, "MalformedJSON", "The JSON you provided was not well-formed.")
	}
	if len(b.InstanceIDs) == 0 {
		return nil, inappropriate("instanceIds is missing or empty.")
	}
	return b.InstanceIDs, nil
}

// answer is the page in the form that all lists share.
func (pg page) answer(itemsKey string, items []map[string]any, next string, hit fate) map[string]any {
	if hit.has(ReadLoop) {
		next = cmp.Or(pg.marker, "-") // before every id, and so the first page again
	}
	return map[string]any{
		itemsKey: items, "marker": pg.marker, "maxKeys": pg.maxKeys, "isTruncated": next != "", "nextMarker": next,
	}
}

// matches says whether a resource passes the page's filters. The caller holds s.mu.
func (s *Sandbox) matches(e *entry, k bce.Kind, pg page) bool {
	now := s.now()
	e.show(now)
	has := map[string]string{
		"vpcId": e.VPCID, "natId": e.ID, "id": e.ID, "name": e.Name, "status": e.status(k, now), "paymentTiming": e.Payment,
	}
	for name := range pg.query {
		want := pg.query.Get(name)
		if value, filter := has[name]; filter && want != "" && want != value {
			return false
		}
	}
	return true
}

// vpcs lists the networks that resources are in. The caller holds s.mu.
func (s *Sandbox) vpcs(pg page, region string, hit fate) any {
	ids := map[string]bool{}
	for _, e := range s.entries {
		if region == "" || e.Region == region {
			ids[e.VPCID] = true
		}
	}
	items := []map[string]any{}
	next := ""
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if id < pg.marker {
			continue
		}
		if len(items) == pg.maxKeys {
			next = id
			break
		}
		items = append(items, map[string]any{"vpcId": id, "name": id, "cidr": "192.168.0.0/16", "isDefault": id == "vpc-"+region})
	}
	return pg.answer("vpcs", items, next, hit)
}

// markerOf is the marker of the page that begins with a resource.
func markerOf(e *entry, region string) string {
	if region != "" {
		return e.ID
	}
	return e.ID + "/" + e.Region
}

// from is the part of a sorted list that begins at a marker.
func from(list []*entry, marker string) []*entry {
	id, region, _ := strings.Cut(marker, "/")
	i := sort.Search(len(list), func(i int) bool {
		return cmp.Or(cmp.Compare(list[i].ID, id), cmp.Compare(list[i].Region, region)) >= 0
	})
	return list[i:]
}
