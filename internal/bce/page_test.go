package bce

import "testing"

func TestAnItemThatMayBeWantedIsMentioned(t *testing.T) {
	ids := []string{"i-1", "i-3"}
	for item, want := range map[string]bool{
		`{"id":"i-1","name":"a"}`:             true,
		`{"name":"a","id":"i-3"}`:             true,
		`{"id":"i-2","name":"i-1"}`:           true, // decoding it tells
		`{"id":"i-2","name":"a"}`:             false,
		`{"id":"i-2","name":"a i-1"}`:         false,
		`{"id":"i-11"}`:                       false,
		`{"id":"\u0069-2"}`:                   true, // as above
		`{"id":"i-2","name":"\"","x":"i-1"}`:  true,
		`{"id":"i-2","name":"a\\","x":"i-1"}`: true,
		`{"id":"i-2`:                          true,
		`{}`:                                  false,
		``:                                    false,
		`7`:                                   false,
	} {
		if got := mentions([]byte(item), ids); got != want {
			t.Errorf("%s: got %v; want %v", item, got, want)
		}
	}
	if mentions([]byte(`{"id":""}`), nil) {
		t.Error("an item is mentioned where nothing is wanted")
	}
}

func BenchmarkUnwantedItem(b *testing.B) {
	k, _ := KindByName("instance")
	q := Query{Region: "bj", Kind: k, wanted: []string{"i-1", "i-3"}}
	item := []byte(`{"id":"i-00000004","name":"web","status":"Running","paymentTiming":"Prepaid","expireTime":"2026-12-31T08:00:00Z","zoneName":"cn-bj-a","autoRenew":false,"placementPolicy":"default","dedicatedHostId":"","internalIp":"192.168.0.2"}`)
	own := k.fieldKeys()
	c := &Client{}
	var seen sightings
	for b.Loop() {
		c.see(&seen, q, own, item)
	}
}
