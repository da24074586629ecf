package bce

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// jsonTexts are valid JSON and not.
var jsonTexts = []string{
	"", " ", "null", "true", "7", `"x"`, "{}", " { } ", "[]", "[ ]", `{"a":1}`, `{"a":null,"b":""}`,
	`{"a":1,"a":{"b":[1,2]}}`, `{"a":[1],"b":2,"\u0061": [1] ,"b":2}`, `{"a":[1],"a":[ 1]}`, `{"c":1,"c":2}`, `{"b":1,"a":2,"b":3}`, `{"a" : "x" , "b" :[ ]}`, "\n{\r\"a\"\t:\n-1.5e+3\n}\n", `{"":1}`, `{"a":"}","b":"]","c":","}`,
	`{"a":"\"","b":"\\","c":"\\\""}`, `{"a\u0062":1,"\"":2}`, `{"a":{"a":{"a":{}}},"b":[[[]]]}`,
	`[1,"2",null,true,{"a":[1]},[ ] ]`, `[[],[]]`, `[{},{}]`, `["a,b","c:d","[","{"]`, `{"a":"ü","ü":1}`, `["\u00fc"]`,
	`{`, `[`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":"`, `{"a":"\`, `}`, `]`, `{]`, `[}`, `[1}`, `{"a":1}]`, `[1,]`, `{,}`, `{a:1}`,
	`{:1}`, `[:]`, `{"a":1}{"b":2}`, `[1][2]`, `{"a":[}`, `{"a"1}`, strings.Repeat("[", 1000), strings.Repeat(`{"a":`, 1000), "[\x00]", "\xff",
}

// FuzzCuttingIsWhatDecodingIs: what is cut out of valid JSON is what encoding/json
// decodes, and other text ends.
func FuzzCuttingIsWhatDecodingIs(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, isObject := fields{}, kindOf(text) == '{'
		for key, value := range members(text) {
			got[string(key)] = value
		}
		var items []json.RawMessage
		for item := range elements(text) {
			items = append(items, item)
		}
		if !json.Valid(text) || !utf8.Valid(text) {
			return
		}
		var want fields
		if err := json.Unmarshal(text, &want); isObject != (err == nil && want != nil) {
			t.Fatalf("%q: got an object: %v; want %v", text, isObject, !isObject)
		}
		same := func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }
		if isObject && !maps.EqualFunc(got, want, same) {
			t.Errorf("%q: got %s; want %s", text, got, want)
		}
		if _, err := pickFields(text, "a", "b"); isObject && (err != nil) != contradicts(text, "a", "b") {
			t.Errorf("%q: got %v; want an error: %v", text, err, err == nil)
		}
		var wantItems []json.RawMessage
		_ = json.Unmarshal(text, &wantItems) // none, if it is no array
		if !slices.EqualFunc(items, wantItems, same) {
			t.Errorf("%q: got %s; want %s", text, items, wantItems)
		}
	})
}

// contradicts reports whether a JSON object holds one of the names twice and not
// alike, as encoding/json sees it.
func contradicts(object []byte, names ...string) bool {
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token()
	known := map[string]string{}
	for d.More() {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil || !slices.Contains(names, name.(string)) {
			continue
		}
		if other, twice := known[name.(string)]; twice && other != string(value) {
			return true
		}
		known[name.(string)] = string(value)
	}
	return false
}

func TestOnlyWantedFieldsAreTaken(t *testing.T) {
	got, err := pickFields([]byte(`{"psk":"canary","id":"c","\u006eame":"b","psk":"other","id":"c"}`), "id", "name")
	if want := (fields{"id": []byte(`"c"`), "name": []byte(`"b"`)}); err != nil || !maps.EqualFunc(got, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	for range members([]byte(`{"a":1,"b":2}`)) {
		break // a caller may
	}
}
