package bce

import "testing"

// BenchmarkItem takes an item of a list in that is asked for, and one that is not.
func BenchmarkItem(b *testing.B) {
	c, err := New(Config{Credentials: testCredentials()})
	if err != nil {
		b.Fatal(err)
	}
	k, _ := KindByName("instance")
	own := k.fieldKeys()
	for name, item := range map[string]string{
		"wanted":   `{"id":"i-00000003",` + benchmarkFields,
		"unwanted": `{"id":"i-00000004",` + benchmarkFields,
	} {
		b.Run(name, func(b *testing.B) {
			q := Query{Region: "bj", Kind: k, wanted: []string{"i-00000001", "i-00000003"}}
			var seen sightings
			b.ReportAllocs()
			for b.Loop() {
				c.see(&seen, q, own, []byte(item))
			}
		})
	}
}

const benchmarkFields = `"name":"web","status":"Running","paymentTiming":"Prepaid","expireTime":"2026-12-31T08:00:00Z","zoneName":"cn-bj-a","autoRenew":false,"placementPolicy":"default","dedicatedHostId":"","internalIp":"192.168.0.2"}`
