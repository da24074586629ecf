package sandbox_test

import (
	"testing"

	"renewplan/internal/bce/sandbox"
)

func TestABadConfigIsRefused(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{
		"a negative rate":      {Rate: -1},
		"a negative delay":     {InstanceDelay: -1},
		"an unknown base":      {RenewFrom: "today"},
		"a unified day of 29":  {UnifiedDay: 29},
		"an unknown fault":     {Faults: sandbox.Faults{Chance: map[sandbox.Fault]float64{"x": 1}}},
		"a resource twice":     {Fleet: append(fleet(), fleet()...)},
		"a resource half told": {Fleet: []sandbox.Resource{{Region: "bj", Kind: "vpn", ID: "v"}}},
	} {
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
