package main

import (
	"os"
	"path/filepath"
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
