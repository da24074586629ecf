package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzLoad holds that Load never panics, whatever is in a file, and that what it
// says is fit for a terminal.
func FuzzLoad(f *testing.F) {
	for _, m := range mistakes {
		f.Add([]byte(twoReservations+m.spec), uint8(0))
	}
	f.Add([]byte(small), uint8(0))
	f.Add([]byte(`{"resources": {"vpn": {"vpn-1": {"lapse": "x", "price": {"1": 1e-400}}}}}`), uint8(1))
	f.Add([]byte("resources: {vpn: {vpn-1: {lapse: x, monthlyPrice: .inf}}}\n"), uint8(2))
	f.Add([]byte("a: &a [*a]\nb: !!binary x\n? [c]\n: 2027-01-01\n"), uint8(2))
	f.Add([]byte("\xff\xfe\x00"), uint8(0))
	names := []string{"x.cue", "x.json", "x.yaml"}
	f.Fuzz(func(t *testing.T, data []byte, format uint8) {
		if len(data) > 4<<10 {
			t.Skip("small files find as much, and sooner")
		}
		path := filepath.Join(t.TempDir(), names[int(format)%len(names)])
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Load(Options{Args: []string{path}, MaxTime: 2 * time.Second, MaxItems: 1000, MaxBytes: 4 << 10})
		if (s == nil) == (err == nil) {
			t.Fatalf("got spec %v and error %v; want one of them", s, err)
		}
		if err == nil {
			return
		}
		if strings.Contains(err.Error(), "broke off") {
			t.Errorf("got %v; want no panic", err)
		}
		for line := range strings.Lines(err.Error()) {
			if strings.ContainsFunc(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "\t"), func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("got control characters in %q", line)
			}
		}
	})
}
