package report

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

func TestJSONIsVersionedAndNamesItsKind(t *testing.T) {
	for name, text := range jsonPages(t) {
		var d map[string]any
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := map[string]string{"plan": "plan", "results": "result", "status": "status"}[name]
		if d["version"] != 1.0 || d["kind"] != want {
			t.Errorf("%s: got version %v and kind %v; want 1 and %s", name, d["version"], d["kind"], want)
		}
	}
}

func TestJSONHoldsExactTextInHarmlessBytes(t *testing.T) {
	for name, text := range jsonPages(t) {
		if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), dangerous) {
			t.Errorf("%s: got bytes that a terminal may act upon; want \\u escapes", name)
		}
	}
	var d planDocument
	if err := json.Unmarshal([]byte(jsonPages(t)["plan"]), &d); err != nil {
		t.Fatal(err)
	}
	for i, r := range examplePlan().Rows {
		if d.Rows[i].Name != r.Name {
			t.Errorf("row %d: got name %q; want %q", i, d.Rows[i].Name, r.Name)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{chinese, family, escape, injection, "\U000e0041\u2028\\u202e\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := &plan.Plan{Rows: []plan.Row{{Name: s}}}
		text := written(t, func(w io.Writer) error { return PlanJSON(w, p, nil) })
		if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), dangerous) {
			t.Errorf("name %q: got dangerous bytes in %q", s, text)
		}
		var d planDocument
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatalf("name %q: %v", s, err)
		}
		if utf8.ValidString(s) && d.Rows[0].Name != s {
			t.Errorf("got name %q; want %q", d.Rows[0].Name, s)
		}
	})
}

func TestEmptyListsAreListsInJSON(t *testing.T) {
	for name, f := range map[string]func(io.Writer) error{
		"plan":   func(w io.Writer) error { return PlanJSON(w, &plan.Plan{}, nil) },
		"result": func(w io.Writer) error { return ResultsJSON(w, nil, Summary{}) },
		"status": func(w io.Writer) error { return StatusJSON(w, nil) },
	} {
		text := written(t, f)
		if !strings.Contains(text, `"rows": []`) {
			t.Errorf("%s: got no empty list of rows; want one in\n%s", name, text)
		}
	}
	if text := written(t, func(w io.Writer) error { return PlanJSON(w, &plan.Plan{}, nil) }); !strings.Contains(text, `"overLimits": []`) {
		t.Errorf("got no empty list of limits; want one in\n%s", text)
	}
}

// docFile describes the JSON; its examples are written by this test.
var docFile = filepath.Join("..", "..", "docs", "output.md")

func TestTheExamplesOfTheDocumentationAreReal(t *testing.T) {
	few := examplePlan()
	few.Rows = few.Rows[:2]
	few.Rows[0].Name = chinese
	results := exampleResults()
	results = []plan.Result{results[0], results[7]}
	results[1].Note = "OperationDenied (HTTP 400): the resource is busy, request id 4f8c2b1e-refused"
	sum := exampleSummary()
	sum.Requests, sum.Exit = 6, 3
	record := exampleRecords()[7]
	examples := map[string]string{
		"plan":   written(t, func(w io.Writer) error { return PlanJSON(w, few, nil) }),
		"result": written(t, func(w io.Writer) error { return ResultsJSON(w, results, sum) }),
		"status": written(t, func(w io.Writer) error { return StatusJSON(w, []ledger.Record{record}) }),
		"receipt": written(t, func(w io.Writer) error {
			r := exampleReceipt()
			return errors.Join(ReceiptBegin(w, r), ReceiptEnd(w, results, r))
		}),
		"table": written(t, func(w io.Writer) error { return Plan(w, few, nil, Options{Width: 80}) }),
		"pipe":  written(t, func(w io.Writer) error { return Plan(w, few, nil, Options{}) }),
	}
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)(<!-- example: ([a-z]+) -->\n```[a-z]*\n)(.*?)(```\n)")
	found := map[string]bool{}
	got := block.ReplaceAllStringFunc(string(doc), func(s string) string {
		m := block.FindStringSubmatch(s)
		found[m[2]] = true
		return m[1] + examples[m[2]] + m[4]
	})
	for name := range examples {
		if !found[name] {
			t.Errorf("got no example %q in %s; want one", name, docFile)
		}
	}
	if *update {
		if err := os.WriteFile(docFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(doc), got); diff != "" {
		t.Errorf("%s differs from what is written (-documented +written); run with -update:\n%s", docFile, diff)
	}
}

func TestEveryJSONFieldIsDocumented(t *testing.T) {
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	for section, v := range map[string]any{"plan": planDocument{}, "result": resultDocument{}, "status": statusDocument{}} {
		_, text, ok := strings.Cut(string(doc), "## JSON: "+section+"\n")
		if !ok {
			t.Errorf("got no section %q in %s; want one", section, docFile)
			continue
		}
		text, _, _ = strings.Cut(text, "\n## ")
		for _, name := range fieldPaths(reflect.TypeOf(v), "") {
			if !strings.Contains(text, "| `"+name+"` |") {
				t.Errorf("section %q: got no line for `%s`; want one", section, name)
			}
		}
	}
}

// fieldPaths are the leaves of a document, such as "rows[].tries[].sent". The
// fields that all documents begin with are described once, above them.
func fieldPaths(t reflect.Type, prefix string) []string {
	var paths []string
	for f := range t.Fields() {
		if f.Type == reflect.TypeFor[jsonHead]() {
			continue
		}
		name := prefix + f.Tag.Get("json")
		ft := f.Type
		if f.Anonymous {
			paths = append(paths, fieldPaths(ft, prefix)...)
			continue
		}
		for ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice {
			if ft.Kind() == reflect.Slice {
				name += "[]"
			}
			ft = ft.Elem()
		}
		switch {
		case ft.Kind() == reflect.Struct:
			paths = append(paths, fieldPaths(ft, name+".")...)
		default:
			paths = append(paths, name)
		}
	}
	return paths
}

// The words of a reason are made elsewhere; the documentation shows none that a
// plan cannot have.
func TestTheReasonsOfTheDocumentationAreReal(t *testing.T) {
	want := examplePlan().Rows[:2]
	s := &plan.Spec{Reservations: map[string]plan.Reservation{"monthly": {Length: 1, DueWithin: plan.DefaultDueWithin}}}
	seen := plan.Observed{}
	for _, r := range want {
		s.Resources = append(s.Resources, plan.Resource{Key: r.Key, Reservation: "monthly"})
		o := plan.Observation{Read: true, Prepaid: true, Expiry: r.Baseline}
		if r.Decision == plan.Refused {
			o.Busy, o.Status = true, "Scaling"
		}
		seen[r.Key] = o
	}
	p, err := plan.Build(s, seen, plan.BuildOptions{AsOf: examplePlan().AsOf, Cloud: "baidubce.com"})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range want {
		if got := p.Rows[i]; r.Decision != got.Decision || r.Reason != got.Reason {
			t.Errorf("%s: got %s, %q; want %s, %q", r.ID, r.Decision, r.Reason, got.Decision, got.Reason)
		}
	}
}
