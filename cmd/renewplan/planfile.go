package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2/maybe"

	"renewplan/internal/plan"
)

// planSuffix is how plan files are named.
const planSuffix = ".plan.json"

// maxPlanFile bounds what is read as a plan file, in bytes: a hundred thousand
// rows take less than a tenth of it.
const maxPlanFile = 512 << 20

// readPlan reads a plan file. Where the file is one but was altered, the plan
// is returned beside the error, for showing only.
func readPlan(file string) (*plan.Plan, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, refused("reading the plan file: %w; nothing was sent", err)
	}
	pl, err := plan.Decode(text)
	switch {
	case err == nil:
		return pl, nil
	case errors.Is(err, plan.ErrAltered):
		return pl, alteredFailure(file, pl, err)
	default:
		return nil, refused("%q: %w; nothing was sent", file, err)
	}
}

// alteredFailure says in what a plan file is not as it was written, and what helps.
func alteredFailure(file string, pl *plan.Plan, err error) error {
	f := refused("%q: %w; nothing was sent", file, err)
	if pl == nil {
		return f
	}
	return f.hint("renewplan show %s prints it; to get a sound one, plan again: renewplan plan --out %s",
		quoteWord(file), planAgain(pl, file))
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPlanFile+1))
	if err == nil && len(text) > maxPlanFile {
		err = fmt.Errorf("%q is larger than %d MiB", file, maxPlanFile>>20)
	}
	return text, err
}

// isPlanFile tells an argument that names a plan file from one that names a
// spec: by its name, or else by what is in it.
func isPlanFile(arg string) bool {
	if strings.HasSuffix(arg, planSuffix) {
		return true
	}
	if filepath.Ext(arg) != ".json" {
		return false
	}
	return slices.ContainsFunc(topKeys(arg), func(key string) bool {
		switch key {
		case "version", "cloud", "asOf", "rows": // which a spec has not
			return true
		}
		return false
	})
}

// topKeys returns the first keys of the JSON object in a file, which may be cut
// short; none if there is no such object.
func topKeys(file string) []string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, 64<<10))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var keys []string
	for {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return keys
		}
		keys = append(keys, key)
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return keys
		}
	}
}

// writePlan writes a plan file, whole or not at all, readable by everybody: it
// holds no secrets. A file that is not a plan file is not overwritten.
func writePlan(file string, pl *plan.Plan) error {
	if err := mayWritePlan(file); err != nil {
		return err
	}
	if err := maybe.WriteFile(file, pl.Encode(), 0o644); err != nil {
		return failed("writing the plan file: %w", err)
	}
	return nil
}

// mayWritePlan refuses to overwrite what is not a plan file, such as a spec
// whose name was typed by mistake.
func mayWritePlan(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failed("writing the plan file: %w", err)
	case !info.Mode().IsRegular():
		return failed("--out %q is not a regular file", file)
	case info.Size() == 0:
		return nil
	}
	if keys := topKeys(file); len(keys) >= 2 && keys[0] == "version" && keys[1] == "cloud" {
		return nil
	}
	return failed("--out %q exists and is not a plan file; it was not touched", file).
		hint("choose another name, such as %s", strings.TrimSuffix(file, filepath.Ext(file))+planSuffix)
}

// keepPlan writes a plan into a folder under its digest, and returns the file.
func keepPlan(dir string, pl *plan.Plan) (string, error) {
	file := filepath.Join(dir, pl.Digest+planSuffix)
	text := pl.Encode()
	if there, err := os.ReadFile(file); err == nil && bytes.Equal(there, text) {
		return file, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", failed("keeping the plan: %w; nothing was sent", err)
	}
	if err := maybe.WriteFile(file, text, 0o644); err != nil {
		return "", failed("keeping the plan: %w; nothing was sent", err)
	}
	return file, nil
}
