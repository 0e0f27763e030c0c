package status

import (
	"container/list"
	"net"
	"sync"
)

// maxConnections is how many connections are open at a time. The oldest one gives way to another: a probe that comes in
// is answered at once, however many others hold theirs open.
const maxConnections = 128

// boundedListener closes the oldest connection when there are too many.
type boundedListener struct {
	net.Listener
	most int

	mu   sync.Mutex
	open list.List // *boundedConn, oldest first
}

// Accept waits for a connection and makes room for it.
func (l *boundedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.open.Len() >= l.most {
		oldest, _ := l.open.Remove(l.open.Front()).(*boundedConn)
		oldest.place = nil
		_ = oldest.Conn.Close()
	}
	b := &boundedConn{Conn: c, of: l}
	b.place = l.open.PushBack(b)
	return b, nil
}

// boundedConn is a connection that is counted until it is closed.
type boundedConn struct {
	net.Conn
	of    *boundedListener
	place *list.Element // nil once it has given way or is closed
}

// Close closes it and no longer counts it.
func (c *boundedConn) Close() error {
	c.of.mu.Lock()
	if c.place != nil {
		c.of.open.Remove(c.place)
		c.place = nil
	}
	c.of.mu.Unlock()
	return c.Conn.Close()
}
