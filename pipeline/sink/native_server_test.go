package sink

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"friction/pipeline/pipetest/await"
	"friction/pipeline/score"
)

// nativeServer is a ClickHouse server process that speaks the native protocol. Debian's is of 2018: it proves
// transport, passwords, retry and death during an insert; the tables of today are proved over HTTP.
type nativeServer struct {
	path, dir, addr string
	cmd             *exec.Cmd
	output          bytes.Buffer
}

const nativePassword = "native-hunter2"

func startNative(t *testing.T) *nativeServer {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts a ClickHouse server")
	}
	path, err := exec.LookPath("clickhouse-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("clickhouse-server is needed and was not found; .ci/run installs it (Debian: apt-get install clickhouse-server)")
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: no clickhouse-server\n", t.Name())
		t.Skip("clickhouse-server was not found (Debian: apt-get install clickhouse-server)")
	}
	s := &nativeServer{path: path, dir: t.TempDir(), addr: freeAddr(t)}
	_, port, _ := net.SplitHostPort(s.addr)
	s.write(t, "config.xml", `<yandex><logger><level>warning</level><console>1</console></logger>
		<tcp_port>`+port+`</tcp_port><listen_host>127.0.0.1</listen_host><path>`+s.dir+`/data/</path><tmp_path>`+s.dir+`/tmp/</tmp_path>
		<users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
		<mark_cache_size>5368709</mark_cache_size><max_concurrent_queries>50</max_concurrent_queries></yandex>`)
	s.write(t, "users.xml", `<yandex><profiles><default/></profiles><quotas><default/></quotas><users><writer><password>`+nativePassword+`</password>
		<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></writer></users></yandex>`)
	for _, sub := range []string{"data", "tmp"} {
		if err := os.Mkdir(filepath.Join(s.dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *nativeServer) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the server and waits until it listens.
func (s *nativeServer) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command(s.path, "--config-file="+filepath.Join(s.dir, "config.xml"))
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await.True(t, 2*time.Minute, "clickhouse-server listens", func() bool {
		c, err := net.Dial("tcp", s.addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// kill ends it as a power cut would.
func (s *nativeServer) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// probeTable is a table of the types that a server of 2018 has.
func probeTable() *table[score.LateRow] {
	type in = row[score.LateRow]
	return &table[score.LateRow]{
		name: "probe_log",
		rows: func(r *score.Rows) []score.LateRow { return r.Late },
		fields: []field[score.LateRow]{
			text("user", func(it in) string { return it.r.User }), number("offset", func(it in) int64 { return it.r.Offset }),
			texts("pages", func(it in) []string { return []string{it.r.Page, it.r.Type} }), versionField[score.LateRow](),
		},
		views: everyRow[score.LateRow]("probe"),
	}
}

// probe opens the server and makes the table.
func (s *nativeServer) probe(t *testing.T, observe Observer) *Sink {
	t.Helper()
	cfg := DefaultConfig()
	cfg.DSN, cfg.Database, cfg.BlockRows = "clickhouse://writer:"+nativePassword+"@"+s.addr, "probe", 1000
	out, err := Open(cfg, nil, observe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	out.tables, out.last = nil, probeTable()
	out.settings = func(string) clickhouse.Settings { return nil } // it knows none of them
	for _, sql := range []string{
		"CREATE DATABASE probe",
		"CREATE TABLE probe.probe_log (user String, offset Int64, pages Array(String), version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY offset",
	} {
		if err := out.conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func probeRows(n int) *score.Rows {
	rows := &score.Rows{}
	for i := range n {
		rows.Late = append(rows.Late, score.LateRow{Offset: int64(i), User: fmt.Sprint("user ", i), Page: "/p", Type: "click"})
	}
	return rows
}

func (s *nativeServer) numbers(t *testing.T, k *Sink, sql string) (n uint64) {
	t.Helper()
	if err := k.conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// Rows come through the native protocol as they are.
func TestNativeProtocolCarriesRows(t *testing.T) {
	server := startNative(t)
	k := server.probe(t, Observer{})
	if err := k.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	insert(t, k, Batch{stampOf(0, 7), probeRows(2500)})
	if n := server.numbers(t, k, "SELECT count() FROM probe.probe_log WHERE version = 7 AND user = concat('user ', toString(offset)) AND pages = ['/p', 'click']"); n != 2500 {
		t.Errorf("%d rows as they were sent, want 2500", n)
	}
	cfg := k.cfg
	cfg.DSN = "clickhouse://writer:wrong-hunter2@" + server.addr
	err := open(t, cfg).Ping(t.Context())
	if err == nil || !strings.Contains(err.Error(), "check user and password") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("wrong password: %v", err)
	}
}

// A server that is killed in the middle of inserts, again and again, and started again gets every row, and each once
// under FINAL.
func TestNativeServerKilledDuringInserts(t *testing.T) {
	server := startNative(t)
	var inserted, retried atomic.Int64
	k := server.probe(t, Observer{
		Inserted: func(string, int, time.Duration) { inserted.Add(1) },
		Retried:  func(string, string) { retried.Add(1) },
	})
	const rows = 60_000
	done := make(chan error, 1)
	go func() {
		done <- k.Insert(context.WithoutCancel(t.Context()), []Batch{{stampOf(0, 7), probeRows(rows)}})
	}()
	for kill := range int64(3) {
		await.True(t, time.Minute, "some inserts are done", func() bool { return inserted.Load() >= 5*(kill+1) })
		server.kill()
		before := retried.Load()
		await.True(t, time.Minute, "an insert is tried again, or all are done", func() bool {
			return retried.Load() > before || inserted.Load() >= rows/1000
		})
		server.start(t)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("not done after three minutes")
	}
	if retried.Load() == 0 {
		t.Error("no insert met a dead server: the test has proved nothing")
	}
	for sql, want := range map[string]uint64{
		"SELECT count() FROM probe.probe_log FINAL":        rows,
		"SELECT uniqExact(offset) FROM probe.probe_log":    rows,
		"SELECT max(offset) + 1 AS n FROM probe.probe_log": rows,
	} {
		if n := server.numbers(t, k, strings.Replace(sql, "max(offset) + 1 AS n", "toUInt64(max(offset) + 1)", 1)); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
	t.Logf("%d blocks acknowledged, %d tries failed", inserted.Load(), retried.Load())
}
