package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"friction/pipeline/embedded"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	runParent()
	goleak.VerifyTestMain(m)
}

// library returns the engine's file. Without it the test is skipped, loudly; in CI that is a failure.
func library(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts the real ClickHouse engine")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	path, err := embedded.Library(ctx, embedded.LibraryOptions{Progress: func(s string) { fmt.Fprintln(os.Stderr, s) }})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
		t.Skip(err)
	}
	return path
}

// startClickHouse starts a server on dir, stopped with the test.
func startClickHouse(t testing.TB, dir string) *embedded.ClickHouse {
	t.Helper()
	server, err := embedded.StartClickHouse(t.Context(), embedded.Options{
		Dir:     dir,
		Addr:    "127.0.0.1:0",
		Library: embedded.LibraryOptions{Path: library(t)},
		Output:  os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

type stopper interface {
	Stop(ctx context.Context) error
}

func stop(t testing.TB, server stopper) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// open connects clickhouse-go; compression is a method's name or "".
func open(t testing.TB, server *embedded.ClickHouse, compression string) driver.Conn {
	t.Helper()
	dsn := server.DSN()
	if compression != "" {
		dsn += "?compress=" + compression
	}
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func exec(t testing.TB, conn driver.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// number runs a query of one number.
func number(t testing.TB, conn driver.Conn, sql string, args ...any) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// answer is what curl would show.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// request is one curl call: empty method means POST.
type request struct {
	method string
	path   string
	params url.Values
	body   io.Reader
	header http.Header
	host   string
	bare   bool // without the token
}

// token is what the server asks for.
func token(t testing.TB, server *embedded.ClickHouse) string {
	t.Helper()
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	return password
}

func send(t testing.TB, server *embedded.ClickHouse, r request) answer {
	t.Helper()
	if r.method == "" {
		r.method = http.MethodPost
	}
	u := "http://" + server.Addr() + "/" + r.path
	if len(r.params) > 0 {
		u += "?" + r.params.Encode()
	}
	httpRequest, err := http.NewRequestWithContext(t.Context(), r.method, u, r.body)
	if err != nil {
		t.Fatal(err)
	}
	if !r.bare {
		httpRequest.Header.Set("X-ClickHouse-Key", token(t, server))
	}
	maps.Copy(httpRequest.Header, r.header)
	httpRequest.Host = r.host
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	response, err := transport.RoundTrip(httpRequest)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: body.String(), err: err}
}

// curl sends a statement as the body.
func curl(t testing.TB, server *embedded.ClickHouse, sql string) answer {
	t.Helper()
	return send(t, server, request{body: strings.NewReader(sql)})
}

// must wants the exact answer.
func must(t testing.TB, got answer, want string) {
	t.Helper()
	if got.status != http.StatusOK || got.err != nil || got.body != want {
		t.Errorf("got %d %q %v, want 200 %q", got.status, got.body, got.err, want)
	}
}

// code returns ClickHouse's number of an error that clickhouse-go gave.
func code(t testing.TB, err error) int32 {
	t.Helper()
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		t.Fatalf("no ClickHouse exception: %v", err)
	}
	return exception.Code
}

// post sends a statement and wants it done.
func post(ctx context.Context, address, body string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%d %s %w", response.StatusCode, text, err)
	}
	return nil
}
