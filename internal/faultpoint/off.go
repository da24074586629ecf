//go:build !faultpoints

package faultpoint

import "context"

// Hit says that a renewal passes the point now. It does nothing, unless the
// program was built to die there. Safe for concurrent use.
func Hit(Point) {}

// Watch returns a context that passes the points of a request: BeforeSend,
// AfterSend and MidAnswer. It is ctx itself, unless the program was built to die
// there.
func Watch(ctx context.Context) context.Context { return ctx }
