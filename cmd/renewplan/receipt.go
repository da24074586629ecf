package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"renewplan/internal/exec"
	"renewplan/internal/report"
)

// receiptSuffix is how receipts are named that stand beside a plan file.
const receiptSuffix = ".receipt.jsonl"

// receiptStart is how every receipt begins.
const receiptStart = `{"version":`

// receiptOf is the receipt beside a plan file: network.receipt.jsonl for
// network.plan.json.
func receiptOf(planFile string) string {
	name, ok := strings.CutSuffix(planFile, planSuffix)
	if !ok {
		name = strings.TrimSuffix(planFile, filepath.Ext(planFile))
	}
	return name + receiptSuffix
}

// receipt is the receipt of one run, in a file that may have those of others.
type receipt struct {
	file   *os.File
	path   string
	about  report.Receipt
	before int // requests made before the run
}

// beginReceipt opens the receipt and writes down that a run begins. When it
// returns that is on disk, and so the disk has room for some more.
func (p *process) beginReceipt(opt *applyOptions, j *job, ledger string) (*receipt, error) {
	r := &receipt{path: opt.receipt, before: j.conn.requests, about: report.Receipt{
		Who: p.who(), Cloud: j.plan.Cloud, Account: j.plan.Account, PlanFile: filepath.Base(j.file), Digest: j.plan.Digest,
		Ledger: ledger, Began: p.now().Truncate(time.Millisecond),
	}}
	if r.path == "" {
		r.path = receiptOf(j.file)
	}
	err := r.open()
	if err == nil {
		err = r.add(func(w io.Writer) error { return report.ReceiptBegin(w, r.about) })
	}
	if err != nil {
		if r.file != nil {
			err = errors.Join(err, r.file.Close())
		}
		return nil, failed("writing the receipt %q: %w; nothing was sent", r.path, err).hint("--receipt FILE writes it elsewhere")
	}
	return r, nil
}

// open opens the file for adding to it, and makes it if it is not there. What is
// something else than a receipt is refused and not touched.
func (r *receipt) open() error {
	_, err := os.Lstat(r.path)
	fresh := errors.Is(err, os.ErrNotExist)
	if r.file, err = os.OpenFile(r.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644); err != nil {
		return err
	}
	if fresh {
		syncFolder(filepath.Dir(r.path))
	}
	info, err := r.file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	start := make([]byte, len(receiptStart))
	if _, err := io.ReadFull(r.file, start); err != nil || string(start) != receiptStart {
		return errors.New("it is there and is no receipt; it was not touched")
	}
	// What a crash cut short keeps a line of its own.
	last := make([]byte, 1)
	if _, err := r.file.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = r.file.Write([]byte{'\n'})
	return err
}

// add adds lines to the file in one go, and waits until they are on disk.
func (r *receipt) add(write func(io.Writer) error) error {
	var lines bytes.Buffer
	if err := write(&lines); err != nil {
		return err
	}
	if _, err := r.file.Write(lines.Bytes()); err != nil {
		return err
	}
	if info, err := r.file.Stat(); err != nil || !info.Mode().IsRegular() {
		return err // a device or a pipe has nothing to sync
	}
	return r.file.Sync()
}

// endReceipt writes down what became of the run. runErr is what ended it, if something did.
func (p *process) endReceipt(r *receipt, rep exec.Report, runErr error, s status) error {
	r.about.Ended, r.about.Run = p.now().Truncate(time.Millisecond), rep.Run
	r.about.Stopped, r.about.Interrupted = rep.Stopped, rep.Interrupted
	r.about.Requests, r.about.Exit = rep.Requests+r.before, int(s)
	if r.about.Stopped == "" && runErr != nil {
		r.about.Stopped = runErr.Error()
	}
	err := r.add(func(w io.Writer) error { return report.ReceiptEnd(w, rep.Results, r.about) })
	return errors.Join(err, r.file.Close())
}

// syncFolder writes the names in a folder to disk, where the system can do that.
func syncFolder(dir string) {
	f, err := os.Open(dir)
	if err != nil {
		return
	}
	_ = f.Sync() // some file systems sync no folders
	_ = f.Close()
}
