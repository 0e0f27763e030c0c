package status

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// serving is a server that runs until the test ends; change may set its limits before.
func serving(t *testing.T, change func(*http.Server)) string {
	t.Helper()
	s, err := Listen(Config{Addr: "127.0.0.1:0"}, Options{
		Ready:   func() []Condition { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	change(s.http)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.Addr()
}

// Unless it is told otherwise, the door is open to this machine alone.
func TestTheDefaultIsLoopback(t *testing.T) {
	host, _, err := net.SplitHostPort(DefaultConfig().Addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		t.Errorf("default address %q, %v", DefaultConfig().Addr, err)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	addr := serving(t, func(s *http.Server) {
		for name, d := range map[string]time.Duration{
			"ReadHeaderTimeout": s.ReadHeaderTimeout, "ReadTimeout": s.ReadTimeout, "WriteTimeout": s.WriteTimeout, "IdleTimeout": s.IdleTimeout,
		} {
			if d <= 0 || d > time.Minute {
				t.Errorf("%s is %v", name, d)
			}
		}
	})
	status := func(method, header, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+"/metrics", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X", header)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, answer.Body)
		return answer.StatusCode
	}
	if got := status("GET", strings.Repeat("x", 64<<10), ""); got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("64 KiB of headers: %d", got)
	}
	if got := status("POST", "", "x"); got != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got)
	}
	if got := status("GET", "", strings.Repeat("x", 1<<20)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 1 MiB: %d", got)
	}
}

// Any number of connections are held open, and a new client is answered: the oldest ones give way.
func TestConnectionsAreBounded(t *testing.T) {
	addr := serving(t, func(*http.Server) {})
	var idle []net.Conn
	t.Cleanup(func() {
		for _, c := range idle {
			_ = c.Close()
		}
	})
	for range 2 * maxConnections {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
		if _, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nX: "); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.Get("http://" + addr + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("a client among many: %s", r.Status)
	}
	if err := idle[0].SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := idle[0].Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the oldest connection is still open: %v", err)
	}
}

// Who sends its head a byte at a time is cut off.
func TestSlowHeadsAreCutOff(t *testing.T) {
	addr := serving(t, func(s *http.Server) { s.ReadHeaderTimeout = 50 * time.Millisecond })
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("still open after a minute: %v", err)
	}
}
