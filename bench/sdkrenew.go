package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/baidubce/bce-sdk-go/services/bcc"
	bccapi "github.com/baidubce/bce-sdk-go/services/bcc/api"
	"github.com/baidubce/bce-sdk-go/services/eip"
	"github.com/baidubce/bce-sdk-go/services/vpc"
	"github.com/baidubce/bce-sdk-go/services/vpn"
	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce/sandbox"
)

// sdkClients are bce-sdk-go's clients as their makers ship them, retries included.
// Its call for instances takes an answer without a body for an error (EOF), and
// would be right to complain here never: the sandbox answers it with an order.
type sdkClients struct {
	vpn *vpn.Client
	vpc *vpc.Client
	eip *eip.Client
	bcc *bcc.Client
}

// renewBySDK renews a fleet by a month with the SDK, as many at once as ordered.
func renewBySDK(_ context.Context, in io.Reader, _ io.Writer) error {
	o, err := orders[sdkOrders](in)
	if err != nil {
		return err
	}
	c, err := newSDKClients(o.Endpoint)
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(o.Parallelism)
	for _, r := range o.Fleet {
		g.Go(func() error {
			renew := c.renew
			if o.Reading {
				renew = c.renewReading
			}
			if err := renew(r); err != nil {
				return fmt.Errorf("%s %s: %w", r.Kind, r.ID, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func newSDKClients(endpoint string) (c sdkClients, err error) {
	const id, secret = sandbox.AccessKeyID, sandbox.SecretAccessKey
	var errs [4]error
	c.vpn, errs[0] = vpn.NewClient(id, secret, endpoint)
	c.vpc, errs[1] = vpc.NewClient(id, secret, endpoint)
	c.eip, errs[2] = eip.NewClient(id, secret, endpoint)
	c.bcc, errs[3] = bcc.NewClient(id, secret, endpoint)
	return c, errors.Join(errs[:]...)
}

// renewReading renews a resource, and reads its expiry before and after.
func (c sdkClients) renewReading(r sandbox.Resource) error {
	before, err := c.expiry(r)
	if err != nil {
		return err
	}
	if err := c.renew(r); err != nil {
		return err
	}
	after, err := c.expiry(r)
	if err == nil && after == before {
		err = errors.New("its expiry has not moved from " + before)
	}
	return err
}

// expiry reads when a resource expires.
func (c sdkClients) expiry(r sandbox.Resource) (string, error) {
	switch r.Kind {
	case "vpn":
		d, err := c.vpn.GetVpnGatewayDetail(r.ID)
		if err != nil {
			return "", err
		}
		return d.ExpiredTime, nil
	case "nat":
		d, err := c.vpc.GetNatGatewayDetail(r.ID)
		if err != nil {
			return "", err
		}
		return d.ExpiredTime, nil
	case "eipgroup":
		d, err := c.eip.EipGroupDetail(r.ID)
		if err != nil {
			return "", err
		}
		return d.ExpireTime, nil
	case "instance":
		d, err := c.bcc.GetInstanceDetail(r.ID)
		if err != nil {
			return "", err
		}
		return d.Instance.ExpireTime, nil
	}
	return "", errors.New("no call of the SDK reads it")
}

// renew renews one resource by a month.
func (c sdkClients) renew(r sandbox.Resource) error {
	token := "bench-" + r.Region + "-" + r.ID
	switch r.Kind {
	case "vpn":
		return c.vpn.RenewVpnGateway(r.ID, &vpn.RenewVpnGatewayArgs{
			ClientToken: token,
			Billing:     &vpn.Billing{Reservation: &vpn.Reservation{ReservationLength: 1, ReservationTimeUnit: "month"}},
		})
	case "nat":
		return c.vpc.RenewNatGateway(r.ID, &vpc.RenewNatGatewayArgs{
			ClientToken: token,
			Billing:     &vpc.Billing{Reservation: &vpc.Reservation{ReservationLength: 1, ReservationTimeUnit: "month"}},
		})
	case "eipgroup":
		return c.eip.EipGroupPurchaseReserved(r.ID, &eip.EipGroupPurchaseReservedArgs{
			ClientToken: token,
			Billing:     &eip.Billing{Reservation: &eip.Reservation{ReservationLength: 1, ReservationTimeUnit: "Month"}},
		})
	case "instance":
		_, err := c.bcc.InstancePurchaseReserved(r.ID, &bccapi.PurchaseReservedArgs{
			ClientToken: token,
			Billing:     bccapi.Billing{Reservation: &bccapi.Reservation{ReservationLength: 1, ReservationTimeUnit: "Month"}},
		})
		return err
	}
	return errors.New("no call of the SDK renews it")
}
