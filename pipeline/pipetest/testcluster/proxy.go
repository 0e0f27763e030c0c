//go:build unix

package testcluster

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy forwards TCP connections and can do to them what networks do.
type Proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	gate  chan struct{} // closed while bytes may pass
	down  bool
	wg    sync.WaitGroup

	delay time.Duration
	// limit is how many more bytes of answers pass before all is cut; negative for any.
	limit int64
}

// NewProxy listens on loopback and forwards to an address, which need not be
// served yet.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, to: to, conns: map[net.Conn]struct{}{}, gate: make(chan struct{}), limit: -1}
	close(p.gate)
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Thaw()
		p.Cut()
		p.wg.Wait()
	})
	return p
}

// Addr is where it listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(c) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	if !p.add(client) {
		return
	}
	defer p.remove(client)
	server, err := net.DialTimeout("tcp", p.to, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.add(server) {
		return
	}
	defer p.remove(server)
	var both sync.WaitGroup
	both.Go(func() { p.copy(server, client, false) })
	both.Go(func() { p.copy(client, server, true) })
	both.Wait()
}

// copy ends both connections when one direction ends.
func (p *Proxy) copy(to, from net.Conn, answers bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			pass, cut := p.admit(n, answers)
			if _, err := to.Write(buf[:pass]); err != nil {
				return
			}
			if cut {
				p.Cut()
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// admit waits until bytes may pass and says how many, and whether to cut then.
func (p *Proxy) admit(n int, answers bool) (pass int, cut bool) {
	for {
		p.mu.Lock()
		gate, delay := p.gate, p.delay
		p.mu.Unlock()
		<-gate
		if delay > 0 {
			time.Sleep(delay)
		}
		p.mu.Lock()
		if p.gate != gate {
			p.mu.Unlock()
			continue
		}
		defer p.mu.Unlock()
		if !answers || p.limit < 0 {
			return n, false
		}
		if int64(n) < p.limit {
			p.limit -= int64(n)
			return n, false
		}
		pass, p.limit = int(p.limit), -1
		return pass, true
	}
}

func (p *Proxy) add(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// Cut ends all connections at once; new ones are served.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

// Down cuts everything and refuses connections until Up.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Cut()
}

// Up serves again after Down.
func (p *Proxy) Up() {
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
}

// Freeze holds all bytes back until Thaw, as a network does that has lost its way.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gate:
		p.gate = make(chan struct{})
	default:
	}
}

// Thaw lets bytes pass again.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gate:
	default:
		close(p.gate)
	}
}

// Delay makes every chunk of bytes late; 0 ends it.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	p.delay = d
	p.mu.Unlock()
}

// CutAnswersAfter lets so many more bytes of answers pass and then cuts all
// connections, once: 0 loses the next answer whole, though its request arrived.
func (p *Proxy) CutAnswersAfter(bytes int64) {
	p.mu.Lock()
	p.limit = bytes
	p.mu.Unlock()
}
