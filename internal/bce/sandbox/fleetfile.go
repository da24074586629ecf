package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Fleet is the content of a fleet file.
type Fleet struct {
	Resources []Resource `json:"resources"`
}

// ReadFleet reads a fleet file: {"resources":[…]}. Unknown fields, unknown
// kinds, the same resource twice, and a prepaid resource without an expiry are
// errors that name the resource, by its place and its key.
func ReadFleet(r io.Reader) (Fleet, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Fleet{}, err
	}
	var file struct {
		Resources []json.RawMessage `json:"resources"`
	}
	if err := decodeStrict(bytes.NewReader(text), &file); err != nil {
		return Fleet{}, mistake(text, reflect.TypeFor[Fleet](), err)
	}
	f := Fleet{Resources: make([]Resource, len(file.Resources))}
	for i, raw := range file.Resources {
		r := &f.Resources[i]
		if err := decodeStrict(bytes.NewReader(raw), r); err != nil {
			return Fleet{}, fmt.Errorf("resources[%d]%s: %w", i, keyIn(raw), resourceMistake(raw, err))
		}
	}
	if err := checkFleet(f.Resources); err != nil {
		return Fleet{}, err
	}
	return f, nil
}

// keyIn is what tells the key of a resource that has a mistake; "" if it has no id.
func keyIn(raw []byte) string {
	var who struct{ ID any }
	if json.Unmarshal(raw, &who) != nil {
		return ""
	}
	if id, ok := who.ID.(string); ok {
		return " (id " + strconv.Quote(id) + ")"
	}
	return ""
}

// resourceMistake says what is wrong with the text of one resource. A field that
// is unknown may be its own or one of something attached.
func resourceMistake(raw []byte, err error) error {
	var own map[string]json.RawMessage
	of := reflect.TypeFor[Resource]()
	if name, ok := unknownField(err); ok && json.Unmarshal(raw, &own) == nil && own[name] == nil {
		of = reflect.TypeFor[Attached]()
	}
	return mistake(raw, of, err)
}

// mistake words an error of decoding a text into something of a type.
func mistake(text []byte, of reflect.Type, err error) error {
	if name, ok := unknownField(err); ok {
		return fmt.Errorf("unknown field %q; known are %s", name, strings.Join(fieldsOf(of), ", "))
	}
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(text[:min(int(bad.Offset), len(text))], []byte("\n"))
		return fmt.Errorf("line %d: it is no JSON: %w", line, err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is no JSON: it ends too early")
	}
	if bad, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: got %s; want %s", orWhole(bad.Field), bad.Value, wanted(bad.Type))
	}
	if bad, ok := errors.AsType[*time.ParseError](err); ok {
		return fmt.Errorf("expiry: %q is no moment; want one such as \"2026-12-05T08:30:00Z\"", bad.Value)
	}
	return err
}

// unknownField is the name in an error about a field that nobody knows.
// encoding/json has no type for that error; a test holds its wording.
func unknownField(err error) (string, bool) {
	quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !ok {
		return "", false
	}
	name, err := strconv.Unquote(quoted)
	return name, err == nil
}

func orWhole(field string) string {
	if field == "" {
		return "the whole"
	}
	return field
}

// wanted names what JSON a type is read from.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// fieldsOf lists the names that JSON has for the fields of a type.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
