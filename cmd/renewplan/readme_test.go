package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheReadmeListsEveryExitStatus(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(repoRoot(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(readme)), " ")
	for _, e := range exitTexts {
		number, text, _ := strings.Cut(e.text, " ")
		want := "| " + number + " | " + strings.Join(strings.Fields(text), " ") + " |"
		if !strings.Contains(flat, want) {
			t.Errorf("README.md lacks the line %q", want)
		}
	}
}

// scriptCell is the last cell of a row of the table of bad input.
var scriptCell = regexp.MustCompile(`(?m)^\|.*\| ([a-z, ]+) \|$`)

func TestTheTableOfBadInputNamesScripts(t *testing.T) {
	dir := filepath.Join("testdata", "script")
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := scriptCell.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 2 {
		t.Fatalf("got %d rows in the README of the scripts; want a table", len(rows))
	}
	for _, row := range rows[1:] { // below the head
		for name := range strings.SplitSeq(row[1], ", ") {
			if _, err := os.Stat(filepath.Join(dir, name+".txtar")); err != nil {
				t.Errorf("%s: got %v; want the script", row[0], err)
			}
		}
	}
}
