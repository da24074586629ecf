package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"renewplan/internal/bce/sandbox"
)

// sandboxOptions are the flags of sandbox.
type sandboxOptions struct {
	spec   specFlags
	region string
	listen string
	fleet  string
	faults string
	seed   uint64
	rate   float64
	delay  time.Duration
}

func newSandboxCommand(p *process) *cobra.Command {
	opt := sandboxOptions{listen: "127.0.0.1:0", delay: instanceDelay}
	cmd := &cobra.Command{
		Use:   "sandbox [SPEC...]",
		Short: "Serve a stand-in for the cloud on this machine",
		Long: `Serve a stand-in for the cloud, filled with the resources of a spec: prepaid and
expiring over the next weeks, or as --fleet says. It prints its base URL as one line and
serves until it is interrupted. It accepts the access key "sandbox" with the secret
"sandbox-secret", keeps its state in memory, and misbehaves as --faults says.

GET /sandbox/charges lists what it charged; POST /sandbox/clock turns its clock on. These
and others, the form of --fleet, and every misbehaviour are in docs/sandbox.md.`,
		Example: `  renewplan sandbox --listen 127.0.0.1:8080 examples/plans/network
  BCE_ACCESS_KEY_ID=sandbox BCE_SECRET_ACCESS_KEY=sandbox-secret \
    renewplan plan --endpoint http://127.0.0.1:8080 examples/plans/network
  renewplan sandbox --faults lost-answer=0.1,5xx-before=0.05 --seed 7`,
		Annotations: exits(statusDone, statusError, statusInterrupted),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSandbox(cmd.Context(), p, &opt, args)
		},
	}
	opt.spec.bind(cmd)
	flags := cmd.Flags()
	flags.Var(name(&opt.listen, "ADDRESS"), "listen", "address of this machine to listen at; port 0 takes a free one")
	flags.Var(name(&opt.fleet, "FILE"), "fleet", "states of resources, as JSON; with it, a SPEC is optional")
	flags.Var(name(&opt.faults, "LIST"), "faults", "misbehaviours with their chances, such as lost-answer=0.1,5xx-before=0.05, or for the\nnext requests, such as throttle=next:3 or read-html=next:1@ID")
	flags.Var(seed(&opt.seed), "seed", "seed of the misbehaviours")
	flags.Var(rate(&opt.rate, 0), "rate", "requests a second before it throttles (default: no limit)")
	flags.Var(name(&opt.region, "REGION"), "region", "region of resources for which the spec names none")
	flags.Var(delay(&opt.delay), "instance-delay", "how long the renewal of an instance takes to show")
	return cmd
}

func runSandbox(ctx context.Context, p *process, opt *sandboxOptions, args []string) error {
	cfg, err := p.sandboxConfig(ctx, opt, args)
	if err != nil {
		return err
	}
	box, err := sandbox.New(cfg)
	if err != nil {
		return failed("starting the sandbox: %w", err)
	}
	defer box.Close()
	if err := onLoopback(opt.listen); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", opt.listen)
	if err != nil {
		return failed("starting the sandbox: %w", err)
	}
	server := &http.Server{Handler: box, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := p.interruptible(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintf(p.stdout, "http://%s\n", listener.Addr()); err != nil {
		return errors.Join(failed("writing the base URL: %w", err), server.Close())
	}
	select {
	case err := <-served:
		return failed("serving: %w", err)
	case <-ctx.Done():
		return server.Close()
	}
}

// sandboxConfig is the sandbox that the flags describe.
func (p *process) sandboxConfig(ctx context.Context, opt *sandboxOptions, args []string) (sandbox.Config, error) {
	cfg := sandbox.Config{Seed: opt.seed, Rate: opt.rate, InstanceDelay: opt.delay}
	if opt.faults != "" {
		faults, err := sandbox.ParseFaults(opt.faults)
		if err != nil {
			return cfg, failed("--faults: %w", err)
		}
		cfg.Faults = faults
	}
	known := map[[3]string]bool{}
	if opt.fleet != "" {
		f, err := os.Open(opt.fleet)
		if err != nil {
			return cfg, failed("--fleet: %w; nothing was started", err)
		}
		defer f.Close()
		fleet, err := sandbox.ReadFleet(f)
		if err != nil {
			return cfg, failed("--fleet %q: %w; nothing was started", opt.fleet, err)
		}
		cfg.Fleet = fleet.Resources
		for _, r := range cfg.Fleet {
			known[[3]string{r.Region, r.Kind, r.ID}] = true
		}
		if len(args) == 0 {
			return cfg, nil
		}
	}
	s, err := p.loadSpec(ctx, args, opt.spec.tags)
	if err != nil {
		return cfg, err
	}
	fleet, err := sandboxFleet(s, opt.region, p.now())
	if err != nil {
		return cfg, p.specFailure(err)
	}
	for _, r := range sandbox.Fill(fleet, p.now()) {
		if !known[[3]string{r.Region, r.Kind, r.ID}] {
			cfg.Fleet = append(cfg.Fleet, r)
		}
	}
	return cfg, nil
}

// onLoopback refuses an address that others could reach: the sandbox has a
// known key, and whoever talks to it could take it for the cloud.
func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return failed("--listen %q: it must be an address and a port, such as 127.0.0.1:8080", address)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return failed("--listen %q: the sandbox serves this machine only", address).
		hint("listen at 127.0.0.1, [::1] or localhost")
}
