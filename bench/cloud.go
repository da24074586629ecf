package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"

	"renewplan/internal/bce/sandbox"
)

// cloud is a sandbox in a process of its own.
type cloud struct {
	url   string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	errs  *strings.Builder
}

// startCloud starts a cloud, to be closed by the caller.
func (l *lab) startCloud(ctx context.Context, o cloudOrders) (*cloud, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd, err := l.self(ctx, "as-cloud")
	if err != nil {
		return nil, err
	}
	c := &cloud{cmd: cmd, errs: &strings.Builder{}}
	cmd.Stderr = c.errs
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a cloud: %w", err)
	}
	if _, err = io.Copy(c.stdin, bytes.NewReader(text)); err == nil {
		c.url, err = bufio.NewReader(stdout).ReadString('\n')
		c.url = strings.TrimSpace(c.url)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a cloud: %w", err), c.close())
	}
	return c, nil
}

// close ends the cloud.
func (c *cloud) close() error {
	err := errors.Join(c.stdin.Close(), c.cmd.Wait())
	if err != nil {
		return fmt.Errorf("ending a cloud: %w\n%.2000s", err, c.errs)
	}
	return nil
}

// tally is what arrived since it was last asked.
func (c *cloud) tally(ctx context.Context) (t tally, err error) {
	return t, c.get(ctx, tallyPath, &t)
}

// charged is an error unless each resource was renewed, and once: what was not
// bought, or bought twice, took no time that is worth comparing.
func (c *cloud) charged(ctx context.Context, fleet []sandbox.Resource) error {
	var charges []sandbox.Charge
	if err := c.get(ctx, chargesPath, &charges); err != nil {
		return err
	}
	once := map[string]bool{}
	for _, charge := range charges {
		once[charge.Region+"/"+charge.Kind+"/"+charge.ID] = true
	}
	if len(charges) != len(fleet) || len(once) != len(fleet) {
		return fmt.Errorf("%d charges for %d of %d resources; want one for each", len(charges), len(once), len(fleet))
	}
	return nil
}

func (c *cloud) get(ctx context.Context, path string, v any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
