package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reseal makes the digest of an edited text right again, as somebody would who
// wants an edit to pass. It leaves alone what has no digest to be made right.
func reseal(text string) string {
	const label = `  "digest": "`
	at := strings.LastIndex(text, label)
	if at < 0 {
		return text
	}
	head, tail := text[:at+len(label)], text[at+len(label):]
	end := strings.IndexByte(tail, '"')
	if end < 0 {
		return text
	}
	return head + digestOf([]byte(head+tail[end:])) + tail[end:]
}

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	want := examplePlan(t)
	got, err := Decode(want.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeReadsAPlanOfNothing(t *testing.T) {
	want, err := Build(&Spec{}, nil, BuildOptions{AsOf: exampleOptions(t).AsOf})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(want.Encode())
	if err != nil || len(got.Rows) != 0 || got.Digest != want.Digest {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// The text is one that any JSON tool reads, and that `jq .` leaves as it is.
func TestEncodeWritesIndentedJSON(t *testing.T) {
	text := examplePlan(t).Encode()
	var compact, indented bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := indented.String() + "\n"; got != string(text) {
		t.Errorf("indented by encoding/json: got\n%s\nwant\n%s", got, text)
	}
}

func TestEncodeEscapesWhatJSONMust(t *testing.T) {
	for _, s := range []string{"", "plain", `"\/`, "\x00\x1f\n\t\r\b\f", "<&>'", "环境 👩‍💻", "\u2028\u2029\ufeff\x7f", "a\xff\xfeb\xe7"} {
		quoted := appendQuoted(nil, s)
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil {
			t.Errorf("appendQuoted(%q) = %s: %v", s, quoted, err)
		}
		if want := strings.ToValidUTF8(s, "\x00"); len(want) == len(s) && got != s {
			t.Errorf("appendQuoted(%q): reads as %q", s, got)
		}
		r := reader{text: string(quoted), notes: &notes{}}
		if back := r.string(); back != got || r.err != nil || r.pos != len(quoted) {
			t.Errorf("reader of %s: got %q, %v; want %q", quoted, back, r.err, got)
		}
	}
}

// Every edit below is made to the example's text, first as it is, and then
// with the digest made right again. want are the differences besides the
// digest; none means that only the digest gives the edit away.
func TestDecodeFindsEdits(t *testing.T) {
	const vpn = "bj/vpn/vpn-bir8biqwr45e: "
	for _, tt := range []struct {
		name     string
		old, new string
		want     []string
	}{
		{"months of a row", "\"months\": 1,\n      \"expected\": \"2027-01-02", "\"months\": 2,\n      \"expected\": \"2027-01-02", []string{
			vpn + `expected is "2027-01-02T08:00:00Z"; want "2027-02-02T08:00:00Z", as computed`,
			`totals.months is 25; want 26, as computed`,
			`totals.kinds[vpn].months is 1; want 2, as computed`,
			`totals.regions[bj].months is 25; want 26, as computed`,
		}},
		{"months that nobody can buy", "\"months\": 1,\n", "\"months\": 10,\n", []string{
			vpn + `months is 10; want 1 to 9, 12, 24 or 36`,
			`totals.months is 25; want 34, as computed`,
			`totals.kinds[vpn].months is 1; want 10, as computed`,
			`totals.regions[bj].months is 25; want 34, as computed`,
		}},
		{"expected expiry", `"2027-01-02T08:00:00Z"`, `"2027-01-03T08:00:00Z"`, []string{
			vpn + `expected is "2027-01-03T08:00:00Z"; want "2027-01-02T08:00:00Z", as computed`,
		}},
		{"an expected expiry of what has expired", "\"months\": 12,\n      \"expected\": \"\"", "\"months\": 12,\n      \"expected\": \"2027-11-17T02:00:00Z\"", []string{
			`bj/nat/nat-bir8biqwr45e: expected is "2027-11-17T02:00:00Z"; want "", as computed`,
		}},
		{"baseline of a row", `"2026-12-02T08:00:00Z"`, `"2026-12-03T08:00:00Z"`, []string{
			vpn + `expected is "2027-01-02T08:00:00Z"; want "2027-01-03T08:00:00Z", as computed`,
			vpn + `clientToken is "62bfd966-4028-824e-884d-5036756412c2"; want "` + Token(Key{"bj", "vpn", "vpn-bir8biqwr45e"}, at(t, "2026-12-03T08:00:00Z"), 0) + `", as computed`,
		}},
		{"token of a row", `"62bfd966`, `"62bfd967`, []string{
			vpn + `clientToken is "62bfd967-4028-824e-884d-5036756412c2"; want "62bfd966-4028-824e-884d-5036756412c2", as computed`,
		}},
		{"attempt of a row", `"attempt": 1`, `"attempt": 0`, []string{
			`bj/instance/i-YufwpQAe: clientToken is "c3c999ea-5b83-807d-a11d-f1be01484085"; want "` + Token(Key{"bj", "instance", "i-YufwpQAe"}, at(t, "2026-12-31T16:30:00Z"), 0) + `", as computed`,
		}},
		{"id of a row", `"id": "vpn-bir8biqwr45e"`, `"id": "vpn-bir8biqwr45f"`, []string{
			`bj/vpn/vpn-bir8biqwr45f: clientToken is "62bfd966-4028-824e-884d-5036756412c2"; want "` + Token(Key{"bj", "vpn", "vpn-bir8biqwr45f"}, at(t, "2026-12-02T08:00:00Z"), 0) + `", as computed`,
		}},
		{"a refused row made a renewal", `"decision": "refused"`, `"decision": "renew"`, []string{
			`bj/instance/i-Resizing: months is 0; want 1 to 9, 12, 24 or 36`,
			`bj/instance/i-Resizing: autoRenew is ""; want on, off or not visible`,
			`bj/instance/i-Resizing: clientToken is ""; want "` + Token(Key{"bj", "instance", "i-Resizing"}, at(t, "2026-12-05T08:00:00Z"), 0) + `", as computed`,
			`totals.renew is 3; want 4, as computed`,
			`totals.refused is 3; want 2, as computed`,
			`totals.unknownPrices is 1; want 2, as computed`,
			`totals.kinds[instance].renew is 1; want 2, as computed`,
			`totals.kinds[instance].unknownPrices is 0; want 1, as computed`,
			`totals.regions[bj].renew is 3; want 4, as computed`,
			`totals.regions[bj].unknownPrices is 1; want 2, as computed`,
		}},
		{"a renewal made to lapse", "\"decision\": \"renew\",\n      \"reason\": \"expires in 41", "\"decision\": \"lapse\",\n      \"reason\": \"expires in 41", []string{
			`bj/instance/i-YufwpQAe: months is 12; want 0 in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: expected is "2027-12-31T16:30:00Z"; want "" in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: relatedRenewFlag is "CDS_EIP_MKT"; want "" in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: autoRenew is "on"; want "" in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: along is 2 attached things; want none in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: clientToken is "c3c999ea-5b83-807d-a11d-f1be01484085"; want "" in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: attempt is 1; want 0 in a row whose decision is "lapse"`,
			`bj/instance/i-YufwpQAe: price is "1990.00"; want "" in a row whose decision is "lapse"`,
			`totals.renew is 3; want 2, as computed`,
			`totals.lapse is 1; want 2, as computed`,
			`totals.months is 25; want 13, as computed`,
			`totals.unpricedAlong is 3; want 0, as computed`,
			`totals.price is "2078.50"; want "88.50", as computed`,
			`totals.kinds is of ["instance", "nat", "vpn"]; want of ["nat", "vpn"], as computed`,
			`totals.regions[bj].renew is 3; want 2, as computed`,
			`totals.regions[bj].months is 25; want 13, as computed`,
			`totals.regions[bj].price is "2078.50"; want "88.50", as computed`,
		}},
		{"an unread row made not due", `"decision": "unread"`, `"decision": "not due"`, []string{
			`bj/vpn/vpn-silent: baseline is ""; want the expiry that was read, for the decision "not due"`,
			`totals.notDue is 1; want 2, as computed`,
			`totals.unread is 1; want 0, as computed`,
		}},
		{"an unknown decision", `"decision": "lapse"`, `"decision": "Lapse"`, []string{
			`bj/instance/i-OldBatch: decision is "Lapse"; want renew, not due, lapse, refused, open or unread`,
			`totals.lapse is 1; want 0, as computed`,
		}},
		{"a unified expiry day of a row", "\"unifiedExpiryDay\": 0,\n      \"relatedRenewFlag\": \"CDS", "\"unifiedExpiryDay\": 15,\n      \"relatedRenewFlag\": \"CDS", []string{
			`bj/instance/i-YufwpQAe: expected is "2027-12-31T16:30:00Z"; want "2028-01-14T16:30:00Z", as computed`,
		}},
		{"a unified expiry day that moves nothing", "\"unifiedExpiryDay\": 0,\n      \"relatedRenewFlag\": \"CDS", "\"unifiedExpiryDay\": 1,\n      \"relatedRenewFlag\": \"CDS", []string{
			`bj/instance/i-YufwpQAe: unifiedExpiryDay is 1; want 0 where the months alone lead to that day`,
		}},
		{"a unified expiry day that no month need have", "\"unifiedExpiryDay\": 0,\n      \"relatedRenewFlag\": \"CDS", "\"unifiedExpiryDay\": 31,\n      \"relatedRenewFlag\": \"CDS", []string{
			`bj/instance/i-YufwpQAe: unifiedExpiryDay is 31; want 0 to 28`,
		}},
		{"a unified expiry day of what had expired", "\"months\": 12,\n      \"expected\": \"\",\n      \"unifiedExpiryDay\": 0", "\"months\": 12,\n      \"expected\": \"\",\n      \"unifiedExpiryDay\": 15", []string{
			`bj/nat/nat-bir8biqwr45e: unifiedExpiryDay is 15; want 0 for what had expired`,
		}},
		{"a unified expiry day of what buys nothing", `"unifiedExpiryDay": 0`, `"unifiedExpiryDay": 15`, []string{
			`bj/instance/i-OldBatch: unifiedExpiryDay is 15; want 0 in a row whose decision is "lapse"`,
		}},
		{"a price of what buys nothing", `"price": ""`, `"price": "1.00"`, []string{
			`bj/instance/i-OldBatch: price is "1.00"; want "" in a row whose decision is "lapse"`,
		}},
		{"an estimate of what buys nothing", `"estimate": false`, `"estimate": true`, []string{
			`bj/instance/i-OldBatch: estimate is true; want false in a row whose decision is "lapse"`,
		}},
		{"a price", `"price": "1990.00"`, `"price": "990.00"`, []string{
			`totals.price is "2078.50"; want "1078.50", as computed`,
			`totals.kinds[instance].price is "1990.00"; want "990.00", as computed`,
			`totals.regions[bj].price is "2078.50"; want "1078.50", as computed`,
		}},
		{"a price with three decimals", `"price": "1990.00"`, `"price": "1990.005"`, []string{
			`bj/instance/i-YufwpQAe: price is "1990.005"; want CNY with two decimals, such as 1990.00, or ""`,
			`totals.unknownPrices is 1; want 2, as computed`,
			`totals.price is "2078.50"; want "88.50", as computed`,
			`totals.kinds[instance].unknownPrices is 0; want 1, as computed`,
			`totals.kinds[instance].price is "1990.00"; want "", as computed`,
			`totals.regions[bj].unknownPrices is 1; want 2, as computed`,
			`totals.regions[bj].price is "2078.50"; want "88.50", as computed`,
		}},
		{"a negative price", `"price": "88.50"`, `"price": "-88.50"`, []string{
			`bj/vpn/vpn-bir8biqwr45e: price is "-88.50"; want CNY with two decimals, such as 1990.00, or ""`,
			`totals.estimates is 1; want 0, as computed`,
			`totals.unknownPrices is 1; want 2, as computed`,
			`totals.price is "2078.50"; want "1990.00", as computed`,
			`totals.kinds[vpn].estimates is 1; want 0, as computed`,
			`totals.kinds[vpn].unknownPrices is 0; want 1, as computed`,
			`totals.kinds[vpn].price is "88.50"; want "", as computed`,
			`totals.regions[bj].estimates is 1; want 0, as computed`,
			`totals.regions[bj].unknownPrices is 1; want 2, as computed`,
			`totals.regions[bj].price is "2078.50"; want "1990.00", as computed`,
		}},
		{"an estimate called a price", "\"price\": \"88.50\",\n      \"estimate\": true", "\"price\": \"88.50\",\n      \"estimate\": false", []string{
			`totals.estimates is 1; want 0, as computed`,
			`totals.kinds[vpn].estimates is 1; want 0, as computed`,
			`totals.regions[bj].estimates is 1; want 0, as computed`,
		}},
		{
			"an estimate of nothing", "\"attempt\": 0,\n      \"price\": \"\",\n      \"estimate\": false\n    },\n    {\n      \"region\": \"bj\",\n      \"kind\": \"nat\",\n      \"id\": \"nat-gone\"",
			"\"attempt\": 0,\n      \"price\": \"\",\n      \"estimate\": true\n    },\n    {\n      \"region\": \"bj\",\n      \"kind\": \"nat\",\n      \"id\": \"nat-gone\"",
			[]string{
				`bj/nat/nat-bir8biqwr45e: estimate is true; want false where the price is not known`,
			},
		},
		{"a total", "\"unknownPrices\": 1,\n    \"unpricedAlong", "\"unknownPrices\": 0,\n    \"unpricedAlong", []string{`totals.unknownPrices is 0; want 1, as computed`}},
		{"a total of money", `"price": "2078.50"`, `"price": "0.00"`, []string{`totals.price is "0.00"; want "2078.50", as computed`}},
		{"a total of a kind", `"name": "nat",`, `"name": "nat\u202e",`, []string{
			`totals.kinds is of ["instance", "nat\u202e", "vpn"]; want of ["instance", "nat", "vpn"], as computed`,
		}},
		{"a total that is no list", `"kinds": [`, `"kinds": {}, "x": [`, []string{
			`totals.kinds is {}, "x": [; want an array`,
			`totals.x is [; want no such field`,
			`totals.kinds is of []; want of ["instance", "nat", "vpn"], as computed`,
		}},
		{"a total with a field more", `"name": "bj",`, `"name": "bj", "extra": 1,`, []string{`totals.regions.extra is 1; want no such field`}},
		{"a limit of money that is none", `"maxTotal": "5000.00"`, `"maxTotal": "5000"`, []string{
			`limits.maxTotal is "5000"; want CNY with two decimals, such as 50000.00, or ""`,
		}},
		{"a limit of money: nothing else follows from it", `"maxTotal": "5000.00"`, `"maxTotal": "6000.00"`, nil},
		{"the plan's day, over an expiry", exampleDay, "2026-12-03", []string{
			vpn + `expected is "2027-01-02T08:00:00Z"; want "", as computed`,
		}},
		{"no day", exampleDay, "", []string{
			`asOf is ""; want a day from 2000 to 2200`,
			`bj/nat/nat-bir8biqwr45e: expected is ""; want "2027-11-17T02:00:00Z", as computed`,
		}},
		{"not a day", exampleDay, "2026-11-31", []string{
			`asOf is "2026-11-31"; want a day such as 2026-11-20`,
			`asOf is ""; want a day from 2000 to 2200`,
			`bj/nat/nat-bir8biqwr45e: expected is ""; want "2027-11-17T02:00:00Z", as computed`,
		}},
		{"a moment with an offset", `"2026-12-05T08:00:00Z"`, `"2026-12-05T08:00:00+08:00"`, []string{
			`bj/instance/i-Resizing: baseline is "2026-12-05T08:00:00+08:00"; want a moment such as 2026-12-31T08:00:00Z`,
		}},
		{"a moment with a fraction", `"2026-12-05T08:00:00Z"`, `"2026-12-05T08:00:00.5Z"`, []string{
			`text is in another form than renewplan writes, in line 49: "\"2026-12-05T08:00:00.5Z\","; want "\"2026-12-05T08:00:00Z\","`,
		}},
		{"a negative limit", `"maxItems": 100`, `"maxItems": -1`, []string{`limits.maxItems is -1; want 0 or more`}},
		{"no age", `"maxPlanAge": "7d"`, `"maxPlanAge": "0d"`, []string{`limits.maxPlanAge is "0d"; want more than 0`}},
		{"a bad age", `"maxPlanAge": "7d"`, `"maxPlanAge": "1w"`, []string{
			`limits.maxPlanAge is "1w"; want a duration such as 7d or 36h`, `limits.maxPlanAge is "0d"; want more than 0`,
		}},
		{"another writing of an age", `"maxPlanAge": "7d"`, `"maxPlanAge": "168h"`, []string{
			`text is in another form than renewplan writes, in line 18: "    \"maxPlanAge\": \"168h\","; want "    \"maxPlanAge\": \"7d\","`,
		}},
		{"a line break in a name", `"name": "egress"`, `"name": "egress\nvpn"`, []string{`bj/nat/nat-bir8biqwr45e: name is "egress�vpn"; want no control characters`}},
		{"an override of direction in a reason", `: the new expiry counts`, `: \u202e the new expiry counts`, []string{
			`bj/nat/nat-bir8biqwr45e: reason is "expired 2 days ago: � the new expiry counts 12 months from…"; want no control characters`,
		}},
		{"an empty region", `"region": "gz"`, `"region": ""`, []string{
			`row 10: id is "eg-b2511000"; want rows sorted by region, kind and id; bj/vpn/vpn-silent stands before it`,
			`row 10: region is ""; want a name without control characters`,
		}},
		{"a row out of order", `"region": "gz"`, `"region": "ba"`, []string{
			`ba/eipgroup/eg-b2511000: id is "eg-b2511000"; want rows sorted by region, kind and id; bj/vpn/vpn-silent stands before it`,
		}},
		{"a row twice", `"id": "vpn-silent"`, `"id": "vpn-open"`, []string{`bj/vpn/vpn-open: id is "vpn-open"; want each resource once`}},
		{
			"a row in two regions", "\"region\": \"gz\",\n      \"kind\": \"eipgroup\",\n      \"id\": \"eg-b2511000\"",
			"\"region\": \"gz\",\n      \"kind\": \"vpn\",\n      \"id\": \"vpn-silent\"",
			[]string{`gz/vpn/vpn-silent: region is "gz"; want each resource in one region; bj/vpn/vpn-silent has the same kind and id`},
		},
		{"an unknown field", `"kind": "nat",`, `"kind": "nat", "colour": {"red": [1, true]},`, []string{`bj/nat/nat-bir8biqwr45e: colour is {"red": [1, true]}; want no such field`}},
		{"a field in other case", `"cloud"`, `"Cloud"`, []string{`Cloud is "baidubce.com"; want no such field`, `cloud is missing; want this field`}},
		{"a field twice", `"account": "prod",`, `"account": "prod", "account": "test",`, []string{`account is "test" a second time; want this field once`}},
		{"a missing field", "  \"account\": \"prod\",\n", "", []string{`account is missing; want this field`}},
		{"a missing field of a row", "      \"name\": \"egress\",\n", "", []string{`bj/nat/nat-bir8biqwr45e: name is missing; want this field`}},
		{"a number for a string", `"name": "egress"`, `"name": 5`, []string{`bj/nat/nat-bir8biqwr45e: name is 5; want a string`}},
		{"a string for a number", `"attempt": 1`, `"attempt": "1"`, []string{
			`bj/instance/i-YufwpQAe: attempt is "1"; want a number`,
			`bj/instance/i-YufwpQAe: clientToken is "c3c999ea-5b83-807d-a11d-f1be01484085"; want "` + Token(Key{"bj", "instance", "i-YufwpQAe"}, at(t, "2026-12-31T16:30:00Z"), 0) + `", as computed`,
		}},
		{"a fraction", `"maxMonths": 0`, `"maxMonths": 0.5`, []string{`limits.maxMonths is 0.5; want a whole number`}},
		{"an exponent", `"maxItems": 100`, `"maxItems": 1e2`, []string{`limits.maxItems is 1e2; want a whole number`}},
		{"a number that is too large", `"maxItems": 100`, `"maxItems": 99999999999999999999`, []string{`limits.maxItems is 99999999999999999999; want a whole number`}},
		{"null", `"refuseAutoRenew": false`, `"refuseAutoRenew": null`, []string{`limits.refuseAutoRenew is null; want true or false`}},
		{"an object for an array", "\"tags\": [\n      \"env=prod\"\n    ]", `"tags": {"env": "prod"}`, []string{`spec.tags is {"env": "prod"}; want an array`}},
		{"tags out of order", `"env=prod"`, "\"env=prod\",\n      \"a=b\"", []string{`spec.tags is out of order; want sorted tags`}},
		{"a digest of the spec that is none", exampleSpec().Digest(), "290e", []string{`spec.digest is "290e"; want the 64 hex digits of a SHA-256`}},
		{"a needless escape", `"prod"`, `"pro\u0064"`, []string{
			`text is in another form than renewplan writes, in line 4: "  \"account\": \"pro\\u0064\","; want "  \"account\": \"prod\","`,
		}},
		{"a blank more", `"version": 1`, `"version":  1`, []string{
			`text is in another form than renewplan writes, in line 2: "  \"version\":  1,"; want "  \"version\": 1,"`,
		}},
		{"fields in another order", "\"cloud\": \"baidubce.com\",\n  \"account\": \"prod\"", "\"account\": \"prod\",\n  \"cloud\": \"baidubce.com\"", []string{
			`text is in another form than renewplan writes, in line 3: "  \"account\": \"prod\","; want "  \"cloud\": \"baidubce.com\","`,
		}},
		{"a reason: nothing else follows from it", "expires in 12 days", "expires in 13 days", nil},
		{"a name: nothing else follows from it", `"egress"`, `"egresS"`, nil},
		{"a limit: nothing else follows from it", `"maxItems": 100`, `"maxItems": 200`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := string(examplePlan(t).Encode())
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the example does not hold %q", tt.old)
			}
			edited := strings.Replace(text, tt.old, tt.new, 1)
			for name, text := range map[string]string{"as edited": edited, "with its digest made right": reseal(edited)} {
				p, err := Decode([]byte(text))
				if len(tt.want) == 0 && name == "with its digest made right" {
					// It is another valid plan; the review has to see it.
					if err != nil || string(p.Encode()) != text {
						t.Errorf("%s: got %v; want a plan", name, err)
					}
					continue
				}
				altered, ok := errors.AsType[*AlteredError](err)
				if !ok || !errors.Is(err, ErrAltered) || p == nil {
					t.Errorf("%s: got plan %v, error %v; want ErrAltered and the plan", name, p, err)
					continue
				}
				var got []string
				digest := false
				for _, d := range altered.Differences {
					if d.Field == "digest" && d.Row == "" {
						digest = true
						continue
					}
					got = append(got, d.String())
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s: differences (-want +got):\n%s", name, diff)
				}
				if len(tt.want) == 0 && !digest {
					t.Errorf("%s: got no difference of the digest; want one", name)
				}
			}
		})
	}
}

func TestDecodeFindsTwoUnifiedExpiryDays(t *testing.T) {
	text := string(smallPlan(t).Encode())
	const old = "\"2027-01-15T08:00:00Z\",\n      \"unifiedExpiryDay\": 15"
	if !strings.Contains(text, old) {
		t.Fatalf("the plan does not hold %q", old)
	}
	edited := strings.Replace(text, old, strings.ReplaceAll(old, "15", "16"), 1)
	_, err := Decode([]byte(reseal(edited)))
	want := "the plan file was altered: bj/vpn/vpn-bir8biqwr45e: unifiedExpiryDay is 16; want 15 as in the rows before, or 0"
	if fmt.Sprint(err) != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestDecodeSaysWhatIsNoPlanFile(t *testing.T) {
	text := string(examplePlan(t).Encode())
	for _, tt := range []struct {
		name, text string
		is         error
		want       string
	}{
		{"nothing", "", ErrNotPlan, "not a plan file: it is empty; renewplan plan --out FILE writes one"},
		{"white space", " \n", ErrNotPlan, "it is empty"},
		{"a spec", "package network\n", ErrNotPlan, `it starts with "package network"`},
		{"UTF-16", "\xff\xfe{\x00", ErrNotPlan, "UTF-16"},
		{"an array", "[]", ErrNotPlan, `it starts with "[]"`},
		{"an empty object", "{}", ErrNotPlan, "it has no version"},
		{"another JSON file", `{"name": "web", "dependencies": {}}`, ErrNotPlan, "it has no version"},
		{"a version that is a string", `{"version": "1"}`, ErrNotPlan, `its version is "1", which is not a whole number`},
		{"cut short in a row", text[:strings.Index(text, "decommissioned")], ErrNotPlan, "the text ends inside a string; it was cut short"},
		{"cut short after a comma", text[:strings.Index(text, `"cloud"`)], ErrNotPlan, "line 3, column 3: the text ends too early; it was cut short"},
		{"a missing comma", strings.Replace(text, ",", "", 3), ErrNotPlan, `line 3, column 3: "cloud": "baidubce.com" stands where ',' is wanted`},
		{"a comma too many", strings.Replace(text, "false\n", "false,\n", 1), ErrNotPlan, "stands where a string is wanted"},
		{"a line break in a string", strings.Replace(text, "prod", "pr\nod", 1), ErrNotPlan, "line 4, column 17: a control character stands inside a string"},
		{"a bad escape", strings.Replace(text, "prod", `pr\od`, 1), ErrNotPlan, "not a string"},
		{"a number with a leading zero", strings.Replace(text, "100", "0100", 1), ErrNotPlan, "line 16, column 18: "},
		{"a later version", strings.Replace(text, `"version": 1`, `"version": 2`, 1), ErrVersion, "the file is of version 2, this renewplan reads version 1"},
		{"a later version with unknown content", `{"rows": 5, "version": 12, "x"`, ErrVersion, "the file is of version 12, this renewplan reads version 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Decode([]byte(tt.text))
			if p != nil || !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("got %v, %v; want %v with %q", p, err, tt.is, tt.want)
			}
		})
	}
}

func TestDecodeFindsAnotherFormOfTheSamePlan(t *testing.T) {
	text := string(examplePlan(t).Encode())
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"CR LF", strings.ReplaceAll(text, "\n", "\r\n"), "text is written with CR LF line ends; want LF alone; git keeps them with the line `*.plan.json -text` in .gitattributes"},
		{"a byte order mark", "\ufeff" + text, "text is preceded by a byte order mark; want nothing before the plan"},
		{"no line end at the end", strings.TrimSuffix(text, "\n"), `text is in another form than renewplan writes, in line 275: "}" without a line end; want "}"`},
		{"a line end too many", text + "\n", `text is in another form than renewplan writes, in line 276: ""; want no line 276`},
		{"more text", text + "{}", `text is followed by "{}"; want nothing after the plan`},
		{"a second plan", text + text, `text is followed by "{�  \"version\": 1,�  \"cloud\": \"baidubce.com\",�  \"accoun…"; want nothing after the plan`},
		{"all on one line", compact.String(), `in line 1: "{\"version\":1,`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Decode([]byte(tt.text))
			altered, ok := errors.AsType[*AlteredError](err)
			if !ok || p == nil || len(altered.Differences) != 1 {
				t.Fatalf("got %v, %v; want the plan and one difference", p, err)
			}
			if got := altered.Differences[0].String(); !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			if string(p.Encode()) != text {
				t.Error("the plan returned is not the one in the text")
			}
		})
	}
}

func TestDecodeRefusesWhatIsTooLarge(t *testing.T) {
	if _, err := Decode(make([]byte, MaxFileSize+1)); !errors.Is(err, ErrNotPlan) || !strings.Contains(err.Error(), "larger than 256 MiB") {
		t.Errorf("got %v; want ErrNotPlan for its size", err)
	}
	rows := `{"version": 1, "rows": [` + strings.Repeat("{},", maxRows) + "{}]}"
	if _, err := Decode([]byte(rows)); !errors.Is(err, ErrNotPlan) || !strings.Contains(err.Error(), "more than 1000000 rows") {
		t.Errorf("got %v; want ErrNotPlan for its rows", err)
	}
	deep := `{"version": 1, "x": ` + strings.Repeat("[", 1<<20)
	if _, err := Decode([]byte(deep)); !errors.Is(err, ErrNotPlan) {
		t.Errorf("got %v; want ErrNotPlan", err)
	}
}

func TestAlteredErrorIsBounded(t *testing.T) {
	text := `{"version": 1, "rows": [` + strings.Repeat("{},", 500) + "{}]}"
	p, err := Decode([]byte(text))
	altered, ok := errors.AsType[*AlteredError](err)
	if !ok || p == nil || len(p.Rows) != 501 {
		t.Fatalf("got %v; want an AlteredError and 501 rows", err)
	}
	if len(altered.Differences) != maxDifferences || altered.More == 0 {
		t.Errorf("got %d differences and %d more; want %d and more", len(altered.Differences), altered.More, maxDifferences)
	}
	if got := err.Error(); len(got) > 500 || !strings.HasPrefix(got, "the plan file was altered: row 1: region is missing; want this field; ") {
		t.Errorf("got %q; want a short text", got)
	}
}

// The messages show what stands in a hostile file, and must not pass it on raw.
func TestAlteredErrorIsHarmless(t *testing.T) {
	text := string(examplePlan(t).Encode())
	for _, edit := range []struct{ old, new string }{
		{`"cloud"`, "\"\u202ecloud" + strings.Repeat("x", 1000) + `"`},
		{`"id": "vpn-open"`, `"id": "\u001b[2J\nvpn-open"`},
		{`"decision": "open"`, "\"decision\": \"\u009b\u2028\""},
		{`"months": 1,`, "\"months\": \"\u009b\","},
	} {
		_, err := Decode([]byte(strings.Replace(text, edit.old, edit.new, 1)))
		altered, ok := errors.AsType[*AlteredError](err)
		if !ok {
			t.Fatalf("%s: got %v; want an AlteredError", edit.new, err)
		}
		for _, d := range altered.Differences {
			if s := d.String(); !isClean(s) || len(s) > 400 {
				t.Errorf("got %q; want one short harmless line", s)
			}
		}
	}
}
