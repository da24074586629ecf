package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/exec"
	"renewplan/internal/plan"
)

// sandboxCloud is the cloud that plans made with --sandbox name.
const sandboxCloud = "sandbox"

// instanceDelay is how long the built-in sandbox takes to show the renewal of
// an instance: long enough to be seen, short enough to wait for.
const instanceDelay = 2 * time.Second

// cloudFlags are the flags of the commands that talk to the cloud.
type cloudFlags struct {
	ledgerFlags
	endpoint, profile, region string
	parallelism               int
	rate                      float64
}

func (f *cloudFlags) bind(cmd *cobra.Command) {
	f.ledgerFlags.bind(cmd)
	flags := cmd.Flags()
	flags.Var(name(&f.endpoint, "URL"), "endpoint", "one base URL for every service: a gateway, or a sandbox")
	flags.Var(name(&f.profile, "NAME"), "profile", "credentials to use: a profile of ~/.bce/config.json, or env for the environment")
	flags.Var(name(&f.region, "REGION"), "region", "region of resources for which the spec names none")
	flags.Var(count(&f.parallelism, exec.DefaultParallelism), "parallelism", "renewals under way at once, and as many reads at each host")
	flags.Var(rate(&f.rate, exec.DefaultRate), "rate", "requests a second and host (the built-in sandbox: 1000)")
}

// sandboxRate is the default of --rate for the built-in sandbox, which has no
// limit of its own.
const sandboxRate = 1000

// check refuses flags that exclude each other, and settles --rate.
func (f *cloudFlags) check(cmd *cobra.Command) error {
	if f.sandbox && !cmd.Flags().Changed("rate") {
		f.rate = sandboxRate
	}
	return conflict(cmd, "sandbox", "endpoint", "profile", "ledger")
}

// connection is the cloud that a command talks to.
type connection struct {
	cloud    exec.Cloud
	name     string // as plan files name it
	key      string // the masked key id and where it was found; "" for the sandbox
	requests int    // made so far, beside those of a run
	// balance reads the account's balance in fen.
	balance func(context.Context) (int64, error)
	close   func() error
}

// accountHelp is what helps where the cloud refuses the account.
func (c *connection) accountHelp() string {
	const check = "its permissions, the account's balance, and the clock of this machine"
	if c.key == "" {
		return "check the key and its secret, " + check
	}
	return "the key was " + c.key + "; check it and its secret, " + check + "; --profile NAME takes another"
}

// connect prepares to talk to the cloud; nothing is sent yet. The sandbox is
// filled from the spec.
func (p *process) connect(f *cloudFlags, s *plan.Spec) (*connection, error) {
	if f.sandbox {
		return p.connectSandbox(f, s)
	}
	// The endpoint first: a mistake in it is worth telling before credentials are.
	if _, err := p.cloudName(f); err != nil {
		return nil, err
	}
	credentials, err := bce.FindCredentials(bce.CredentialOptions{
		Profile: f.profile, Account: s.Account, Getenv: p.getenv, Home: p.home(),
	})
	if err != nil {
		return nil, credentialFailure(err)
	}
	client, err := p.client(f, credentials)
	if err != nil {
		return nil, err
	}
	return &connection{
		cloud: client, name: client.Cloud(), key: credentials.String(), balance: client.Balance,
		close: func() error { return nil },
	}, nil
}

// client makes a client of the cloud, or of the endpoint that was given.
func (p *process) client(f *cloudFlags, c bce.Credentials) (*bce.Client, error) {
	client, err := bce.New(bce.Config{
		Endpoint: f.endpoint, Credentials: c, Logger: p.logger(), UserAgent: "renewplan/" + version(),
	})
	switch {
	case errors.Is(err, bce.ErrInsecureEndpoint), errors.Is(err, bce.ErrBadEndpoint):
		return nil, failed("--endpoint: %w; nothing was sent", err)
	case err != nil:
		return nil, failed("%w; nothing was sent", err)
	}
	return client, nil
}

// nobody's credentials make a client that is asked for its name only.
var nobody = bce.Credentials{AccessKeyID: "nobody", SecretAccessKey: "nobody"}

// cloudName is what a plan for the cloud that the flags choose names it.
func (p *process) cloudName(f *cloudFlags) (string, error) {
	if f.sandbox {
		return sandboxCloud, nil
	}
	client, err := p.client(f, nobody)
	if err != nil {
		return "", err
	}
	return client.Cloud(), nil
}

func credentialFailure(err error) error {
	switch {
	case errors.Is(err, bce.ErrUnclearCredentials):
		return refused("%w; nothing was sent", err)
	case errors.Is(err, bce.ErrNoCredentials):
		return failed("%w; nothing was sent", err).hint("without an account, --sandbox uses the built-in sandbox")
	}
	return failed("reading credentials: %w; nothing was sent", err)
}

// connectSandbox starts the sandbox in this process. It reads no credentials.
func (p *process) connectSandbox(f *cloudFlags, s *plan.Spec) (*connection, error) {
	dir, err := p.sandboxPath()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, failed("making the sandbox's folder: %w", err)
	}
	fleet, err := sandboxFleet(s, f.region, p.now())
	if err != nil {
		return nil, p.specFailure(err)
	}
	box, err := sandbox.New(sandbox.Config{
		Fleet:         sandbox.Fill(fleet, p.now()),
		InstanceDelay: instanceDelay,
		File:          filepath.Join(dir, "state.json"),
	})
	if err != nil {
		return nil, failed("starting the sandbox: %w", err).
			hint("the sandbox starts afresh when %s is deleted", dir)
	}
	client, err := bce.New(bce.Config{
		Credentials: bce.Credentials{
			AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey, Source: "the built-in sandbox",
		},
		Transport: box.Transport(), Logger: p.logger(), UserAgent: "renewplan/" + version(),
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to the sandbox: %w", err), box.Close())
	}
	return &connection{cloud: client, name: sandboxCloud, balance: client.Balance, close: box.Close}, nil
}

// sandboxFleet is a fleet of the resources of a spec, without states. What has a
// relatedRenewFlag that names disks has one.
func sandboxFleet(s *plan.Spec, region string, now time.Time) ([]sandbox.Resource, error) {
	pl, err := plan.Offline(s, plan.BuildOptions{AsOf: now, DefaultRegion: region})
	if err != nil {
		return nil, err
	}
	fleet := make([]sandbox.Resource, len(pl.Rows))
	for i, row := range pl.Rows {
		fleet[i] = sandbox.Resource{Region: row.Region, Kind: string(row.Kind), ID: row.ID}
		if !row.Perhaps(plan.Attached{Sort: plan.Disk}) {
			fleet[i].Attached = []sandbox.Attached{{Kind: "cds", ID: "v-" + strings.TrimPrefix(row.ID, "i-"), Name: "data"}}
		}
	}
	return fleet, nil
}

// execConfig is what exec needs, as far as plan and apply have it in common.
func (p *process) execConfig(f *cloudFlags, c *connection) exec.Config {
	return exec.Config{
		Cloud: c.cloud, CloudName: c.name,
		Parallelism: f.parallelism, Rate: f.rate,
		Logger: p.logger(), Who: p.who(),
	}
}
