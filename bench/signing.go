package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/baidubce/bce-sdk-go/auth"
	sdkhttp "github.com/baidubce/bce-sdk-go/http"

	"renewplan/internal/bce"
)

// measureSigning signs the request of a renewal with both signers.
func measureSigning(context.Context, *lab) ([]row, error) {
	const path, token, date, host = "/v1/vpn/vpn-bir8biqwr45e", "b8592139-2425-8bf7-9b84-4885efcf2678", "2026-12-31T08:00:00Z", "bcc.bj.baidubce.com"
	at := time.Date(2026, 12, 31, 8, 0, 0, 0, time.UTC)
	keys := bce.Credentials{AccessKeyID: "sandbox", SecretAccessKey: "sandbox-secret"}
	var first, second string
	ours := testing.Benchmark(func(b *testing.B) { //nolint:thelper // it is measured, and helps no test
		b.ReportAllocs()
		for b.Loop() {
			first = bce.Sign(keys, bce.SigningInput{
				Method: "PUT", Path: path,
				Query:   []bce.Param{{Key: "purchaseReserved", HasEquals: false}, {Key: "clientToken", Value: token, HasEquals: true}},
				Headers: []bce.Header{{Name: "Host", Value: host}, {Name: "x-bce-date", Value: date}},
				Sign:    []string{"host", "x-bce-date"}, Timestamp: at, Expiration: time.Minute,
			})
		}
	})
	signed := map[string]struct{}{"host": {}, "x-bce-date": {}}
	theirs := testing.Benchmark(func(b *testing.B) { //nolint:thelper // it is measured, and helps no test
		b.ReportAllocs()
		for b.Loop() {
			r := &sdkhttp.Request{}
			r.SetMethod("PUT")
			r.SetUri(path)
			r.SetParam("purchaseReserved", "")
			r.SetParam("clientToken", token)
			r.SetHeader("Host", host)
			r.SetHeader("x-bce-date", date)
			(&auth.BceV1Signer{}).Sign(r, &auth.BceCredentials{AccessKeyId: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey},
				&auth.SignOptions{HeadersToSign: signed, Timestamp: at.Unix(), ExpireSeconds: 60})
			second = r.Header("Authorization")
		}
	})
	if first != second {
		return nil, fmt.Errorf("the signers disagree: %s and %s", first, second)
	}
	return []row{
		{"time", fmt.Sprintf("%d ns", ours.NsPerOp()), fmt.Sprintf("%d ns", theirs.NsPerOp()), float64(ours.NsPerOp()) / float64(theirs.NsPerOp()), 0.5, 1.5},
		{"allocations", fmt.Sprint(ours.AllocsPerOp()), fmt.Sprint(theirs.AllocsPerOp()), float64(ours.AllocsPerOp()) / float64(theirs.AllocsPerOp()), 0.5, 1.0},
	}, nil
}
