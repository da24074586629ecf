package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// mostUnread is how many bytes may wait for somebody to read them.
const mostUnread = 16 << 20

// messages lets log lines, progress and messages share a stream: one Write at a
// time. While it falls behind, nobody waits for who reads the stream: a pipe that
// is full must not keep what was bought out of the ledger, nor an interrupt from
// being heeded.
type messages struct {
	w io.Writer

	mu      sync.Mutex
	behind  bool // writes go to unread
	unread  bytes.Buffer
	dropped int
	more    *sync.Cond // unread has grown, or is to be the last
	last    bool
	done    chan struct{} // what was unread is written
}

func newMessages(w io.Writer) *messages {
	m := &messages{w: w}
	m.more = sync.NewCond(&m.mu)
	return m
}

// Write writes b, or keeps it. What is kept may still fail to be written.
func (m *messages) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !m.behind:
		return m.w.Write(b)
	case m.unread.Len()+len(b) > mostUnread:
		m.dropped++
	default:
		m.unread.Write(b)
		m.more.Signal()
	}
	return len(b), nil
}

// fallBehind has writes wait for nobody, until catchUp has waited for all of them.
func (m *messages) fallBehind() (catchUp func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.behind, m.last, m.dropped, m.done = true, false, 0, make(chan struct{})
	go m.drain()
	return func() {
		m.mu.Lock()
		m.last = true
		m.more.Signal()
		m.mu.Unlock()
		<-m.done
	}
}

// drain writes what is kept, and ends when there is nothing more.
func (m *messages) drain() {
	defer close(m.done)
	m.mu.Lock()
	defer m.mu.Unlock()
	var failed error
	for {
		for m.unread.Len() == 0 && !m.last {
			m.more.Wait()
		}
		if m.unread.Len() == 0 && m.dropped == 0 {
			m.behind = false
			return
		}
		b := bytes.Clone(m.unread.Bytes())
		if m.dropped > 0 {
			b = fmt.Appendf(b, "renewplan: %d messages are missing here: nobody read them in time\n", m.dropped)
		}
		m.unread.Reset()
		m.dropped = 0
		if failed == nil {
			m.mu.Unlock()
			_, failed = m.w.Write(b)
			m.mu.Lock()
		}
	}
}
