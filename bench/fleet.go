package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// kinds are what fleets are made of, with the beginnings of their ids.
var kinds = []struct{ name, prefix string }{{"vpn", "vpn-"}, {"nat", "nat-"}, {"eipgroup", "eg-"}, {"instance", "i-"}}

// head is what every fleet begins with.
const head = `package fleet

account: "prod"
region:  "bj"
reservations: {
	monthly: length: 1
	yearly: {length: 12, dueWithin: "45d"}
}
`

// parts is how many files a fleet is split over.
const parts = 100

// writeFleet writes a spec of n resources in one of the forms, and returns its
// files. The schema and its use stand beside it in files of their own, for cue.
func (l *lab) writeFleet(dir, form string, n int) (files []string, err error) {
	content := map[string]string{}
	switch form {
	case "one":
		content["fleet.cue"] = head + resources(0, n, false)
	case "files":
		content["fleet.cue"] = head
		for i := range parts {
			content[fmt.Sprintf("part%02d.cue", i)] = "package fleet\n\n" + resources(i*n/parts, (i+1)*n/parts, false)
		}
	case "json":
		content["fleet.cue"] = head
		content["fleet.json"] = resources(0, n, true)
	case "defaults":
		content["fleet.cue"] = head + "resources: [string]: [string]: reservation: *\"monthly\" | string\n" +
			strings.ReplaceAll(resources(0, n, false), "\t\t\t\"reservation\": \"monthly\"\n", "")
	case "computed":
		content["fleet.cue"] = strings.Replace(head, "\n\n", "\n\nimport \"list\"\n\n", 1) + fmt.Sprintf(`
_months: yearly: {"12": 880.5}
resources: {
	vpn: [string]: reservation: *"monthly" | string
	vpn: {for i in list.Range(0, %[1]d, 1) {"vpn-\(i)": name: "gateway \(i)"}}
	instance: {for i in list.Range(0, %[1]d, 1) {"i-\(i)": {reservation: "yearly", price: _months.yearly}}}
}
`, n/2)
	default:
		return nil, fmt.Errorf("-forms: there is no form %q", form)
	}
	schema, err := os.ReadFile(filepath.Join(l.root, "schema", "renewal.cue"))
	if err != nil {
		return nil, err
	}
	for name := range content {
		files = append(files, name)
	}
	content["schema.cue"] = strings.Replace(string(schema), "\nimport (", "\npackage fleet\n\nimport (", 1)
	content["use.cue"] = "package fleet\n\n#Spec\n"
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// resources are the resources from one number to before another, of every kind,
// as CUE or as JSON.
func resources(from, to int, json bool) string {
	var b strings.Builder
	comma := ""
	if json {
		comma = ","
		b.WriteString("{")
	}
	b.WriteString("\"resources\": {\n")
	for k, kind := range kinds {
		fmt.Fprintf(&b, "\t%q: {\n", kind.name)
		end := ""
		for i := from + k; i < to; i += len(kinds) {
			fmt.Fprintf(&b, "%s\t\t\"%s%08d\": {\n\t\t\t\"reservation\": %q%s\n\t\t\t\"name\": \"resource %d\"%s\n", end, kind.prefix, i, []string{"monthly", "yearly"}[i/7%2], comma, i, comma)
			if i%5 == 0 {
				fmt.Fprintf(&b, "\t\t\t\"price\": {\"1\": 88.00, \"12\": 880.5}%s\n", comma)
			}
			if kind.name == "instance" && i%3 == 0 {
				fmt.Fprintf(&b, "\t\t\t\"relatedRenewFlag\": \"CDS_EIP\"%s\n", comma)
			}
			fmt.Fprintf(&b, "\t\t\t\"region\": %q\n\t\t}", []string{"bj", "gz", "su"}[i%3])
			end = comma + "\n"
		}
		b.WriteString("\n\t}")
		if k < len(kinds)-1 {
			b.WriteString(comma)
		}
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	if json {
		b.WriteString("}\n")
	}
	return b.String()
}
