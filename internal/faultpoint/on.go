//go:build faultpoints

package faultpoint

import (
	"context"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// death is the moment to die at.
type death struct {
	point Point
	nth   int64
}

// chosen is the moment that the environment names. A mistake there must not look
// like a moment that was never passed.
var chosen = sync.OnceValue(func() death {
	text := os.Getenv(Variable)
	if text == "" {
		return death{}
	}
	point, number, _ := strings.Cut(text, ":")
	nth, err := strconv.ParseInt(number, 10, 64)
	if err != nil || nth < 1 {
		panic(Variable + "=" + text + ": want POINT:N")
	}
	for _, p := range Points() {
		if string(p) == point {
			return death{p, nth}
		}
	}
	panic(Variable + "=" + text + ": there is no such point")
})

// passed counts how often the chosen point was passed.
var passed atomic.Int64

// Hit kills the process if the point is the chosen one and passed for the chosen
// time. From then on it does not return, at any point: until the signal arrives,
// others must not get further than the one that dies. Safe for concurrent use.
func Hit(p Point) {
	at := chosen()
	switch {
	case at.nth == 0:
		return
	case p == at.point && passed.Add(1) == at.nth:
		die(p)
	}
	if passed.Load() >= at.nth {
		select {}
	}
}

// die has the process killed, which may take a moment.
func die(p Point) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic("dying at " + string(p) + ": " + err.Error())
	}
}

// Watch returns a context that passes the points of a request.
func Watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { Hit(BeforeSend) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { Hit(AfterSend) },
		GotFirstResponseByte: func() { Hit(MidAnswer) },
	})
}
