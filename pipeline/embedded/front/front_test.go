package front

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestSilentBody gives up on a client that stops sending, and serves one that is merely slow.
func TestSilentBody(t *testing.T) {
	limits := defaultLimits()
	limits.readWait = 100 * time.Millisecond
	f := newHandler(Options{Loopback: true}, limits)
	got := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := f.requestBody(w, r, &call{})
		if err == nil {
			_, err = io.ReadAll(body)
		}
		got <- err
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nSELECT"); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("silent client: %v", err)
	}
}

// TestSilentReader gives up on a client that stops reading.
func TestSilentReader(t *testing.T) {
	got := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := newReply(w, &call{}, 100*time.Millisecond, time.Now())
		var err error
		for chunk := make([]byte, 1<<20); err == nil; {
			err = p.write(chunk)
		}
		got <- err
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("silent reader: %v", err)
	}
}

func TestCutBody(t *testing.T) {
	for _, encoding := range []string{"", "gzip", "deflate", "br", "zstd"} {
		r, err := decodeBody(io.MultiReader(strings.NewReader("INSERT"), cut{}), encoding)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err == nil { // the clean end is what must not be told
			t.Errorf("%q: a cut body ends like a whole one", encoding)
		}
	}
}

// cut is the end of a connection in the middle of a body.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestCall(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/?query=SELECT+1&database=a%60b&param_x=1&max_threads=2&log_comment=it%27s%5C&user=u&session_id=s&client_protocol_version=99999&compress=1&network_compression_method=zstd", nil)
	c, err := parseCall(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"USE `a\\`b`", `SET log_comment = 'it\'s\\', max_threads = '2', network_compression_method = 'zstd'`}
	if got := c.prepare(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	if c.revision != maxRevision || c.compress != "ZSTD" || c.readonly || len(c.params) != 1 || c.params[0] != (Parameter{"x", "1"}) {
		t.Errorf("%+v", c)
	}
	for _, bad := range []string{"/?a=%zz", "/?client_protocol_version=x", "/?a%20b=1"} {
		if _, err := parseCall(httptest.NewRequest(http.MethodGet, bad, nil)); err == nil {
			t.Errorf("%s was understood", bad)
		}
	}
}

func TestEngineErrorText(t *testing.T) {
	for text, code := range map[string]int{
		"Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)": 60,
		"Error: Code: 27. DB::Exception: x":                       27,
		"something else":                                          codeUnknown,
		"Code: 99999999999999999999. x":                           codeUnknown,
	} {
		err := ParseEngineError(text)
		if got := errorCode(err); got != code || !strings.HasPrefix(err.Error(), "Code: ") {
			t.Errorf("%q: %d %q", text, got, err)
		}
	}
}
