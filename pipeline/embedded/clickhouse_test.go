package embedded_test

import (
	"context"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestClickHouseFirst(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	if got := sql(t, server, "SELECT 1"); got != "1\n" {
		t.Fatalf("%q", got)
	}
	options, err := clickhouse.ParseDSN(server.DSN() + "?compress=lz4")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	if err := conn.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec(ctx, "CREATE TABLE a (n UInt64, s LowCardinality(String), m Map(LowCardinality(String), UInt64), t DateTime64(3,'UTC')) ENGINE = MergeTree ORDER BY n"); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO a")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200_000 {
		if err := batch.Append(uint64(i), "x", map[string]uint64{"a": 1, "b": uint64(i)}, time.UnixMilli(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("appended", time.Since(started))
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	t.Log("sent", time.Since(started))
	var n, sum uint64
	if err := conn.QueryRow(ctx, "SELECT count(), sum(m['b']) FROM a WHERE n >= $1", 10).Scan(&n, &sum); err != nil {
		t.Fatal(err)
	}
	t.Log(n, sum)
}
