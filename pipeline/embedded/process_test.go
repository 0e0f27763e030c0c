package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/await"
)

// parentTestEnv makes this test binary a program that starts a ClickHouse in the given directory and waits.
const parentTestEnv = "EMBEDDED_TEST_PARENT"

func runParent() {
	dir := os.Getenv(parentTestEnv)
	if dir == "" {
		return
	}
	server, err := embedded.StartClickHouse(context.Background(), embedded.Options{Dir: dir, Addr: "127.0.0.1:0"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, server.PID(), server.Addr())
	<-server.Done()
	os.Exit(0)
}

// TestOrphan kills the parent; the server must not outlive it.
func TestOrphan(t *testing.T) {
	dir := t.TempDir()
	parent := osexec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentTestEnv+"="+dir, embedded.LibraryEnv+"="+library(t))
	parent.Stderr = os.Stderr
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pidText, addr, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	await.True(t, 20*time.Second, "the server has ended with its parent", func() bool {
		return gone(pid)
	})
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("somebody still answers")
	}
}

// gone tells a process that has ended, also one that nobody has waited for (in a container without an init).
func gone(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil || process.Signal(syscall.Signal(0)) != nil {
		return true
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(status), ") Z ")
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	server := startClickHouse(t, dir)
	conn := open(t, server, "")
	exec(t, conn,
		"CREATE DATABASE friction",
		"CREATE TABLE friction.a (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n",
		"CREATE TABLE b (n UInt64) ENGINE = MergeTree ORDER BY n",
		"CREATE VIEW friction.v AS SELECT sum(n) AS n FROM friction.a FINAL",
		"INSERT INTO friction.a VALUES (1), (2)",
		"INSERT INTO b SELECT number FROM numbers(100)",
	)
	stop(t, server)
	if err := server.Err(); err != nil {
		t.Error(err)
	}
	conn = open(t, startClickHouse(t, dir), "")
	if n := number(t, conn, "SELECT n FROM friction.v"); n != 3 {
		t.Errorf("the view says %d", n)
	}
	if n := number(t, conn, "SELECT count() FROM b"); n != 100 {
		t.Errorf("the table of the database default has %d rows", n)
	}
}

// TestKilledDuringInserts kills the server at several moments of a load. What was acknowledged is there once; what was
// not is there whole or not at all.
func TestKilledDuringInserts(t *testing.T) {
	dir := t.TempDir()
	const size = 5000
	acknowledged := map[uint64]bool{}
	next := uint64(0)
	for round := range 3 {
		server := startClickHouse(t, dir)
		conn := open(t, server, "lz4")
		exec(t, conn, "CREATE TABLE IF NOT EXISTS k (batch UInt64, n UInt64) ENGINE = MergeTree ORDER BY (batch, n)")
		killed := make(chan struct{})
		time.AfterFunc(time.Duration(100+70*round)*time.Millisecond, func() {
			defer close(killed)
			if err := server.Kill(); err != nil {
				t.Error(err)
			}
		})
		for alive := true; alive; next++ {
			alive = sendBatch(t.Context(), server, next, size) == nil
			acknowledged[next] = alive
		}
		<-killed
		if err := server.Err(); err != nil {
			t.Errorf("killed on purpose: %v", err)
		}
	}
	conn := open(t, startClickHouse(t, dir), "")
	rows, err := conn.Query(t.Context(), "SELECT batch, count(), uniqExact(n) FROM k GROUP BY batch")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[uint64]bool{}
	for rows.Next() {
		var batch, count, distinct uint64
		if err := rows.Scan(&batch, &count, &distinct); err != nil {
			t.Fatal(err)
		}
		found[batch] = true
		if count != size || distinct != size {
			t.Errorf("batch %d has %d rows, %d distinct", batch, count, distinct)
		}
	}
	sent := 0
	for batch, ok := range acknowledged {
		if ok && !found[batch] {
			t.Errorf("batch %d was acknowledged and is gone", batch)
		}
		if ok {
			sent++
		}
	}
	t.Logf("%d batches acknowledged, %d found", sent, len(found))
	if sent == 0 {
		t.Error("nothing was inserted before the kills")
	}
}

// sendBatch inserts over plain HTTP: a dead server must be an error at once, not a reason to retry.
func sendBatch(ctx context.Context, server *embedded.ClickHouse, batch uint64, size int) error {
	var body strings.Builder
	body.WriteString("INSERT INTO k FORMAT TSV\n")
	for i := range size {
		fmt.Fprintf(&body, "%d\t%d\n", batch, i)
	}
	return post(ctx, server.URL(), body.String())
}

func TestTaken(t *testing.T) {
	dir := t.TempDir()
	server := startClickHouse(t, dir)
	start := func(dir, addr string) string {
		_, err := embedded.StartClickHouse(t.Context(), embedded.Options{Dir: dir, Addr: addr})
		if err == nil {
			t.Fatal("it started")
		}
		return err.Error()
	}
	if text := start(t.TempDir(), server.Addr()); !strings.Contains(text, server.Addr()+" is in use by another program") {
		t.Error(text)
	}
	if text := start(dir, "127.0.0.1:0"); !strings.Contains(text, dir+" is in use by another process") {
		t.Error(text)
	}
	if text := start(t.TempDir(), "nonsense"); !strings.Contains(text, "is not host:port") {
		t.Error(text)
	}
}

func TestExecutable(t *testing.T) {
	library := library(t)
	_, err := embedded.StartClickHouse(t.Context(), embedded.Options{
		Dir: t.TempDir(), Addr: "127.0.0.1:0", Executable: "/bin/sh",
		Args:    []string{"-c", "echo starting; echo no such thing >&2; exit 3"},
		Library: embedded.LibraryOptions{Path: library},
	})
	if err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("a child that fails: %v", err)
	}
	dir := t.TempDir()
	server, err := embedded.StartClickHouse(t.Context(), embedded.Options{
		Dir: dir, Executable: "/bin/sh",
		Args:    []string{"-c", `echo hello; echo t0ken > "$0/token"; echo "listening on $WHERE"; read x`, dir},
		Env:     []string{"WHERE=127.0.0.1:1"},
		Library: embedded.LibraryOptions{Path: library},
	})
	if err != nil {
		t.Fatal(err)
	}
	if server.DSN() != "http://default:t0ken@127.0.0.1:1/default" {
		t.Error(server.DSN())
	}
	if err := server.Kill(); err != nil {
		t.Error(err)
	}
	stop(t, server)
}

func TestStartTimeout(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := embedded.StartClickHouse(ctx, embedded.Options{
		Dir: t.TempDir(), Executable: "/bin/sh", Args: []string{"-c", "echo thinking; read x"},
		Library: embedded.LibraryOptions{Path: library(t)},
	})
	if err == nil || !strings.Contains(err.Error(), "did not answer in time") || !strings.Contains(err.Error(), "thinking") {
		t.Error(err)
	}
}
