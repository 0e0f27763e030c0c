package testcluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/score"
	"friction/pipeline/sink"
)

// Database is a database of a test's own in a real ClickHouse, with the tables in it. Tests that use it call
// embedded.MaybeRunChild in TestMain.
type Database struct {
	DSN, Name string
	t         testing.TB
	sink      *sink.Sink
}

// Server is one ClickHouse for all tests of a package, started by the first test that needs it; the zero value is ready.
// TestMain stops it.
type Server struct {
	once sync.Once
	ch   *embedded.ClickHouse
	dir  string
	err  error

	mu   sync.Mutex
	made map[string]int // databases, by name of the test
}

// Stop ends the server, if it was ever started.
func (s *Server) Stop() error {
	if s.ch == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := s.ch.Stop(ctx)
	s.ch = nil
	_ = os.RemoveAll(s.dir)
	return err
}

func (s *Server) start() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if s.dir, s.err = os.MkdirTemp("", "friction-tables-*"); s.err == nil {
		s.ch, s.err = embedded.StartClickHouse(ctx, embedded.Options{Dir: s.dir, Addr: "127.0.0.1:0", Output: os.Stderr})
	}
}

// Database makes a database named after the test, with the tables in it. Where the engine cannot be had the test is
// skipped, loudly, and fails in CI.
func (s *Server) Database(t testing.TB) *Database {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts ClickHouse")
	}
	s.once.Do(s.start)
	if s.err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(s.err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), s.err)
		t.Skip(s.err)
	}
	c := sink.DefaultConfig()
	c.DSN = s.ch.URL()
	c.Database = s.fresh("t_" + regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(t.Name(), "_"))
	d := &Database{DSN: c.DSN, Name: c.Database, t: t}
	var err error
	if d.sink, err = sink.Open(c, nil, sink.Observer{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.sink.Close() })
	if _, err := d.sink.Migrator().Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// fresh makes a name that no database has: a test that is run again begins anew.
func (s *Server) fresh(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.made = map[string]int{}
	}
	if s.made[name]++; s.made[name] > 1 {
		return fmt.Sprintf("%s_%d", name, s.made[name])
	}
	return name
}

// Insert writes rows as a worker would, of a run that it puts in force if its group has none.
func (d *Database) Insert(stamp score.Stamp, rows *score.Rows) {
	d.t.Helper()
	if err := d.sink.Register(d.t.Context(), stamp.Group, stamp.Run); err != nil {
		d.t.Fatal(err)
	}
	if err := d.sink.Insert(d.t.Context(), []sink.Batch{{Stamp: stamp, Rows: rows}}); err != nil {
		d.t.Fatal(err)
	}
}

// Ask runs SQL as curl would and returns the answer's lines, cells parted by tabs; "db." stands for the database.
func (d *Database) Ask(sql string) []string {
	d.t.Helper()
	sql = strings.ReplaceAll(sql, "db.", d.Name+".")
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.DSN+"/?default_format=TSV", strings.NewReader(sql))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Close = true // goleak counts idle connections
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		d.t.Fatalf("%v: %s: %s", err, sql, body)
	}
	if len(body) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
}
