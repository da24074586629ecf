package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// child is what this program does when it starts itself, so that what it does
// there has a process of its own: its own processor time, its own connections.
// It reads its orders as one JSON value.
type child func(ctx context.Context, in io.Reader, out io.Writer) error

// childNamed is the child that a first argument stands for, or nil.
func childNamed(name string) child {
	switch name {
	case "as-cloud":
		return serveCloud
	case "as-sdk":
		return renewBySDK
	}
	return nil
}

// self is the command that starts this program as a child.
func (l *lab) self(ctx context.Context, name string) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, path, name)
	cmd.Env = l.env
	return cmd, nil
}

// orders reads a child's orders.
func orders[T any](in io.Reader) (v T, err error) {
	if err = json.NewDecoder(in).Decode(&v); err != nil {
		err = fmt.Errorf("reading orders: %w", err)
	}
	return v, err
}
