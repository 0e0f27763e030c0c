package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"friction/pipeline/embedded"
)

// server is the one real ClickHouse of this package's tests, started by the first
// test that needs it. Every test has a database of its own.
var server struct {
	once sync.Once
	ch   *embedded.ClickHouse
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	code := m.Run()
	if server.ch != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err := server.ch.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		cancel()
		os.RemoveAll(server.dir)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func clickHouse(t testing.TB) *embedded.ClickHouse {
	t.Helper()
	server.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		if server.dir, server.err = os.MkdirTemp("", "friction-sink-*"); server.err != nil { //nolint:usetesting // it outlives the first test
			return
		}
		server.ch, server.err = embedded.StartClickHouse(ctx, embedded.Options{Dir: server.dir, Addr: "127.0.0.1:0", Output: os.Stderr})
	})
	if server.err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(server.err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), server.err)
		t.Skip(server.err)
	}
	return server.ch
}

// testConfig is the configuration for a database of the test's own.
func testConfig(t testing.TB) Config {
	t.Helper()
	cfg := DefaultConfig()
	cfg.DSN = clickHouse(t).URL()
	cfg.Database = "t_" + regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(t.Name(), "_")
	return cfg
}

func open(t testing.TB, cfg Config) *Sink {
	t.Helper()
	s, err := Open(cfg, nil, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// migrated is a sink on a database that has its tables.
func migrated(t testing.TB) *Sink {
	t.Helper()
	s := open(t, testConfig(t))
	if _, err := s.Migrator().Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask runs SQL as curl would and gives the answer; db. stands for the test's database.
func ask(t testing.TB, s *Sink, sql string) string {
	t.Helper()
	answer, err := request(t.Context(), s, sql)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func request(ctx context.Context, s *Sink, sql string) (string, error) {
	sql = strings.ReplaceAll(sql, "db.", s.cfg.Database+".")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.DSN+"/?async_insert=0&date_time_output_format=iso", strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", sql, body)
	}
	return strings.TrimSpace(string(body)), err
}

// objects reads the answer of a query as a list of JSON objects.
func objects(t testing.TB, s *Sink, sql string) []map[string]any {
	t.Helper()
	return decodeLines(t, ask(t, s, sql+" FORMAT JSONEachRow"))
}

func decodeLines(t testing.TB, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		m := map[string]any{}
		err := d.Decode(&m)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("%v in %.300s", err, text)
		}
		out = append(out, m)
	}
}
