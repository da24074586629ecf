package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"renewplan/internal/bce/sandbox"
)

// region is where an estate is: an endpoint, unlike the cloud's own hosts, does not
// tell regions apart, and the lists of one would show the others' resources.
const region = "bj"

// vpcs is how many networks the gateways of an estate are in.
const vpcs = 4

// estate is n resources that are due, of the named kinds, or of all, in turn.
func estate(n int, of ...string) []sandbox.Resource {
	all := kinds
	if len(of) > 0 {
		all = nil
		for _, k := range kinds {
			for _, name := range of {
				if k.name == name {
					all = append(all, k)
				}
			}
		}
	}
	resources := make([]sandbox.Resource, n)
	for i := range resources {
		k := all[i%len(all)]
		resources[i] = sandbox.Resource{
			Region: region, Kind: k.name, ID: fmt.Sprintf("%s%08d", k.prefix, i),
			VPCID: fmt.Sprintf("vpc-%d", i/len(all)%vpcs),
		}
	}
	return sandbox.Fill(resources, time.Now())
}

// specFile is the name of an estate's spec.
const specFile = "estate.json"

// writeSpec writes the spec that has a fleet renewed by a month.
func writeSpec(dir string, fleet []sandbox.Resource) error {
	type resource struct {
		Reservation string `json:"reservation"`
		Region      string `json:"region"`
	}
	resources := map[string]map[string]resource{}
	for _, r := range fleet {
		if resources[r.Kind] == nil {
			resources[r.Kind] = map[string]resource{}
		}
		resources[r.Kind][r.ID] = resource{"monthly", r.Region}
	}
	text, err := json.Marshal(map[string]any{
		"reservations": map[string]any{"monthly": map[string]int{"length": 1}},
		"resources":    resources,
		"limits":       map[string]int{"maxItems": len(fleet)},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, specFile), text, 0o600)
}
