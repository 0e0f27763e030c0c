package status

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServerAnswers(t *testing.T) {
	broken := Condition{Name: "clickhouse", OK: true, Note: "took rows 1 s ago"}
	s, err := Listen(Config{Addr: "127.0.0.1:0"}, Options{
		Ready:   func() []Condition { return []Condition{{"kafka", true, "4 partitions"}, broken} },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()

	want := func(path string, status int, body string) {
		t.Helper()
		r, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		b, _ := io.ReadAll(r.Body)
		if r.StatusCode != status || string(b) != body {
			t.Errorf("%s: %d %q, want %d %q", path, r.StatusCode, b, status, body)
		}
	}
	want("/livez", 200, "ok\n")
	want("/metrics", 200, "up 1\n")
	want("/readyz", 200, "ready\n")
	want("/readyz?verbose", 200, "ok  kafka: 4 partitions\nok  clickhouse: took rows 1 s ago\nready\n")
	broken = Condition{"clickhouse", false, "256 MiB wait for it"}
	want("/readyz", 503, "not clickhouse: 256 MiB wait for it\n")
	want("/livez", 200, "ok\n")

	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestListenSaysWhatToDo(t *testing.T) {
	_, err := Listen(Config{Addr: "256.0.0.1:1"}, Options{})
	if err == nil || !strings.Contains(err.Error(), "choose another http.addr") {
		t.Fatalf("got %v", err)
	}
	if err := (Config{Addr: "nonsense"}).Validate(); err == nil || !strings.Contains(err.Error(), "http.addr") {
		t.Fatalf("got %v", err)
	}
}
