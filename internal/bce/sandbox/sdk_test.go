//go:build !race

package sandbox_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdkbce "github.com/baidubce/bce-sdk-go/bce"
	"github.com/baidubce/bce-sdk-go/services/bcc"
	bccapi "github.com/baidubce/bce-sdk-go/services/bcc/api"
	"github.com/baidubce/bce-sdk-go/services/billing"
	"github.com/baidubce/bce-sdk-go/services/eip"
	"github.com/baidubce/bce-sdk-go/services/vpc"
	"github.com/baidubce/bce-sdk-go/services/vpn"

	"renewplan/internal/bce/sandbox"
)

// The official Go SDK (bce-sdk-go v0.9.277) is a client that nobody here
// wrote: if it can renew and read against the sandbox, then the sandbox is no
// private dialect. Its clients run one after the other and never under the race
// detector, for they race with themselves: all share one http.Client and
// transport of the package, and each request writes its time-out into it.

// sdk are the official clients, pointed at a sandbox.
type sdk struct {
	vpn *vpn.Client
	vpc *vpc.Client
	eip *eip.Client
	bcc *bcc.Client
}

// dialSDK serves a sandbox on the real clock, for the SDK signs by it.
func dialSDK(t *testing.T, cfg sandbox.Config) (*sandbox.Sandbox, sdk) {
	t.Helper()
	cfg.Now = time.Now
	s := open(t, cfg)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	var c sdk
	var errs [4]error
	c.vpn, errs[0] = vpn.NewClient(sandbox.AccessKeyID, sandbox.SecretAccessKey, server.URL)
	c.vpc, errs[1] = vpc.NewClient(sandbox.AccessKeyID, sandbox.SecretAccessKey, server.URL)
	c.eip, errs[2] = eip.NewClient(sandbox.AccessKeyID, sandbox.SecretAccessKey, server.URL)
	c.bcc, errs[3] = bcc.NewClient(sandbox.AccessKeyID, sandbox.SecretAccessKey, server.URL)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	c.vpn.Config.Retry = sdkbce.NewNoRetryPolicy()
	c.vpc.Config.Retry = sdkbce.NewNoRetryPolicy()
	c.eip.Config.Retry = sdkbce.NewNoRetryPolicy()
	c.bcc.Config.Retry = sdkbce.NewNoRetryPolicy()
	return s, c
}

func (c sdk) renewVPN(token string, months int) error {
	return c.vpn.RenewVpnGateway("vpn-1", &vpn.RenewVpnGatewayArgs{
		ClientToken: token,
		Billing:     &vpn.Billing{Reservation: &vpn.Reservation{ReservationLength: months, ReservationTimeUnit: "month"}},
	})
}

func (c sdk) renewInstance(token string) (*bccapi.InstancePurchaseReservedResult, error) {
	return c.bcc.InstancePurchaseReserved("i-1", &bccapi.PurchaseReservedArgs{
		ClientToken: token, RelatedRenewFlag: "CDS_EIP",
		Billing: bccapi.Billing{Reservation: &bccapi.Reservation{ReservationLength: 3, ReservationTimeUnit: "Month"}},
	})
}

func TestTheOfficialSDKRenewsAndReadsEveryKind(t *testing.T) {
	s, c := dialSDK(t, sandbox.Config{})

	if err := c.renewVPN("token-vpn", 1); err != nil {
		t.Errorf("RenewVpnGateway: %v", err)
	}
	if err := c.vpc.RenewNatGateway("nat-1", &vpc.RenewNatGatewayArgs{
		ClientToken: "token-nat",
		Billing:     &vpc.Billing{Reservation: &vpc.Reservation{ReservationLength: 2, ReservationTimeUnit: "month"}},
	}); err != nil {
		t.Errorf("RenewNatGateway: %v", err)
	}
	if err := c.eip.EipGroupPurchaseReserved("eg-1", &eip.EipGroupPurchaseReservedArgs{
		ClientToken: "token-eipgroup",
		Billing:     &eip.Billing{Reservation: &eip.Reservation{ReservationLength: 12, ReservationTimeUnit: "Month"}},
	}); err != nil {
		t.Errorf("EipGroupPurchaseReserved: %v", err)
	}
	order, err := c.renewInstance("token-instance")
	if err != nil {
		t.Fatalf("InstancePurchaseReserved: %v", err)
	}

	charges := s.Charges()
	if len(charges) != 4 {
		t.Fatalf("got %d charges %+v; want 4", len(charges), charges)
	}
	if got := charges[3]; order.OrderId != got.OrderID || got.OrderID == "" || got.Token != "token-instance" {
		t.Errorf("got order %q and charge %+v; want the same order", order.OrderId, got)
	}
	after := map[string]string{}
	for _, charge := range charges {
		after[charge.Kind] = charge.After.Format(time.RFC3339)
	}

	if got, err := c.vpn.GetVpnGatewayDetail("vpn-1"); err != nil || got.ExpiredTime != after["vpn"] ||
		got.ProductType != "Prepaid" || got.Status != "active" || got.Name != "办公室 VPN" || got.VpnConns[0].SecretKey != sandbox.Canary {
		t.Errorf("GetVpnGatewayDetail: got %+v, %v; want expiry %s", got, err, after["vpn"])
	}
	if got, err := c.vpc.GetNatGatewayDetail("nat-1"); err != nil || got.ExpiredTime != after["nat"] ||
		got.PaymentTiming != "Prepaid" || got.Status != "active" || got.Name != "egress" {
		t.Errorf("GetNatGatewayDetail: got %+v, %v; want expiry %s", got, err, after["nat"])
	}
	if got, err := c.eip.EipGroupDetail("eg-1"); err != nil || got.ExpireTime != after["eipgroup"] ||
		got.PaymentTiming != "Prepaid" || got.Status != "available" || got.Name != "shared" {
		t.Errorf("EipGroupDetail: got %+v, %v; want expiry %s", got, err, after["eipgroup"])
	}
	if got, err := c.bcc.GetInstanceDetail("i-1"); err != nil || got.Instance.ExpireTime != after["instance"] ||
		got.Instance.PaymentTiming != "Prepaid" || got.Instance.Status != "Running" || got.Instance.PlacementPolicy != "default" {
		t.Errorf("GetInstanceDetail: got %+v, %v; want expiry %s", got, err, after["instance"])
	}
}

func TestTheOfficialSDKListsWhatItRenewed(t *testing.T) {
	_, c := dialSDK(t, sandbox.Config{})
	nets, err := c.vpc.ListVPC(&vpc.ListVPCArgs{MaxKeys: 1})
	if err != nil || len(nets.VPCs) != 1 || !nets.IsTruncated || nets.VPCs[0].VPCID != "vpc-bj" {
		t.Fatalf("ListVPC: got %+v, %v; want the first of two", nets, err)
	}
	if got, err := c.vpn.ListVpnGateway(&vpn.ListVpnGatewayArgs{VpcId: "vpc-bj", MaxKeys: 10}); err != nil || len(got.Vpns) != 1 || got.Vpns[0].VpnId != "vpn-1" {
		t.Errorf("ListVpnGateway: got %+v, %v; want vpn-1", got, err)
	}
	if got, err := c.vpc.ListNatGateway(&vpc.ListNatGatewayArgs{VpcId: "vpc-bj", MaxKeys: 10}); err != nil || len(got.Nats) != 1 || got.Nats[0].Id != "nat-1" {
		t.Errorf("ListNatGateway: got %+v, %v; want nat-1", got, err)
	}
	if got, err := c.eip.ListEipGroup(&eip.ListEipGroupArgs{MaxKeys: 10}); err != nil || len(got.EipGroup) != 1 || got.EipGroup[0].Id != "eg-1" {
		t.Errorf("ListEipGroup: got %+v, %v; want eg-1", got, err)
	}
	if got, err := c.bcc.ListInstances(&bccapi.ListInstanceArgs{}); err != nil || len(got.Instances) != 1 || got.Instances[0].InstanceId != "i-1" {
		t.Errorf("ListInstances: got %+v, %v; want i-1", got, err)
	}
	if got, err := c.bcc.ListInstanceByInstanceIds(&bccapi.ListInstanceByInstanceIdArgs{InstanceIds: []string{"i-1", "i-2"}}); err != nil || len(got.Instances) != 1 {
		t.Errorf("ListInstanceByInstanceIds: got %+v, %v; want i-1", got, err)
	}
}

func TestTheOfficialSDKListsWhatHangsOnAnInstance(t *testing.T) {
	s, c := dialSDK(t, sandbox.Config{Fleet: []sandbox.Resource{webServer()}})
	if _, err := c.renewInstance("t"); err != nil { // with its disks and addresses, for three months
		t.Fatal(err)
	}
	disks, err := c.bcc.ListCDSVolume(&bccapi.ListCDSVolumeArgs{InstanceId: "i-1", ChargeFilter: "prepay"})
	if err != nil || len(disks.Volumes) != 2 {
		t.Fatalf("ListCDSVolume: got %+v, %v; want two disks", disks, err)
	}
	if v := disks.Volumes[1]; v.Id != "v-1" || v.Name != "data" || v.PaymentTiming != "Prepaid" || v.IsSystemVolume ||
		v.Attachments[0].InstanceId != "i-1" || v.ExpireTime != s.Charges()[0].After.Format(time.RFC3339) {
		t.Errorf("ListCDSVolume: got %+v; want v-1, renewed along", v)
	}
	addresses, err := c.eip.ListEip(&eip.ListEipArgs{InstanceType: "BCC", InstanceId: "i-1"})
	if err != nil || len(addresses.EipList) != 3 {
		t.Fatalf("ListEip: got %+v, %v; want three addresses", addresses, err)
	}
	if a := addresses.EipList[2]; a.Eip != "203.0.113.3" || a.PaymentTiming != "Prepaid" || a.InstanceId != "i-1" || a.ShareGroupId != "eg-1" ||
		a.ExpireTime != soon.AddDate(0, 3, 0).Format(time.RFC3339) {
		t.Errorf("ListEip: got %+v; want 203.0.113.3, renewed along", a)
	}
}

// The SDK has no call for the balance; this is its general client.
func TestTheOfficialSDKReadsTheBalance(t *testing.T) {
	s := open(t, sandbox.Config{Now: time.Now, Balance: "850.0000"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := billing.NewClient(sandbox.AccessKeyID, sandbox.SecretAccessKey, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.Config.Retry = sdkbce.NewNoRetryPolicy()
	var got struct{ CashBalance json.Number }
	err = sdkbce.NewRequestBuilder(c).WithMethod(http.MethodPost).WithURL("/v1/finance/cash/balance").WithResult(&got).Do()
	if err != nil || got.CashBalance != "850.0000" {
		t.Errorf("got %q, %v; want 850.0000", got.CashBalance, err)
	}
}

func TestTheOfficialSDKSeesRefusalsInTheirCodes(t *testing.T) {
	s, c := dialSDK(t, sandbox.Config{})
	wantCode := func(err error, status int, code string) {
		t.Helper()
		service, ok := errors.AsType[*sdkbce.BceServiceError](err)
		if !ok || service.StatusCode != status || service.Code != code || service.RequestId == "" {
			t.Errorf("got %v; want %d %s with a request id", err, status, code)
		}
	}
	if err := c.renewVPN("t", 1); err != nil {
		t.Fatal(err)
	}
	wantCode(c.renewVPN("t", 2), http.StatusForbidden, "IdempotentParameterMismatch")
	wantCode(c.renewVPN("u", 10), http.StatusBadRequest, "InappropriateJSON")
	_, err := c.vpn.GetVpnGatewayDetail("vpn-9")
	wantCode(err, http.StatusNotFound, "NoSuchObject")
	wantCharges(t, s, 1)
}

// A reason for a client of our own: the renewal page of instances answers with
// no body, which the SDK calls an error although the renewal was bought.
func TestTheOfficialSDKCallsABoughtInstanceAnError(t *testing.T) {
	s, c := dialSDK(t, sandbox.Config{Faults: script(once(sandbox.EmptyBody))})
	if _, err := c.renewInstance("t"); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("got %v; want EOF", err)
	}
	wantCharges(t, s, 1)
}

// Another reason: after a 5xx it sends a purchase again, signed as before, and
// without a token each of them buys.
func TestTheOfficialSDKBuysAgainAfterAnErrorWithoutToken(t *testing.T) {
	s, c := dialSDK(t, sandbox.Config{Faults: script(once(sandbox.ErrorAfter))})
	c.vpn.Config.Retry = sdkbce.NewBackOffRetryPolicy(1, 1, 1)
	if err := c.renewVPN("", 1); err != nil {
		t.Fatal(err)
	}
	wantCharges(t, s, 2)
}
