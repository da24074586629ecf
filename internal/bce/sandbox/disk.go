package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2/maybe"
)

// stateVersion is the version of the state file that this package writes and reads.
const stateVersion = 1

// state is the content of the state file.
type state struct {
	Version   int      `json:"version"`
	Offset    Duration `json:"offset"` // of the clock
	Resources []*entry `json:"resources"`
	Tokens    []*token `json:"tokens"`
	Charges   []Charge `json:"charges"`
}

// disk is the sandbox's hold on its state file; the zero value has none.
type disk struct {
	lock *flock.Flock
	// writing is held while the file is written. Whoever waits for it finds its
	// own change written by then, so that many requests share one write.
	writing sync.Mutex
	written uint64 // the change that the file holds
}

func (d *disk) close() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Unlock()
}

// open takes the state file, if there is to be one, and loads what it holds.
func (s *Sandbox) open() error {
	path := s.cfg.File
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("opening sandbox state: %w", err)
	}
	lock := flock.New(path + ".lock")
	free, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking sandbox state %s: %w", path, err)
	}
	if !free {
		return fmt.Errorf("the sandbox's state file %s is in use by another process; wait for it to end, or use another file", path)
	}
	s.disk.lock = lock
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = s.load(data)
	} else {
		err = fmt.Errorf("reading sandbox state: %w", err)
	}
	if err != nil {
		return errors.Join(err, s.disk.close())
	}
	return nil
}

func (s *Sandbox) load(data []byte) error {
	broken := func(err error) error {
		return fmt.Errorf("the sandbox's state file %s cannot be read: %w; nothing was changed; to start afresh, remove it", s.cfg.File, err)
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return broken(err)
	}
	if head.Version != stateVersion {
		return broken(fmt.Errorf("it is of version %d, and this renewplan reads version %d", head.Version, stateVersion))
	}
	var st state
	if err := decodeStrict(bytes.NewReader(data), &st); err != nil {
		return broken(err)
	}
	for _, e := range st.Resources {
		if err := e.check(); err != nil {
			return broken(err)
		}
		if s.entries[e.key()] != nil {
			return broken(fmt.Errorf("%s is in it twice", e.key()))
		}
		s.add(e)
	}
	for _, t := range st.Tokens {
		s.tokens[t.tokenKey] = t
	}
	s.offset, s.charges = time.Duration(st.Offset), st.Charges
	return nil
}

// save writes the state file if anything in it has changed since the last time.
func (s *Sandbox) save() error {
	if s.cfg.File == "" {
		return nil
	}
	s.disk.writing.Lock()
	defer s.disk.writing.Unlock()
	s.mu.Lock()
	change := s.changes
	if change == s.disk.written {
		s.mu.Unlock()
		return nil
	}
	data, err := s.encode()
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encoding sandbox state: %w", err)
	}
	if err := maybe.WriteFile(s.cfg.File, data, 0o600); err != nil {
		return fmt.Errorf("writing sandbox state: %w", err)
	}
	s.disk.written = change
	return nil
}

// encode is the state file's content. The caller holds s.mu.
func (s *Sandbox) encode() ([]byte, error) {
	st := state{Version: stateVersion, Offset: Duration(s.offset), Charges: s.charges}
	for _, kind := range sortedKinds(s.sorted) {
		st.Resources = append(st.Resources, s.sorted[kind]...)
	}
	s.dropTokens()
	st.Tokens = sortedTokens(s.tokens)
	return json.Marshal(st)
}
