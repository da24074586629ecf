package main

import "renewplan/internal/report"

// counted is a number with its noun: "1 resource", "2 resources".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return report.Number(n) + " " + what + "s"
}
