package bce

// Kind is one entry of the table of kinds: everything that is particular to
// one. Adding a kind adds an entry and touches nothing else in this package.
type Kind struct {
	// Name is the kind's word in specs and plans, such as "vpn".
	Name string
	// Service is the first label of the API's host: SERVICE.REGION.baidubce.com.
	Service string
	// Path leads to one resource; the id follows, path-escaped: "/v1/vpn/".
	Path string
	// Unit is the spelling of reservationTimeUnit that the kind's own page
	// shows, "month" or "Month". Whether the cloud ignores case is not documented.
	Unit string
	// Lengths are the numbers of months that can be bought, ascending.
	Lengths []int
	// RelatedRenewFlag says that the query parameter relatedRenewFlag is always
	// sent, even when it is empty; RelatedRenewFlags are its values other than "".
	RelatedRenewFlag  bool
	RelatedRenewFlags []string
	// Async says that a renewal shows only after minutes.
	Async bool

	// ItemKey wraps the detail answer ({"instance": {…}}); "" if nothing does.
	ItemKey string
	// The keys of the detail answer, tried in order; the first that holds a
	// value counts. AutoRenewKeys is empty for a kind that does not tell.
	IDKeys, NameKeys, ExpiryKeys, PaymentKeys, StatusKeys, AutoRenewKeys []string
	// Busy are the statuses in which a renewal would be refused, Stopped those of
	// a resource that runs no more (the renewal page of instances: one that was
	// stopped for arrears "restarts after the successful renew"), Broken those of
	// one that may be of no use, Gone those of one that is deleted or about to be,
	// and Idle is the usual one. Statuses are compared without case.
	Busy, Stopped, Broken, Gone []string
	Idle                        string
	// PlacementKeys hold the placement policy ("dedicatedHost" means dedicated);
	// DedicatedHostKeys hold the id of a dedicated host. Dedicated resources
	// cannot be renewed. Both are empty for kinds that are never dedicated.
	PlacementKeys, DedicatedHostKeys []string

	// List says how several resources are read with one request.
	List List
	// VPCKeys hold the VPC that the resource is in; empty for kinds that are not
	// listed by it.
	VPCKeys []string
	// RegionKeys hold the region ("bj") or the zone ("cn-bj-a") of an item of a
	// list; empty for kinds that do not tell.
	RegionKeys []string
	// Attachments are the sorts of things that hang on a resource and may be
	// renewed with it.
	Attachments []Attachment
}

// Scope says what one request for a list can ask for.
type Scope int

// The scopes.
const (
	NoList   Scope = iota // nothing: resources are read one by one
	ByIDs                 // the resources with some ids
	ByRegion              // every resource of the region
	ByVPC                 // every resource of one VPC
)

// List is how several resources of a kind are read with one request. All lists
// are paged alike: marker and maxKeys in the query, isTruncated and nextMarker
// in the answer.
type List struct {
	Scope    Scope
	Path     string // "/v1/vpn"
	ItemsKey string // holds the items: "vpns"
	IDsKey   string // ByIDs: holds the ids in the body of the POST
	Most     int    // ByIDs: how many ids one request may name
}

// Kinds returns the table of kinds in order of name. The slices are the
// caller's own.
func Kinds() []Kind {
	return []Kind{eipGroup(), instance(), nat(), vpn()}
}

// KindByName returns the kind of that name, such as "vpn".
func KindByName(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// lengths are the months on sale. VPN and NAT: the official Java SDK's
// ExampleRenewVpn and the Terraform provider's validators. EIP group: the same
// validators. Instances: the Java SDK's BccClient ("only support month now").
func lengths() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36} }

// vpn is the VPN gateway.
//
// Renewal: the page "VPN gateway renewal" (VPC API reference, 2025-10-16; newer
// https://cloud.baidu.com/doc/VPC/s/rk2yh7kqp): PUT /v1/vpn/{vpnId} on BCC's
// host, unit "month". Detail: https://cloud.baidu.com/doc/VPC/s/Xk2ydminh
// (2024-12-30). Its answer carries pre-shared keys (vpnConns[].secretKey). List:
// ListVpnGateway of bce-sdk-go v0.9.277, which needs a VPC.
//
// productType is what paymentTiming was called in older answers. That building
// and configuring refuse a renewal is inferred, not documented.
func vpn() Kind {
	return Kind{
		Name:        "vpn",
		Service:     "bcc",
		Path:        "/v1/vpn/",
		Unit:        "month",
		Lengths:     lengths(),
		IDKeys:      []string{"vpnId", "id"},
		NameKeys:    []string{"vpnName", "name"},
		ExpiryKeys:  []string{"expiredTime", "expireTime"},
		PaymentKeys: []string{"paymentTiming", "productType"},
		StatusKeys:  []string{"status"},
		Busy:        []string{"building", "configuring"},
		Idle:        "active",
		List:        List{Scope: ByVPC, Path: "/v1/vpn", ItemsKey: "vpns"},
		VPCKeys:     []string{"vpcId"},
	}
}

// nat is the NAT gateway.
//
// Renewal: the page "NAT gateway renewal" (VPC API reference, 2025-10-16; newer
// https://cloud.baidu.com/doc/VPC/s/Vjwvyukqv): PUT /v1/nat/{natId} on BCC's
// host, unit "month", "Postpaid NAT gateways are not eligible". The detail's
// older table says expireTime, its sample expiredTime: both are read. The busy
// statuses are inferred from the status list of the official SDKs. List:
// https://intl.cloud.baidu.com/en/doc/VPC/s/Tjwvyukbd-intl-en (2025-10-16), which
// calls the VPC required; the API catalogue of 2026 does not.
func nat() Kind {
	return Kind{
		Name:        "nat",
		Service:     "bcc",
		Path:        "/v1/nat/",
		Unit:        "month",
		Lengths:     lengths(),
		IDKeys:      []string{"id", "natId"},
		NameKeys:    []string{"name"},
		ExpiryKeys:  []string{"expiredTime", "expireTime"},
		PaymentKeys: []string{"paymentTiming", "productType"},
		StatusKeys:  []string{"status"},
		Busy:        []string{"updating", "configuring", "building"},
		Broken:      []string{"error"},
		Gone:        []string{"deleting", "deleted"},
		Idle:        "active",
		List:        List{Scope: ByVPC, Path: "/v1/nat", ItemsKey: "nats"},
		VPCKeys:     []string{"vpcId"},
	}
}

// eipGroup is the shared bandwidth of elastic IPs.
//
// Renewal: the page "Renew Shared Bandwidth" (EIP API reference): PUT
// /v1/eipgroup/{id} on EIP's host, unit "Month", clientToken required, refused
// while the bandwidth is being resized. Detail:
// https://cloud.baidu.com/doc/EIP/s/Zjwvz2xzs (2025-04-30); expireTime is there
// for prepaid groups only. The documented statuses of a group (available,
// paused, expired, deleting) have none for resizing; "updating" is what a
// single EIP shows, taken over here by inference. List:
// https://cloud.baidu.com/doc/EIP/s/Ujwvz2yd6-en, ListEipGroup of bce-sdk-go.
func eipGroup() Kind {
	return Kind{
		Name:        "eipgroup",
		Service:     "eip",
		Path:        "/v1/eipgroup/",
		Unit:        "Month",
		Lengths:     lengths(),
		IDKeys:      []string{"id"},
		NameKeys:    []string{"name"},
		ExpiryKeys:  []string{"expireTime", "expiredTime"},
		PaymentKeys: []string{"paymentTiming"},
		StatusKeys:  []string{"status"},
		Busy:        []string{"updating"},
		Gone:        []string{"deleting"},
		Idle:        "available",
		List:        List{Scope: ByRegion, Path: "/v1/eipgroup", ItemsKey: "eipgroups"},
		RegionKeys:  []string{"region"},
	}
}

// instance is the virtual machine (BCC).
//
// Renewal: the page "Instance Renewal" (BCC API reference, 2020-10-22; newer
// https://cloud.baidu.com/doc/BCC/s/yjwvyoakh): PUT /v2/instance/{instanceId},
// unit "Month", clientToken and relatedRenewFlag required, asynchronous,
// refused while scaling and for dedicated instances. Detail:
// https://cloud.baidu.com/doc/BCC/s/sjwvyoeqr-en, wrapped in "instance";
// expireTime is null when postpaid. placementPolicy, dedicatedHostId and
// autoRenew: InstanceModel of bce-sdk-go v0.9.277. Scaling is documented as
// refusing a renewal; the other busy statuses are inferred. The flag's values:
// constants RelatedRenewFlag* of the same SDK's services/bcc/api/model.go. List:
// https://cloud.baidu.com/doc/BCC/s/4koffviai (2024-07-02), at most 100 ids. That
// a zone is named COUNTRY-REGION-LETTER is in the appendix of the same API pages.
func instance() Kind {
	return Kind{
		Name:              "instance",
		Service:           "bcc",
		Path:              "/v2/instance/",
		Unit:              "Month",
		Lengths:           lengths(),
		RelatedRenewFlag:  true,
		RelatedRenewFlags: []string{"CDS", "EIP", "MKT", "CDS_EIP", "CDS_MKT", "EIP_MKT", "CDS_EIP_MKT"},
		Async:             true,
		ItemKey:           "instance",
		IDKeys:            []string{"id", "instanceId"},
		NameKeys:          []string{"name", "instanceName"},
		ExpiryKeys:        []string{"expireTime", "expiredTime"},
		PaymentKeys:       []string{"paymentTiming"},
		StatusKeys:        []string{"status"},
		AutoRenewKeys:     []string{"autoRenew"},
		Busy:              []string{"Scaling", "VolumeResizing", "BillingChanging", "Recharging"},
		Stopped:           []string{"Stopped", "Expired"},
		Broken:            []string{"Recycled", "Error"},
		Gone:              []string{"Deleted"},
		Idle:              "Running",
		PlacementKeys:     []string{"placementPolicy"},
		DedicatedHostKeys: []string{"dedicatedHostId"},
		List: List{
			Scope: ByIDs, Path: "/v2/instance/listByInstanceId", ItemsKey: "instances", IDsKey: "instanceIds", Most: 100,
		},
		RegionKeys:  []string{"zoneName"},
		Attachments: []Attachment{disk(), address()},
	}
}
