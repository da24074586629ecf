package spec

import (
	"strings"
	"testing"
)

// mistakes are specs of one file, spec.cue, with what Load says of them. A line
// of reservations, "monthly" and "yearly", stands above each spec.
var mistakes = []struct {
	name string
	spec string
	want string
	// crossReference marks mistakes that CUE cannot see.
	crossReference bool
}{
	{
		name: "a misspelt field",
		spec: `resources: vpn: "vpn-1": {reservation: "monthly", nam: "x"}`,
		want: `spec.cue:2:51: resources.vpn."vpn-1".nam: unknown field (did you mean "name"?)`,
	},
	{
		name: "a field that looks like nothing",
		spec: `resources: vpn: "vpn-1": {reservation: "monthly", bandwidth: 5}`,
		want: `spec.cue:2:51: resources.vpn."vpn-1".bandwidth: unknown field; the fields here are lapse, monthlyPrice, name, price, region, reservation`,
	},
	{
		name: "a misspelt field at the top",
		spec: `resource: vpn: "vpn-1": reservation: "monthly"`,
		want: `spec.cue:2:1: resource: unknown field (did you mean "resources"?)`,
	},
	{
		name: "a helper at the top that is not hidden",
		spec: `team: "network"
resources: vpn: "vpn-1": {reservation: "monthly", name: team}`,
		want: `spec.cue:2:1: team: unknown field; the fields here are account, limits, region, reservations, resources, unifiedExpiryDay, and a field for use within the spec begins with _`,
	},
	{
		name: "a misspelt reservation is told once",
		spec: `resources: vpn: "vpn-1": reservaton: "monthly"`,
		want: `spec.cue:2:26: resources.vpn."vpn-1".reservaton: unknown field (did you mean "reservation"?)`,
	},
	{
		name: "an unknown kind",
		spec: `resources: vpm: "vpn-1": reservation: "monthly"`,
		want: `spec.cue:2:12: resources.vpm: unknown kind (did you mean "vpn"?); the kinds are "eipgroup", "instance", "nat", "vpn"`,
	},
	{
		name: "a field of another kind",
		spec: `resources: vpn: "vpn-1": {reservation: "monthly", relatedRenewFlag: "CDS"}`,
		want: `spec.cue:2:51: resources.vpn."vpn-1".relatedRenewFlag: not a field of kind vpn; only instance has it`,
	},
	{
		name: "an unknown relatedRenewFlag",
		spec: `resources: instance: "i-1": {reservation: "monthly", relatedRenewFlag: "CDS_EIPS"}`,
		want: `spec.cue:2:54: resources.instance."i-1".relatedRenewFlag: got "CDS_EIPS", want "" or one of "CDS", "EIP", "MKT", "CDS_EIP", "CDS_MKT", "EIP_MKT", "CDS_EIP_MKT" (did you mean "CDS_EIP"?)`,
	},
	{
		name: "a length that cannot be bought, an unknown unit, a window in words",
		spec: `reservations: odd: {length: 10, unit: "year", dueWithin: "1 month"}
resources: vpn: "vpn-1": reservation: "odd"`,
		want: `spec.cue:2:21: reservations.odd.length: got 10, want a number of months that can be bought: 1 to 9, 12, 24 or 36
spec.cue:2:33: reservations.odd.unit: got "year", want "month", the only unit
spec.cue:2:47: reservations.odd.dueWithin: got "1 month", want days or hours such as "30d" or "72h"`,
	},
	{
		name: "windows that are none",
		spec: `reservations: {a: {length: 1, dueWithin: "0d"}, b: {length: 1, dueWithin: "30"}, c: {length: 1, dueWithin: 30}, d: {length: 1, dueWithin: "99999d"}}
resources: vpn: "vpn-1": reservation: "a"`,
		want: `spec.cue:2:31: reservations.a.dueWithin: got "0d", want days or hours such as "30d" or "72h"
spec.cue:2:64: reservations.b.dueWithin: got "30", want days or hours such as "30d" or "72h"
spec.cue:2:97: reservations.c.dueWithin: got the number 30, want days or hours such as "30d" or "72h"
spec.cue:2:128: reservations.d.dueWithin: got "99999d", want days or hours such as "30d" or "72h"`,
	},
	{
		name: "a number as a text",
		spec: `reservations: text: length: "1"
resources: vpn: "vpn-1": {reservation: "text", name: 7, monthlyPrice: "88.00"}
limits: {allowUnknownPrice: "yes", maxItems: "5"}`,
		want: `spec.cue:2:21: reservations.text.length: got the text "1", want a number of months that can be bought: 1 to 9, 12, 24 or 36
spec.cue:3:48: resources.vpn."vpn-1".name: got the number 7, want a text in quotes
spec.cue:3:57: resources.vpn."vpn-1".monthlyPrice: got the text "88.00", want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00
spec.cue:4:10: limits.allowUnknownPrice: got the text "yes", want true or false
spec.cue:4:36: limits.maxItems: got the text "5", want a whole number from 1 to 1000000`,
	},
	{
		name: "both length and until",
		spec: `reservations: both: {length: 1, until: "2027-06-30"}
resources: vpn: "vpn-1": reservation: "both"`,
		want: `spec.cue:2:33: reservations.both.until: length and until exclude each other; want one of them`,
	},
	{
		name: "neither length nor until",
		spec: `reservations: none: dueWithin: "30d"
resources: vpn: "vpn-1": reservation: "none"`,
		want: `spec.cue:2:15: reservations.none: neither length nor until; want length: 1 to 9, 12, 24 or 36 months, or until: a date`,
	},
	{
		name: "dates that are none",
		spec: `reservations: {a: until: "2027-02-29", b: until: "30.6.2027", c: until: 2027, d: until: "9999-12-31"}
resources: vpn: "vpn-1": reservation: "a"`,
		want: `spec.cue:2:19: reservations.a.until: got "2027-02-29", want a date such as "2027-06-30"
spec.cue:2:43: reservations.b.until: got "30.6.2027", want a date such as "2027-06-30"
spec.cue:2:66: reservations.c.until: got the number 2027, want a date such as "2027-06-30"
spec.cue:2:82: reservations.d.until: got "9999-12-31", want a date such as "2027-06-30"`,
	},
	{
		name: "numbers that the evaluator takes for others", crossReference: true,
		spec: `resources: vpn: "vpn-1": {reservation: "monthly", price: {"1": 1e1000000000, "2": 1.00000000000000000000000000000000001}}
limits: maxTotal: 1e-2147483647`,
		want: `spec.cue:2:64: the number 1e1000000000 cannot be reckoned with exactly; want at most 34 digits, and an exponent of at most 4
spec.cue:2:83: the number 1.000000000000000000… cannot be reckoned with exactly; want at most 34 digits, and an exponent of at most 4
spec.cue:3:19: the number 1e-2147483647 cannot be reckoned with exactly; want at most 34 digits, and an exponent of at most 4`,
	},
	{
		name: "prices that are none",
		spec: `resources: vpn: "vpn-1": {reservation: "monthly", price: {"1": -0.01, "2": 1.234, "3": 1e300, "4": 1 / 3, "10": 5}}
limits: maxTotal: -1`,
		want: `spec.cue:2:59: resources.vpn."vpn-1".price."1": got -0.01, want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00
spec.cue:2:71: resources.vpn."vpn-1".price."2": got 1.234, want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00
spec.cue:2:83: resources.vpn."vpn-1".price."3": got 1e+300, want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00
spec.cue:2:95: resources.vpn."vpn-1".price."4": got 0.3333333333333333333333333333333333, want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00
spec.cue:2:107: resources.vpn."vpn-1".price."10": got the name "10", want a number of months in quotes: "1" to "9", "12", "24" or "36"
spec.cue:3:9: limits.maxTotal: got -1, want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00`,
	},
	{
		name: "limits below what makes sense",
		spec: `resources: vpn: "vpn-1": reservation: "monthly"
limits: {maxItems: -1, maxMonths: 0, maxPlanAge: "0h"}
unifiedExpiryDay: 29`,
		want: `spec.cue:3:10: limits.maxItems: got -1, want a whole number from 1 to 1000000
spec.cue:3:24: limits.maxMonths: got 0, want a whole number of months from 1 to 36
spec.cue:3:38: limits.maxPlanAge: got "0h", want days or hours such as "30d" or "72h"
spec.cue:4:1: unifiedExpiryDay: got 29, want a day of the month: a whole number from 1 to 28`,
	},
	{
		name: "ids that cannot be part of a URL",
		spec: `resources: vpn: {"": reservation: "monthly", "a/b": reservation: "monthly", "a b": reservation: "monthly"}
resources: nat: {"..": reservation: "monthly", "\u001b[31m": reservation: "monthly", "naïve": reservation: "monthly"}`,
		want: `spec.cue:2:18: resources.vpn."": got an empty name, want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit
spec.cue:2:46: resources.vpn."a/b": got the name "a/b", want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit
spec.cue:2:77: resources.vpn."a b": got the name "a b", want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit
spec.cue:3:18: resources.nat."..": got the name "..", want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit
spec.cue:3:48: resources.nat."\x1b[31m": got the name "\x1b[31m", want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit
spec.cue:3:86: resources.nat.naïve: got the name "naïve", want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit`,
	},
	{
		name: "an id that is too long",
		spec: `resources: vpn: "` + strings.Repeat("x", 129) + `": reservation: "monthly"`,
		want: `spec.cue:2:17: resources.vpn.` + strings.Repeat("x", 129) + `: got the name "` + strings.Repeat("x", 79) + `…", want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit`,
	},
	{
		name: "regions and accounts that are none",
		spec: `account: "a\u001bb"
region: "BJ"
resources: vpn: "vpn-1": {reservation: "monthly", region: "bj.evil.example"}`,
		want: `spec.cue:2:1: account: got "a\x1bb", want the name of the account: 1 to 64 printable characters
spec.cue:3:1: region: got "BJ", want a region such as "bj": lower-case letters, digits and "-"
spec.cue:4:51: resources.vpn."vpn-1".region: got "bj.evil.example", want a region such as "bj": lower-case letters, digits and "-"`,
	},
	{
		name:           "an unknown reservation",
		spec:           `resources: vpn: "vpn-1": reservation: "montly"`,
		want:           `spec.cue:2:26: resources.vpn."vpn-1".reservation: unknown reservation "montly" (did you mean "monthly"?); there are "monthly", "yearly"`,
		crossReference: true,
	},
	{
		name:           "an unknown reservation beside lapse",
		spec:           `resources: vpn: "vpn-1": {reservation: "weekly", lapse: "old"}`,
		want:           `spec.cue:2:27: resources.vpn."vpn-1".reservation: unknown reservation "weekly"; there are "monthly", "yearly"`,
		crossReference: true,
	},
	{
		name: "an unknown reservation in the default of a kind is told once",
		spec: `resources: vpn: [string]: reservation: *"dayly" | string
resources: vpn: {"vpn-1": {}, "vpn-2": {}, "vpn-3": {}}`,
		want:           `spec.cue:2:27: resources.vpn."vpn-1".reservation: unknown reservation "dayly"; there are "monthly", "yearly" (and at 2 more places of the spec)`,
		crossReference: true,
	},
	{
		name: "neither reservation nor lapse",
		spec: `resources: vpn: "vpn-1": name: "x"`,
		want: `spec.cue:2:17: resources.vpn."vpn-1": neither reservation nor lapse; want the name of a reservation ("monthly", "yearly"), or a reason to let it lapse`,
	},
	{
		name: "no reason to let a resource lapse",
		spec: `resources: vpn: "vpn-1": lapse: " "`,
		want: `spec.cue:2:26: resources.vpn."vpn-1".lapse: got " ", want the reason in words`,
	},
	{
		name: "no resources at all",
		want: `spec.cue:1:1: resources: no resources; want at least one, such as resources: vpn: "vpn-bir8biqwr45e": reservation: "monthly"`,
	},
	{
		name: "an empty list of resources",
		spec: `resources: {vpn: {}, nat: [string]: reservation: "monthly"}`,
		want: `spec.cue:2:1: resources: no resources; want at least one, such as resources: vpn: "vpn-bir8biqwr45e": reservation: "monthly"`,
	},
	{
		name: "the same id twice with other settings",
		spec: `resources: vpn: "vpn-1": reservation: "monthly"
resources: vpn: "vpn-1": reservation: "yearly"`,
		want: `spec.cue:2:39: resources.vpn."vpn-1".reservation: conflicting values "monthly" and "yearly"
	spec.cue:3:39: here too`,
	},
	{
		name: "a default for a kind without a star, overridden",
		spec: `resources: vpn: [string]: reservation: "monthly"
resources: vpn: {"vpn-1": {}, "vpn-2": reservation: "yearly"}`,
		want: `spec.cue:2:40: resources.vpn."vpn-2".reservation: conflicting values "monthly" and "yearly"; a default that others may override has a star: *"monthly" | string, or *88.00 | number
	spec.cue:3:53: here too`,
	},
	{
		name: "a default for a kind without a star, not overridden",
		spec: `resources: vpn: [string]: reservation: "monthly" | string
resources: vpn: "vpn-1": {}`,
		want: `spec.cue:2:27: resources.vpn."vpn-1".reservation: got no single value but "monthly" | string, want the name of a reservation: 1 to 64 printable characters (to make "monthly" the default, write it as *"monthly")`,
	},
	{
		name: "a name without quotes",
		spec: `resources: vpn: "vpn-1": {reservation: monthly, nam: "x"}`,
		want: `spec.cue:2:40: resources.vpn."vpn-1".reservation: monthly is not defined; if it is meant as a text, put it in quotes: "monthly"
spec.cue:2:49: resources.vpn."vpn-1".nam: unknown field (did you mean "name"?)`,
	},
	{
		name: "a value that is not decided",
		spec: `_region: string
resources: vpn: "vpn-1": {reservation: "monthly", region: _region, name: "\(_region)-1"}`,
		want: `spec.cue:3:51: resources.vpn."vpn-1".region: got no single value but string, want a region such as "bj": lower-case letters, digits and "-"
spec.cue:3:74: resources.vpn."vpn-1".name: invalid interpolation: undecided value string (type string)
	spec.cue:2:10: here too`,
	},
	{
		name: "other things where objects belong",
		spec: `reservations: monthly: 5
resources: {vpn: ["vpn-1"], nat: "nat-1": null, eipgroup: "eg-1"}
limits: 3`,
		want: `spec.cue:1:25: reservations.monthly: conflicting values {length:1} and 5
	spec.cue:2:24: here too
spec.cue:3:13: resources.vpn: got a list, want an object in braces
spec.cue:3:34: resources.nat."nat-1": got null, want an object in braces with lapse, monthlyPrice, name, price, region, reservation
spec.cue:3:49: resources.eipgroup: got the text "eg-1", want an object in braces
spec.cue:4:1: limits: got the number 3, want an object in braces with allowUnknownPrice, maxItems, maxMonths, maxPlanAge, maxTotal, refuseAutoRenew`,
	},
	{
		name: "a mistake that CUE says of the whole spec",
		spec: `_never: 1
resources: {vpn: ["vpn-1"], nat: "nat-1": _|_, eipgroup: "eg-1"}`,
		want: `spec.cue:3:13: resources.vpn: got a list, want an object in braces
spec.cue:3:43: resources.nat."nat-1": explicit error (_|_ literal) in source
spec.cue:3:48: resources.eipgroup: got the text "eg-1", want an object in braces`,
	},
	{
		name: "an object with a mistake in it where a text belongs",
		spec: `region: {x: 1 & 2}
resources: vpn: "vpn-1": lapse: "x"`,
		want: `spec.cue:2:1: region: got an object in braces, want a region such as "bj": lower-case letters, digits and "-"`,
	},
	{
		name: "a list with a mistake in it where an object belongs",
		spec: `resources: vpn: [1 & 2]`,
		want: `spec.cue:2:12: resources.vpn: got a list, want an object in braces`,
	},
	{
		name: "alternatives where an object belongs",
		spec: `resources: vpn: "vpn-1": {reservation: "monthly"} | {reservation: "yearly"}`,
		want: `spec.cue:2:17: resources.vpn."vpn-1": got no single value but { reservation: "monthly" } | { reservation: "yearly" }, want an object in braces with lapse, monthlyPrice, name, price, region, reservation`,
	},
	{
		name: "mistakes of the user's own rules",
		spec: `#Env: "prod" | "test"
resources: vpn: "vpn-1": {reservation: "monthly", name: #Env & "dev"}
resources: nat: "nat-1": {reservation: "monthly", name!: string}
#NAT: {reservation: "monthly"}
resources: nat: "nat-2": #NAT & {name: "x"}
_count: 1 / 0
_size: error("ask\u001b[31m the team")`,
		want: `spec.cue:2:7: resources.vpn."vpn-1".name: fits none of its alternatives: conflicting values "prod" and "dev"
	spec.cue:3:57: here too
	spec.cue:3:64: here too
	spec.cue:2:16: here too
spec.cue:4:51: resources.nat."nat-1".name: this field is required and missing
spec.cue:6:34: resources.nat."nat-2".name: this field is not allowed by a definition that it is combined with
spec.cue:7:9: _count: failed arithmetic: division by zero
spec.cue:8:8: _size: ask [31m the team`,
	},
	{
		name: "a spec that refers to itself",
		spec: `resources: vpn: "vpn-1": {reservation: name, name: reservation}
_a: {b: _a}`,
		want: `spec.cue:2:27: resources.vpn."vpn-1".reservation: got no single value but _, want the name of a reservation: 1 to 64 printable characters
spec.cue:2:46: resources.vpn."vpn-1".name: got no single value but _, want a text in quotes
spec.cue:3:6: _a.b: refers to something that contains it`,
	},
	{
		name: "mistakes all over the spec, in one run",
		spec: `acount: "prod"
reservations: often: {length: 13, dueWithin: "5 days"}
resources: vpn: "vpn-1": {reservation: "offen", price: "1": "88"}
resources: nat: "": {}
resources: eip: "eip-1": {}
limits: {maxItem: 5, maxMonths: 48}`,
		want: `spec.cue:2:1: acount: unknown field (did you mean "account"?)
spec.cue:3:23: reservations.often.length: got 13, want a number of months that can be bought: 1 to 9, 12, 24 or 36
spec.cue:3:35: reservations.often.dueWithin: got "5 days", want days or hours such as "30d" or "72h"
spec.cue:4:27: resources.vpn."vpn-1".reservation: unknown reservation "offen" (did you mean "often"?); there are "monthly", "often", "yearly"
spec.cue:4:56: resources.vpn."vpn-1".price."1": got the text "88", want CNY as a number from 0 to 999999999.99 with at most two decimals, such as 88.00
spec.cue:5:17: resources.nat."": got an empty name, want an id: 1 to 128 letters, digits, "-", "_" and ".", the first a letter or digit
spec.cue:6:12: resources.eip: unknown kind; the kinds are "eipgroup", "instance", "nat", "vpn"
spec.cue:7:10: limits.maxItem: unknown field (did you mean "maxItems"?)
spec.cue:7:22: limits.maxMonths: got 48, want a whole number of months from 1 to 36`,
	},
}

const twoReservations = `reservations: {monthly: length: 1, yearly: length: 12}` + "\n"

func TestEveryMistakeIsToldWithItsPlace(t *testing.T) {
	for _, tt := range mistakes {
		for name, fs := range inAndOutsideOfModules(tt.name, files{"spec.cue": twoReservations + tt.spec}) {
			t.Run(name, func(t *testing.T) {
				write(t, fs)
				wantMistakes(t, Options{Args: []string{"spec.cue"}}, tt.want)
			})
		}
	}
}

// TestTheSchemaAloneRefusesTheSame holds that whoever has only the schema, in an
// editor or with cue vet, is told of the same specs that they are wrong.
func TestTheSchemaAloneRefusesTheSame(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			switch err := verdict(t, twoReservations+tt.spec); {
			case tt.crossReference && err != nil:
				t.Errorf("got %v; want no error, for CUE cannot see this", err)
			case !tt.crossReference && err == nil:
				t.Error("got no error; want one")
			}
		})
	}
}

func TestNoMessageShowsWhatOnlyCUEKnows(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			write(t, files{"spec.cue": twoReservations + tt.spec})
			_, err := Load(Options{Args: []string{"spec.cue"}})
			if err == nil {
				t.Fatal("got no error; want one")
			}
			for _, hidden := range []string{"#Spec", "#kinds", "empty disjunction", "renewal.cue", atLeastOne, "\x1b"} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("got %q in:\n%v", hidden, err)
				}
			}
		})
	}
}
