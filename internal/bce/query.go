package bce

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Bounds on lists. The number of pages is bounded by the Batch.
const (
	pageSize  = "1000"  // maxKeys: the most that the pages of the API name
	maxItems  = 100_000 // of a page whose sender heeds no maxKeys
	maxMarker = 1024    // bytes
)

// The list of VPCs, which gateways are listed by: ListVPC of bce-sdk-go
// v0.9.277, https://cloud.baidu.com/doc/VPC/s/ of the same API.
const (
	vpcPath     = "/v1/vpc"
	vpcItemsKey = "vpcs"
	vpcIDKey    = "vpcId"
)

// Query is one request of a [Batch] or an [AttachedBatch]. It goes to Client.Host(Region, Kind).
// [Client.Query] may be called with it again, if the first answer was no use.
type Query struct {
	Region string
	Kind   Kind

	what   what
	id     string   // aResource, and thoseOf: the holder
	vpc    string   // aList of a kind that is listed by VPC
	ask    []string // aList of a kind that is listed by ids: those to name
	wanted []string // aList: the ids that are of interest, sorted
	marker string   // of the page; "" is the first
	serial int      // which of the batch's queries it is
	list   *listing // the list that it is a page of
	holder string   // thoseOf: the holder's kind
	sort   *Attachment
}

// what is what a Query asks for.
type what int

const (
	aResource what = iota // one resource
	aList                 // a page of a list
	theVPCs               // a page of the list of VPCs
	allThat               // a page of the list of all attachments of a sort
	thoseOf               // the attachments of a sort of one resource
)

// String names what is asked for, such as "bj/vpn/vpn-1" or "the list of bj/vpn
// in vpc-1".
func (q Query) String() string {
	kind := q.Region + "/" + q.Kind.Name
	switch {
	case q.what == aResource:
		return kind + "/" + q.id
	case q.what == theVPCs:
		return "the VPCs of " + q.Region
	case q.what == thoseOf:
		return "the " + q.Kind.Name + " of " + q.Region + "/" + q.holder + "/" + q.id
	case q.vpc != "":
		return "the list of " + kind + " in " + q.vpc
	case len(q.ask) > 0:
		return strconv.Itoa(len(q.ask)) + " of " + kind
	}
	return "the list of " + kind
}

// Page is what came of a Query, for [Batch.Take] or [AttachedBatch.Take].
type Page struct {
	// At is when the request began, by the wall and the monotonic clock.
	At time.Time
	// Requests is how many were made: one, more if the clock had to be corrected,
	// none if the query could not be sent.
	Requests int
	// Err is nil or an *Error. Of a list it is about the page and not about the
	// resources.
	Err error

	seen sightings
	vpcs []string  // of theVPCs
	held *holdings // of allThat and thoseOf
	more bool      // there is another page
	next string    // its marker
}

// Query makes one request of a batch, and again after a correction of the clock,
// as [Client.Read] does. Of the answer only what the batch wants is kept. Safe
// for concurrent use.
func (c *Client) Query(ctx context.Context, q Query) Page {
	p := Page{At: c.now()}
	switch q.what {
	case aResource:
		var state State
		if state, p.Requests, p.Err = c.readOne(ctx, q.Region, q.Kind, q.id); p.Err == nil {
			p.seen.add(q.id, state, "")
		}
	case aList:
		own := q.Kind.fieldKeys()
		c.readPage(ctx, q, q.Kind.List.ItemsKey, &p, func(item []byte) error {
			c.see(&p.seen, q, own, item)
			return nil
		})
	case theVPCs:
		c.readPage(ctx, q, vpcItemsKey, &p, func(item []byte) error {
			f, err := pickFields(item, vpcIDKey)
			if id := f.text([]string{vpcIDKey}); err == nil && checkID(id) == nil {
				p.vpcs = append(p.vpcs, id)
			}
			return nil
		})
	case allThat, thoseOf:
		p.held = &holdings{}
		own := q.sort.fieldKeys()
		c.readPage(ctx, q, q.Kind.List.ItemsKey, &p, func(item []byte) error { return c.hold(p.held, q, own, item) })
	}
	return p
}

// readPage reads a page of a list and hands its items over.
func (c *Client) readPage(ctx context.Context, q Query, itemsKey string, p *Page, item func([]byte) error) {
	op := "reading " + c.clean(q.String())
	err := checkTarget(q.Region, q.Kind)
	if err == nil && q.what == thoseOf {
		err = checkID(q.id)
	}
	if err != nil {
		p.Err = &Error{Op: op, Err: err}
		return
	}
	var rep reply
	if rep, p.Requests, p.Err = c.get(ctx, op, c.pageCall(q)); p.Err != nil {
		return
	}
	page, err := decodePage(rep, itemsKey, item)
	if err != nil {
		*p = Page{At: p.At, Requests: p.Requests, Err: c.badAnswer(op, rep, err)}
		return
	}
	p.more, p.next = page.more, page.next
}

// pageCall is the request for a page, as the API's own pages write it.
func (c *Client) pageCall(q Query) call {
	k := call{method: http.MethodGet, host: c.Host(q.Region, q.Kind), path: q.Kind.List.Path, maxBody: maxListBody}
	switch q.what {
	case theVPCs, aResource:
		k.path = vpcPath
	case allThat:
		k.query = append(k.query, q.sort.AllParams...)
	case thoseOf:
		k.query = append(k.query, q.sort.OneParams...)
		k.query = append(k.query, Param{Key: "instanceId", Value: q.id, HasEquals: true})
	case aList:
		switch q.Kind.List.Scope {
		case ByVPC:
			k.query = append(k.query, Param{Key: "vpcId", Value: q.vpc, HasEquals: true})
		case ByIDs:
			k.method = http.MethodPost
			// A list of texts under a text always has a JSON form.
			k.body, _ = json.Marshal(map[string][]string{q.Kind.List.IDsKey: q.ask})
		case ByRegion, NoList:
		}
	}
	if q.marker != "" {
		k.query = append(k.query, Param{Key: "marker", Value: q.marker, HasEquals: true})
	}
	k.query = append(k.query, Param{Key: "maxKeys", Value: pageSize, HasEquals: true})
	return k
}
