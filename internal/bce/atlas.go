package bce

import (
	"slices"
	"sync"
)

// Atlas is what the reads of a run have taught about where resources are: which
// VPCs there are, which of them a gateway is in, and which lists were no use.
// Batches consult it and add to it, so that the second batch of a run needs
// fewer requests than the first. The zero value is empty. Safe for concurrent use.
type Atlas struct {
	mu   sync.Mutex
	vpcs map[string][]string // by region; only complete lists
	home map[place]string    // the VPC of a resource
	poor map[place]bool      // lists that were no use: their id is the VPC's, or ""
}

// place names a resource, or the list of a kind.
type place struct{ region, kind, id string }

// Learn takes in a state that was not read by a batch.
func (a *Atlas) Learn(region string, k Kind, s State) {
	if k.List.Scope == ByVPC && s.VPCID != "" {
		a.setHome(place{region, k.Name, s.ID}, s.VPCID)
	}
}

// setHome notes the VPC of a resource, unless one is known: a VPC whose list
// showed it is not replaced by what its detail says.
func (a *Atlas) setHome(of place, vpc string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.home == nil {
		a.home = map[place]string{}
	}
	if a.home[of] == "" {
		a.home[of] = vpc
	}
}

// homeOf returns the VPC of a resource, "" if it is not known or there is none,
// and whether the list that would show it is worth reading.
func (a *Atlas) homeOf(region string, k Kind, id string) (vpc string, useful bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	vpc = a.home[place{region, k.Name, id}]
	return vpc, !a.poor[place{region, k.Name, vpc}]
}

// mistrust notes that a list was no use: what is in it is read one by one from
// then on. vpc is "" for kinds that are not listed by VPC.
func (a *Atlas) mistrust(region string, k Kind, vpc string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.poor == nil {
		a.poor = map[place]bool{}
	}
	a.poor[place{region, k.Name, vpc}] = true
}

// setVPCs notes all VPCs of a region.
func (a *Atlas) setVPCs(region string, vpcs []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.vpcs == nil {
		a.vpcs = map[string][]string{}
	}
	a.vpcs[region] = slices.Compact(slices.Sorted(slices.Values(vpcs)))
}

// vpcsOf returns the VPCs of a region whose lists of a kind are worth reading,
// and whether the VPCs are known.
func (a *Atlas) vpcsOf(region string, k Kind) (vpcs []string, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, known := a.vpcs[region]
	for _, vpc := range all {
		if !a.poor[place{region, k.Name, vpc}] {
			vpcs = append(vpcs, vpc)
		}
	}
	return vpcs, known
}
