package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// ask puts a question to the person at the terminal and returns the answer's
// first line, trimmed. Without a terminal there is nobody to ask: ok is false.
func (p *process) ask(ctx context.Context, question string) (answer string, ok bool, err error) {
	if !p.stdinTerminal {
		return "", false, nil
	}
	ctx, stop := p.interruptible(ctx)
	defer stop()
	fmt.Fprint(p.stderr, question)
	line := make(chan string, 1)
	go func() {
		// The end of the input is an empty answer.
		text, _ := bufio.NewReader(p.stdin).ReadString('\n')
		line <- text
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(p.stderr)
		return "", true, errInterrupted
	case text := <-line:
		if !strings.HasSuffix(text, "\n") {
			fmt.Fprintln(p.stderr)
		}
		return strings.TrimSpace(text), true, nil
	}
}

// confirm asks a question that only "y" or "yes" answers with yes.
func (p *process) confirm(ctx context.Context, question string) error {
	answer, ok, err := p.ask(ctx, question+" [y/N] ")
	switch {
	case err != nil:
		return err
	case !ok:
		return failed("nobody can be asked, for the input is not a terminal; nothing was sent").
			hint("--auto-approve applies without asking")
	case strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"):
		return nil
	}
	return failed("not approved; nothing was sent")
}
