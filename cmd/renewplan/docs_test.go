package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"renewplan/internal/bce/sandbox"
)

// document is a text of the repository.
func document(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{repoRoot(t)}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheSandboxDocumentNamesAllThereIs(t *testing.T) {
	text := document(t, "docs", "sandbox.md")
	var names []string
	for _, f := range sandbox.FaultNames() {
		names = append(names, "`"+string(f)+"`")
	}
	for _, of := range []reflect.Type{reflect.TypeFor[sandbox.Resource](), reflect.TypeFor[sandbox.Attached]()} {
		for f := range of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, "`"+name+"`")
		}
	}
	code := document(t, "internal", "bce", "sandbox", "control.go")
	endpoints := regexp.MustCompile(`case "((?:GET|POST) /sandbox/\w+)"`).FindAllStringSubmatch(code, -1)
	for _, e := range endpoints {
		names = append(names, "`"+e[1]+"`")
	}
	settings := regexp.MustCompile(`"([a-z]+-(?:by|after|status|code)|skew)"`).
		FindAllStringSubmatch(document(t, "internal", "bce", "sandbox", "faultstring.go"), -1)
	for _, s := range settings {
		names = append(names, "`"+s[1]+"=")
	}
	if len(endpoints) < 10 || len(settings) < 11 {
		t.Fatalf("got %d endpoints and %d settings in the code; want all", len(endpoints), len(settings))
	}
	for _, name := range names {
		if !strings.Contains(text, name) {
			t.Errorf("docs/sandbox.md lacks %s", name)
		}
	}
}

func TestThePlanFileDocumentNamesEveryField(t *testing.T) {
	text := document(t, "docs", "plan-file.md")
	keys := regexp.MustCompile(`(?m)^ +"(\w+)":`)
	seen := map[string]bool{}
	for _, name := range []string{"budget", "instances", "mixed", "network"} {
		for _, key := range keys.FindAllStringSubmatch(document(t, "examples", "plans", name, name+planSuffix), -1) {
			seen[key[1]] = true
		}
	}
	if !seen["along"] || !seen["perhaps"] || len(seen) < 45 {
		t.Fatalf("got %d fields in the examples; want all", len(seen))
	}
	for key := range seen {
		if named := regexp.MustCompile("`[\\w.\\[\\]]*\\b" + key + "\\b[\\w.\\[\\]]*`"); !named.MatchString(text) {
			t.Errorf("docs/plan-file.md lacks `%s`", key)
		}
	}
}

func TestTheReadmeSaysWhatGitIsToKnow(t *testing.T) {
	text := document(t, "README.md")
	for _, want := range []string{"'*.plan.json -text' >> .gitattributes", "'.renewplan/' >> .gitignore", "**Do not commit `.renewplan/`.**"} {
		if !strings.Contains(text, want) {
			t.Errorf("README.md lacks %q", want)
		}
	}
}

func TestTheExamplesOfTheSandboxDocumentAreTaken(t *testing.T) {
	text := document(t, "docs", "sandbox.md")
	_, fleet, _ := strings.Cut(text, "<!-- example: fleet -->\n```json\n")
	fleet, _, ok := strings.Cut(fleet, "```")
	if _, err := sandbox.ReadFleet(strings.NewReader(fleet)); err != nil || !ok {
		t.Errorf("the fleet file: got %v; want it read", err)
	}
	values := regexp.MustCompile("`((?:[a-z]+-(?:by|after|status|code)|skew)=[^`]+|(?:lost-answer|throttle)=(?:0\\.|next:)[^`]+)`").FindAllStringSubmatch(text, -1)
	if len(values) < 11 {
		t.Fatalf("got %d settings with values; want all", len(values))
	}
	for _, v := range values {
		if _, err := sandbox.ParseFaults(v[1]); err != nil {
			t.Errorf("%s: got %v; want it taken", v[1], err)
		}
	}
}
