package embedded_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"friction/pipeline/embedded"
)

// BenchmarkStart is a start of the server up to its first answer, on an empty directory.
func BenchmarkStart(b *testing.B) {
	path := library(b)
	for b.Loop() {
		server, err := embedded.StartClickHouse(b.Context(), embedded.Options{
			Dir: b.TempDir(), Addr: "127.0.0.1:0", Library: embedded.LibraryOptions{Path: path},
		})
		if err != nil {
			b.Fatal(err)
		}
		stop(b, server)
	}
}

// BenchmarkQuery is one small query over clickhouse-go.
func BenchmarkQuery(b *testing.B) {
	for _, sql := range []string{"SELECT toUInt64(1)", "SELECT count() FROM q WHERE n < 100"} {
		b.Run(sql, func(b *testing.B) {
			conn := open(b, startClickHouse(b, b.TempDir()), "lz4")
			exec(b, conn, "CREATE TABLE q (n UInt64) ENGINE = MergeTree ORDER BY n", "INSERT INTO q SELECT number FROM numbers(1000000)")
			for b.Loop() {
				number(b, conn, sql)
			}
		})
	}
}

// BenchmarkInsert sends batches of 100,000 rows of a visit's shape, and says what the server's memory came to.
func BenchmarkInsert(b *testing.B) {
	const size = 100_000
	for _, compression := range []string{"none", "lz4"} {
		b.Run(compression, func(b *testing.B) {
			server := startClickHouse(b, b.TempDir())
			conn := open(b, server, strings.TrimPrefix(compression, "none"))
			exec(b, conn, `CREATE TABLE v (id UInt64, step LowCardinality(String), at DateTime64(3, 'UTC'), signals Map(LowCardinality(String), UInt64),
				pain UInt32, version UInt64) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(at) ORDER BY (step, at, id)`)
			rows := makeRows(size)
			var sent time.Duration
			for b.Loop() {
				batch, err := conn.PrepareBatch(b.Context(), "INSERT INTO v (id, step, at, signals, pain, version)")
				if err != nil {
					b.Fatal(err)
				}
				for i, column := range []any{rows.id, rows.step, rows.at, rows.signals, rows.pain, rows.version} {
					if err := batch.Column(i).Append(column); err != nil {
						b.Fatal(err)
					}
				}
				started := time.Now()
				if err := batch.Send(); err != nil {
					b.Fatal(err)
				}
				sent += time.Since(started)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(size)*float64(b.N)/sent.Seconds(), "rows/s-sending")
			b.ReportMetric(residentMB(b, server.PID()), "MB-resident")
		})
	}
}

// residentMB is the process's resident memory, 0 where /proc does not tell.
func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}
