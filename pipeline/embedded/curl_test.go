package embedded_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"friction/pipeline/pipetest/await"
)

// TestCurl does what people and scripts do with curl.
func TestCurl(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	must(t, send(t, server, request{method: http.MethodGet, path: "ping"}), "Ok.\n")
	must(t, send(t, server, request{method: http.MethodGet}), "Ok.\n")
	must(t, send(t, server, request{method: http.MethodGet, params: url.Values{"query": {"SELECT 1"}}}), "1\n")
	must(t, curl(t, server, "SELECT 'a\tb', 2"), "a\\tb\t2\n")
	must(t, curl(t, server, "SELECT 1 AS a FORMAT JSONEachRow"), "{\"a\":1}\n")
	must(t, curl(t, server, "SELECT 1 AS format, 2 AS b FORMAT CSVWithNames"), "\"format\",\"b\"\n1,2\n")
	must(t, send(t, server, request{params: url.Values{"query": {"SELECT 1 +"}}, body: strings.NewReader("2")}), "3\n")
	must(t, send(t, server, request{params: url.Values{"default_format": {"CSV"}}, body: strings.NewReader("SELECT 'x', 1")}), "\"x\",1\n")
	must(t, send(t, server, request{params: url.Values{"database": {"system"}}, body: strings.NewReader("SELECT currentDatabase(), dummy FROM one")}), "system\t0\n")
	must(t, send(t, server, request{params: url.Values{"param_a": {"it's"}, "param_b": {"3"}}, body: strings.NewReader("SELECT {a:String}, {b:UInt8}")}), "it\\'s\t3\n")
	must(t, send(t, server, request{params: url.Values{"max_threads": {"3"}, "log_comment": {"it's"}}, body: strings.NewReader("SELECT getSetting('max_threads'), getSetting('log_comment')")}), "3\tit\\'s\n")
	must(t, curl(t, server, "/* c */ -- c\nSHOW TABLES"), "")
	must(t, curl(t, server, "EXISTS TABLE system.one"), "1\n")

	got := curl(t, server, "SELECT 1 FORMAT JSON")
	if kind := got.header.Get("Content-Type"); kind != "application/json; charset=UTF-8" {
		t.Errorf("Content-Type %q", kind)
	}
	if zone := got.header.Get("X-ClickHouse-Timezone"); zone == "" || zone+"\n" != curl(t, server, "SELECT timezone()").body {
		t.Errorf("time zone %q", zone)
	}
	if !strings.Contains(got.header.Get("X-ClickHouse-Summary"), `"read_rows":"1"`) {
		t.Errorf("summary %q", got.header.Get("X-ClickHouse-Summary"))
	}
}

func TestCurlInserts(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	must(t, curl(t, server, "CREATE TABLE t (a UInt64, b String DEFAULT 'd') ENGINE = MergeTree ORDER BY a"), "")
	for _, insert := range []request{
		{body: strings.NewReader("INSERT INTO t VALUES (1, 'a;b'), (1 + 1, concat('x', 'y'));")},
		{body: strings.NewReader("INSERT INTO t (a) FORMAT TSV\n3\n")},
		{params: url.Values{"query": {"INSERT INTO t FORMAT JSONEachRow"}}, body: strings.NewReader(`{"a":4,"b":"j"} {"a":5}`)},
		{params: url.Values{"query": {"INSERT INTO t FORMAT CSV"}}, body: gzipped(t, "6,\"g\"\n"), header: http.Header{"Content-Encoding": {"gzip"}}},
		{params: url.Values{"query": {"INSERT INTO t SETTINGS max_threads = 1 FORMAT Values"}}, body: strings.NewReader("(7, 's')")},
		{body: strings.NewReader("INSERT INTO t SELECT 8, 'select'")},
		{body: strings.NewReader("INSERT INTO t (a, b) VALUES")},
		{params: url.Values{"query": {"INSERT INTO t FORMAT TSV"}, "async_insert": {"1"}}, body: strings.NewReader("9\tasync\n")},
	} {
		must(t, send(t, server, insert), "")
	}
	must(t, curl(t, server, "SELECT a, b FROM t ORDER BY a"), "1\ta;b\n2\txy\n3\td\n4\tj\n5\td\n6\tg\n7\ts\n8\tselect\n9\tasync\n")

	got := send(t, server, request{params: url.Values{"query": {"INSERT INTO t FORMAT JSONEachRow"}}, body: strings.NewReader("{\"a\":10}\n{\"a\":\"x\"}")})
	if got.status != http.StatusInternalServerError && got.status != http.StatusBadRequest || !strings.HasPrefix(got.body, "Code: 27. DB::Exception: ") {
		t.Errorf("bad rows: %d %s", got.status, got.body)
	}
	must(t, curl(t, server, "SELECT count() FROM t"), "9\n")
	big := strings.Repeat("{\"a\":100,\"b\":\""+strings.Repeat("v", 200)+"\"}\n", 20_000) // more than is read ahead
	got = send(t, server, request{body: strings.NewReader("INSERT INTO t FORMAT JSONEachRow\n" + big)})
	must(t, got, "")
	if !strings.Contains(got.header.Get("X-ClickHouse-Summary"), `"written_rows":"20000"`) {
		t.Errorf("summary %q", got.header.Get("X-ClickHouse-Summary"))
	}
	must(t, curl(t, server, "SELECT count() FROM t WHERE a = 100 AND length(b) = 200"), "20000\n")
}

func gzipped(t *testing.T, text string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestCurlGzipAnswer(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	got := send(t, server, request{
		body:   strings.NewReader("SELECT number FROM numbers(300000) FORMAT TSV"),
		header: http.Header{"Accept-Encoding": {"gzip, br"}},
	})
	if got.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("headers %v", got.header)
	}
	r, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil || bytes.Count(plain, []byte("\n")) != 300_000 {
		t.Errorf("%d lines, %v", bytes.Count(plain, []byte("\n")), err)
	}
}

func TestCurlErrors(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	must(t, curl(t, server, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"), "")
	for _, c := range []struct {
		name   string
		r      request
		status int
		code   string
	}{
		{"unknown table", request{body: strings.NewReader("SELECT * FROM nope")}, 404, "60"},
		{"syntax", request{body: strings.NewReader("SELEC")}, 400, "62"},
		{"not even a word", request{body: strings.NewReader("'")}, 400, "62"},
		{"unknown setting", request{params: url.Values{"no_such": {"1"}}, body: strings.NewReader("SELECT 1")}, 404, "115"},
		{"setting with a trick", request{params: url.Values{"max_threads = 1, readonly": {"1"}}, body: strings.NewReader("SELECT 1")}, 404, "115"},
		{"bad setting", request{params: url.Values{"max_threads": {"x"}}, body: strings.NewReader("SELECT 1")}, 400, "27"},
		{"unknown database", request{params: url.Values{"database": {"no`pe"}}, body: strings.NewReader("SELECT 1")}, 404, "81"},
		{"writing GET", request{method: http.MethodGet, params: url.Values{"query": {"DROP TABLE t"}}}, 500, "164"},
		{"inserting GET", request{method: http.MethodGet, params: url.Values{"query": {"INSERT INTO t VALUES (1)"}}}, 500, "164"},
		{"missing parameter", request{body: strings.NewReader("SELECT {a:UInt8}")}, 400, "456"},
		{"unknown encoding", request{body: strings.NewReader("x"), header: http.Header{"Content-Encoding": {"rot13"}}}, 501, "48"},
		{"broken gzip", request{params: url.Values{"query": {"INSERT INTO t FORMAT TSV"}}, body: strings.NewReader("xx"), header: http.Header{"Content-Encoding": {"gzip"}}}, 500, "33"},
		{"external table", request{body: strings.NewReader("x"), header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}}, 501, "48"},
	} {
		got := send(t, server, c.r)
		if got.status != c.status || got.header.Get("X-ClickHouse-Exception-Code") != c.code || !strings.HasPrefix(got.body, "Code: "+c.code+". DB::Exception: ") {
			t.Errorf("%s: %d %s %s", c.name, got.status, got.header.Get("X-ClickHouse-Exception-Code"), got.body)
		}
	}
	must(t, curl(t, server, "SELECT count() FROM t"), "0\n")

	// After the first rows the status is gone; the text ends with the error and the connection breaks.
	got := curl(t, server, "SELECT throwIf(number = 3000000) FROM numbers(4000000)")
	if got.err == nil || !strings.Contains(got.body, "__exception__\r\n"+got.header.Get("X-ClickHouse-Exception-Tag")+"\r\nCode: 395.") {
		t.Errorf("error in the middle: %v, end %q", got.err, got.body[max(0, len(got.body)-300):])
	}
	got = send(t, server, request{params: url.Values{"wait_end_of_query": {"1"}}, body: strings.NewReader("SELECT throwIf(number = 3000000) FROM numbers(4000000)")})
	if got.status != http.StatusBadRequest || got.header.Get("X-ClickHouse-Exception-Code") != "395" {
		t.Errorf("waiting for the end: %d %s", got.status, got.body[:100])
	}
}

// TestOnlyThisMachine refuses what a browser sends for a page of another site.
func TestOnlyThisMachine(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	for _, c := range []struct {
		host, origin string
		status       int
	}{
		{"localhost:8123", "", 200},
		{"[::1]:8123", "http://[::1]:8123", 200},
		{"[::1]:8123", "http://localhost:3000", 403},
		{"evil.example:8123", "", 403},
		{"127.0.0.1:8123", "https://evil.example", 403},
		{"127.0.0.1:8123", "null", 403},
	} {
		header := http.Header{}
		if c.origin != "" {
			header.Set("Origin", c.origin)
		}
		if got := send(t, server, request{host: c.host, header: header, body: strings.NewReader("SELECT 1")}); got.status != c.status {
			t.Errorf("host %q origin %q: %d, want %d", c.host, c.origin, got.status, c.status)
		}
	}
}

// TestGoneClient sees the statement of a client that went away end.
func TestGoneClient(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		const endless = "SELECT count() FROM numbers(1e15) WHERE sipHash64(number) = 1"
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL(), strings.NewReader(endless))
		if err != nil {
			t.Error(err)
			return
		}
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		if response, err := (&http.Client{Transport: transport}).Do(r); err == nil {
			response.Body.Close()
			t.Error("the endless statement ended")
		}
	}()
	running := func() string {
		return curl(t, server, "SELECT count() FROM system.processes WHERE query LIKE '%1e15%' AND query NOT LIKE '%system.processes%'").body
	}
	await.True(t, 10*time.Second, "the statement runs", func() bool { return running() == "1\n" })
	leave()
	<-gone
	await.True(t, 10*time.Second, "the statement is gone", func() bool { return running() == "0\n" })
}
