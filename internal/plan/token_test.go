package plan

import (
	"testing"
	"time"
)

// These two are fixed for all time. If this test fails, the program would pay
// again for what an earlier version of it has bought.
func TestTokenIsFrozen(t *testing.T) {
	for _, tt := range []struct {
		key      Key
		baseline string
		attempt  int
		want     string
	}{
		{Key{"bj", "vpn", "vpn-bir8biqwr45e"}, "2026-12-31T08:00:00Z", 0, "b8592139-2425-8bf7-9b84-4885efcf2678"},
		{Key{"gz", "instance", "i-YufwpQAe"}, "2027-02-28T16:30:00Z", 1, "b49f3792-596a-882b-81c8-659230d170cb"},
	} {
		if got := Token(tt.key, at(t, tt.baseline), tt.attempt); got != tt.want {
			t.Errorf("Token(%s, %s, %d): got %s; want %s", tt.key, tt.baseline, tt.attempt, got, tt.want)
		}
	}
}

func TestTokenDependsOnTheMomentAndNotOnItsZone(t *testing.T) {
	k, utc := Key{"bj", "vpn", "vpn-1"}, at(t, "2026-12-31T08:00:00Z")
	there := utc.In(time.FixedZone("", 8*3600))
	if got, want := Token(k, there, 0), Token(k, utc, 0); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestTokenDiffersWithEverythingThatNamesARenewal(t *testing.T) {
	k, base := Key{"bj", "vpn", "vpn-1"}, at(t, "2026-12-31T08:00:00Z")
	seen := map[string]string{}
	for name, token := range map[string]string{
		"as it is":         Token(k, base, 0),
		"another region":   Token(Key{"gz", "vpn", "vpn-1"}, base, 0),
		"another kind":     Token(Key{"bj", "nat", "vpn-1"}, base, 0),
		"another id":       Token(Key{"bj", "vpn", "vpn-2"}, base, 0),
		"another baseline": Token(k, base.Add(time.Second), 0),
		"another attempt":  Token(k, base, 1),
	} {
		if other, twice := seen[token]; twice {
			t.Errorf("%q and %q have the same token %s", name, other, token)
		}
		seen[token] = name
	}
}
