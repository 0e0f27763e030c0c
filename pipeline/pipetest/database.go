package pipetest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/score"
	"friction/pipeline/sink"
)

// Database is a real ClickHouse of a test's own, with the tables in it. Tests that use it call
// embedded.MaybeRunChild in TestMain.
type Database struct {
	DSN, Name string
	t         testing.TB
	sink      *sink.Sink
}

// NewDatabase starts the server, which ends with the test. Where the engine cannot be had the test is skipped, loudly,
// and fails in CI.
func NewDatabase(t testing.TB) *Database {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts ClickHouse")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	server, err := embedded.StartClickHouse(ctx, embedded.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Output: os.Stderr})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
		t.Skip(err)
	}
	t.Cleanup(func() {
		stopping, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := server.Stop(stopping); err != nil {
			t.Error(err)
		}
	})
	c := sink.DefaultConfig()
	c.DSN = "http://" + server.Addr()
	d := &Database{DSN: c.DSN, Name: c.Database, t: t}
	if d.sink, err = sink.Open(c, nil, sink.Observer{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.sink.Close() })
	if _, err := d.sink.Migrator().Up(ctx); err != nil {
		t.Fatal(err)
	}
	return d
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
