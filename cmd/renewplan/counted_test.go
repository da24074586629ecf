package main

import "testing"

func TestNumbersAreGroupedAsInTheTables(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 rows", 1: "1 row", 2: "2 rows", 999: "999 rows", 1000: "1,000 rows", 6000: "6,000 rows", 123456: "123,456 rows", 1234567: "1,234,567 rows",
	} {
		if got := counted(n, "row"); got != want {
			t.Errorf("%d: got %q; want %q", n, got, want)
		}
	}
}
