package bce

// KnownRegions returns the regions in which every kind is on sale: those that
// the API catalogue (github.com/baidubce/bce-openapi-meta, 2026-08) names for
// instances, gateways and elastic IPs alike. Others may exist, and any name is
// asked for: this is for messages.
func KnownRegions() []string {
	return []string{"bd", "bj", "cd", "fwh", "gz", "hkg", "su"}
}
