package embedded_test

import (
	"fmt"
	"io"
	"math/big"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// TestColumnWiseBatch writes rows the way the sink does, 200,000 in the compressions it uses, and compares sums with
// those made here.
func TestColumnWiseBatch(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	for compression, n := range map[string]int{"": 200_000, "lz4": 200_000, "zstd": 5_000, "gzip": 5_000, "deflate": 5_000, "br": 5_000} {
		t.Run("compress="+compression, func(t *testing.T) {
			conn := open(t, server, compression)
			exec(t, conn, "DROP TABLE IF EXISTS rows",
				`CREATE TABLE rows (id UInt64, step LowCardinality(String), at DateTime64(3, 'UTC'), left_at Nullable(DateTime64(3, 'UTC')),
				 signals Map(LowCardinality(String), UInt64), pain UInt32, version UInt64)
				 ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(at) ORDER BY (step, at, id)`)
			rows := makeRows(n)
			sendRows(t, conn, rows)
			var count, pain, rage, left uint64
			err := conn.QueryRow(t.Context(), `SELECT count(), sum(pain), sum(signals['rage_click']), count(left_at) FROM rows FINAL WHERE step = 'payment'`).
				Scan(&count, &pain, &rage, &left)
			if err != nil {
				t.Fatal(err)
			}
			got, want := [4]uint64{count, pain, rage, left}, rows.sums("payment")
			if got != want {
				t.Errorf("count, pain, rage, left = %v, want %v", got, want)
			}
			readBack(t, conn, rows)
		})
	}
}

type rows struct {
	id, version []uint64
	step        []string
	at          []time.Time
	leftAt      []*time.Time
	signals     []map[string]uint64
	pain        []uint32
}

func makeRows(n int) rows {
	var r rows
	start := time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(i) * 37 * time.Millisecond)
		r.id = append(r.id, uint64(i))
		r.version = append(r.version, 1)
		r.step = append(r.step, [...]string{"cart", "payment", "done"}[i%3])
		r.at = append(r.at, at)
		var left *time.Time
		if i%2 == 0 {
			later := at.Add(time.Second)
			left = &later
		}
		r.leftAt = append(r.leftAt, left)
		signals := map[string]uint64{}
		if i%5 == 0 {
			signals["rage_click"] = uint64(i % 7)
			signals["retry"] = 1
		}
		r.signals = append(r.signals, signals)
		r.pain = append(r.pain, uint32(i*17%1_000_000))
	}
	return r
}

func (r rows) sums(step string) (sums [4]uint64) {
	for i := range r.id {
		if r.step[i] != step {
			continue
		}
		sums[0]++
		sums[1] += uint64(r.pain[i])
		sums[2] += r.signals[i]["rage_click"]
		if r.leftAt[i] != nil {
			sums[3]++
		}
	}
	return sums
}

func sendRows(t *testing.T, conn driver.Conn, r rows) {
	t.Helper()
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO rows (id, step, at, left_at, signals, pain, version)")
	if err != nil {
		t.Fatal(err)
	}
	for i, column := range []any{r.id, r.step, r.at, r.leftAt, r.signals, r.pain, r.version} {
		if err := batch.Column(i).Append(column); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// readBack reads all rows, which come in many blocks, and compares each.
func readBack(t *testing.T, conn driver.Conn, want rows) {
	t.Helper()
	result, err := conn.Query(t.Context(), "SELECT id, step, at, left_at, signals, pain FROM rows FINAL ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	i := 0
	for ; result.Next(); i++ {
		var (
			id      uint64
			step    string
			at      time.Time
			leftAt  *time.Time
			signals map[string]uint64
			pain    uint32
		)
		if err := result.Scan(&id, &step, &at, &leftAt, &signals, &pain); err != nil {
			t.Fatal(err)
		}
		sameLeft := (leftAt == nil) == (want.leftAt[i] == nil) && (leftAt == nil || leftAt.Equal(*want.leftAt[i]))
		if id != want.id[i] || step != want.step[i] || !at.Equal(want.at[i]) || !sameLeft ||
			!reflect.DeepEqual(signals, want.signals[i]) || pain != want.pain[i] {
			t.Fatalf("row %d: %v %v %v %v %v %v", i, id, step, at, leftAt, signals, pain)
		}
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	if i != len(want.id) {
		t.Fatalf("%d rows, want %d", i, len(want.id))
	}
}

// TestTypes sends one value of each type our tables use through an insert and back.
func TestTypes(t *testing.T) {
	conn := open(t, startClickHouse(t, t.TempDir()), "lz4")
	at := time.Date(2026, 3, 1, 12, 0, 0, 123_000_000, time.UTC)
	type visit struct {
		Journey string `ch:"journey"`
		Step    string `ch:"step"`
		Attempt uint16 `ch:"attempt"`
		Visit   uint16 `ch:"visit"`
	}
	big128, _ := new(big.Int).SetString("340282366920938463463374607431768211455", 10)
	seven := uint64(7)
	values := []struct {
		column string
		value  any
	}{
		{"UInt64", uint64(1<<64 - 1)},
		{"Int8", int8(-128)},
		{"Bool", true},
		{"Float64", 0.1},
		{"String", "naïve\x00\xff"},
		{"LowCardinality(String)", "payment"},
		{"FixedString(16)", "0123456789abcdef"},
		{"UInt128", *big128},
		{"DateTime('UTC')", at.Truncate(time.Second)},
		{"DateTime64(3, 'UTC')", at},
		{"Nullable(UInt64)", (*uint64)(nil)},
		{"Nullable(UInt64)", &seven},
		{"Array(String)", []string{"a", "", "b"}},
		{"Array(UInt64)", []uint64{}},
		{"Map(LowCardinality(String), UInt64)", map[string]uint64{"rage_click": 3}},
		{"Map(String, String)", map[string]string{}},
		{"Array(Tuple(journey LowCardinality(String), step String, attempt UInt16, visit UInt16))", []visit{{"site", "/cart", 1, 2}, {"checkout", "cart", 1, 1}}},
		{"Enum8('open' = 1, 'dropped' = 2)", "dropped"},
	}
	for i, v := range values {
		t.Run(v.column, func(t *testing.T) {
			table := fmt.Sprintf("types_%d", i)
			exec(t, conn, "CREATE TABLE "+table+" (v "+v.column+") ENGINE = MergeTree ORDER BY tuple()")
			batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+table)
			if err != nil {
				t.Fatal(err)
			}
			if err := batch.Append(v.value); err != nil {
				t.Fatal(err)
			}
			if err := batch.Send(); err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(v.value))
			if err := conn.QueryRow(t.Context(), "SELECT v FROM "+table).Scan(got.Interface()); err != nil {
				t.Fatal(err)
			}
			if !same(got.Elem().Interface(), v.value) {
				t.Errorf("got %v, want %v", got.Elem().Interface(), v.value)
			}
		})
	}
}

func same(a, b any) bool {
	if at, ok := a.(time.Time); ok {
		bt, ok := b.(time.Time)
		return ok && at.Equal(bt)
	}
	return reflect.DeepEqual(a, b)
}

// TestReplacingFinal writes versions and reads the last ones, through a view that keeps the run in force.
func TestReplacingFinal(t *testing.T) {
	conn := open(t, startClickHouse(t, t.TempDir()), "")
	exec(t, conn,
		"CREATE DATABASE friction",
		`CREATE TABLE friction.runs_log (grp String, run String, in_force Bool, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (grp, run)`,
		`CREATE TABLE friction.scores_log (step String, at DateTime('UTC'), visits UInt64, run String, version UInt64)
		 ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(at) ORDER BY (step, at, run)`,
		`CREATE VIEW friction.scores AS SELECT * EXCEPT (run, version) FROM friction.scores_log FINAL
		 WHERE run IN (SELECT run FROM friction.runs_log FINAL WHERE in_force)`,
		`INSERT INTO friction.runs_log VALUES ('g', 'r1', true, 1), ('g', 'r2', false, 1)`,
		`INSERT INTO friction.scores_log VALUES ('cart', '2026-01-01 00:00:00', 1, 'r1', 1), ('cart', '2026-01-01 00:00:00', 9, 'r2', 1)`,
		`INSERT INTO friction.scores_log VALUES ('cart', '2026-01-01 00:00:00', 2, 'r1', 2)`,
		`INSERT INTO friction.scores_log VALUES ('cart', '2026-01-01 00:00:00', 1, 'r1', 1)`,
	)
	if n := number(t, conn, "SELECT count() FROM friction.scores_log"); n != 4 {
		t.Errorf("%d stored versions, want 4", n)
	}
	if n := number(t, conn, "SELECT sum(visits) FROM friction.scores"); n != 2 {
		t.Errorf("visits = %d, want 2, of the last version of the run in force", n)
	}
	exec(t, conn, `INSERT INTO friction.runs_log VALUES ('g', 'r1', false, 2), ('g', 'r2', true, 2)`)
	if n := number(t, conn, "SELECT sum(visits) FROM friction.scores"); n != 9 {
		t.Errorf("visits = %d, want 9, of the promoted run", n)
	}
	exec(t, conn, "OPTIMIZE TABLE friction.scores_log FINAL")
	if n := number(t, conn, "SELECT count() FROM friction.scores_log"); n != 2 {
		t.Errorf("%d rows after OPTIMIZE, want 2", n)
	}
}

func TestParameters(t *testing.T) {
	conn := open(t, startClickHouse(t, t.TempDir()), "")
	exec(t, conn,
		"CREATE TABLE v (step String, at DateTime64(3, 'UTC'), n UInt64) ENGINE = MergeTree ORDER BY at",
		"INSERT INTO v VALUES ('cart', '2026-01-01 00:00:00.5', 1), ('pay\\'s', '2026-01-02 00:00:00', 2)",
		"CREATE VIEW between AS SELECT step, n FROM v WHERE at >= {from:DateTime64(3, 'UTC')} AND at < {to:DateTime64(3, 'UTC')}")
	ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{
		"from": "2026-01-01 00:00:00.500", "to": "2026-01-03 00:00:00.000", "step": "pay's",
	}))
	var n uint64
	err := conn.QueryRow(ctx, "SELECT sum(n) FROM between(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}) WHERE step = {step:String}").Scan(&n)
	if err != nil || n != 2 {
		t.Errorf("server-side parameters: %d %v", n, err)
	}
	if n := number(t, conn, "SELECT sum(n) FROM v WHERE step = $1 OR n = $2", "pay's", 1); n != 3 {
		t.Errorf("client-side binding: %d", n)
	}
	if n := number(t, conn, "SELECT sum(n) FROM between(from = '2026-01-01', to = '2026-01-02')"); n != 1 {
		t.Errorf("parameterised view: %d", n)
	}
	ctx = clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_result_rows": 1}))
	rows, err := conn.Query(ctx, "SELECT * FROM v")
	if err == nil {
		rows.Close()
		t.Fatal("the setting was not applied")
	}
	if got := code(t, err); got != 396 {
		t.Errorf("code %d, want 396 TOO_MANY_ROWS_OR_BYTES: %v", got, err)
	}
	if n := number(t, conn, "SELECT sum(n) FROM v"); n != 3 {
		t.Errorf("the setting outlived its request: %d", n)
	}
}

// TestParametersAtOnce guards against parameters of one session reaching another.
func TestParametersAtOnce(t *testing.T) {
	conn := open(t, startClickHouse(t, t.TempDir()), "")
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range 50 {
				want := fmt.Sprintf("%d-%d", worker, i)
				ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"v": want}))
				var got string
				if err := conn.QueryRow(ctx, "SELECT {v:String}").Scan(&got); err != nil || got != want {
					t.Errorf("got %q %v, want %q", got, err, want)
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestErrors(t *testing.T) {
	conn := open(t, startClickHouse(t, t.TempDir()), "lz4")
	exec(t, conn, "CREATE TABLE e (n UInt8) ENGINE = MergeTree ORDER BY n")
	for sql, want := range map[string]int32{
		"SELECT * FROM nowhere": 60,
		"SELECT nothing":        47,
		"SELEC 1":               62,
		"SELECT nofunction(1)":  46,
		"SELECT 1; SELECT 2":    62,
		"CREATE TABLE e (n UInt8) ENGINE = MergeTree ORDER BY n": 57,
		"INSERT INTO nowhere VALUES (1)":                         60,
		"DROP DATABASE nowhere":                                  81,
	} {
		if got := code(t, conn.Exec(t.Context(), sql)); got != want {
			t.Errorf("%s: code %d, want %d", sql, got, want)
		}
	}
	// An error after the first rows have been sent.
	rows, err := conn.Query(t.Context(), "SELECT throwIf(number = 3000000), number FROM numbers(4000000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	if got := code(t, rows.Err()); got != 395 || n == 0 {
		t.Errorf("after %d rows: code %d, want 395", n, got)
	}
	if err := conn.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBadBigInsert fails at the first of many rows; the reason must reach a client that is still sending.
func TestBadBigInsert(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	conn := open(t, server, "")
	exec(t, conn, "CREATE TABLE rows (id UInt64, step LowCardinality(String), at DateTime64(3, 'UTC'), left_at Nullable(DateTime64(3, 'UTC')), "+
		"signals Map(LowCardinality(String), UInt64), pain UInt32, version UInt64, CONSTRAINT no_zero CHECK id > 0) ENGINE = MergeTree ORDER BY id")
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO rows (id, step, at, left_at, signals, pain, version)")
	if err != nil {
		t.Fatal(err)
	}
	r := makeRows(300_000)
	for i, column := range []any{r.id, r.step, r.at, r.leftAt, r.signals, r.pain, r.version} {
		if err := batch.Column(i).Append(column); err != nil {
			t.Fatal(err)
		}
	}
	if got := code(t, batch.Send()); got != 469 {
		t.Errorf("code %d, want 469 VIOLATED_CONSTRAINT", got)
	}
	got := send(t, server, request{
		params: url.Values{"query": {"INSERT INTO rows FORMAT TSV"}},
		body:   io.MultiReader(strings.NewReader("bad\n"), strings.NewReader(strings.Repeat("1\ta\n", 20<<20))),
	})
	if got.header.Get("X-ClickHouse-Exception-Code") != "27" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := number(t, conn, "SELECT count() FROM rows"); n != 0 {
		t.Errorf("%d rows of failed inserts", n)
	}
}

// TestAtOnce has two clients insert while two read; every read sees whole inserts only.
func TestAtOnce(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	conn := open(t, server, "lz4")
	exec(t, conn, "CREATE TABLE c (client UInt8, n UInt64) ENGINE = MergeTree ORDER BY (client, n)")
	const batches, size = 20, 1000
	var written atomic.Bool
	var writers, readers sync.WaitGroup
	for client := range 2 {
		writers.Go(func() {
			own := open(t, server, "lz4")
			for b := range batches {
				batch, err := own.PrepareBatch(t.Context(), "INSERT INTO c")
				if err != nil {
					t.Error(err)
					return
				}
				for i := range size {
					if err := batch.Append(uint8(client), uint64(b*size+i)); err != nil {
						t.Error(err)
					}
				}
				if err := batch.Send(); err != nil {
					t.Error(err)
				}
			}
		})
		readers.Go(func() {
			own := open(t, server, "")
			for !written.Load() {
				if n := number(t, own, "SELECT count() FROM c WHERE client = $1", client); n%size != 0 {
					t.Errorf("a part of an insert was visible: %d rows", n)
				}
			}
		})
	}
	writers.Wait()
	written.Store(true)
	readers.Wait()
	if n := number(t, conn, "SELECT uniqExact(client, n) FROM c"); n != 2*batches*size {
		t.Errorf("%d rows, want %d", n, 2*batches*size)
	}
}

// TestBigResult reads a result far larger than what is held back or sent at once.
func TestBigResult(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	conn := open(t, server, "lz4")
	rows, err := conn.Query(t.Context(), "SELECT number, toString(number) FROM numbers(500000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var want uint64
	for rows.Next() {
		var n uint64
		var s string
		if err := rows.Scan(&n, &s); err != nil {
			t.Fatal(err)
		}
		if n != want || s != fmt.Sprint(want) {
			t.Fatalf("row %d: %d %q", want, n, s)
		}
		want++
	}
	if err := rows.Err(); err != nil || want != 500_000 {
		t.Errorf("%d rows, %v", want, err)
	}
	got := curl(t, server, "SELECT repeat('x', 100) FROM numbers(200000) FORMAT JSONCompactEachRow")
	if lines := strings.Count(got.body, "\n"); lines != 200_000 || got.err != nil {
		t.Errorf("%d lines, %v", lines, got.err)
	}
	got = curl(t, server, "SELECT number FROM numbers(200000) FORMAT JSON")
	if strings.Count(got.body, `"meta"`) != 1 || !strings.Contains(got.body, `"rows": 200000`) {
		t.Error("a JSON document was cut into blocks")
	}
}
