package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/zap"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/await"
)

const kafkaSecret, clickHouseSecret = "kafka-hunter2", "clickhouse-hunter2"

// guarded are a Kafka that wants TLS and SCRAM, and a ClickHouse that wants TLS, user and password.
type guarded struct {
	environ []string // for a program that is let in
	plain   string   // ClickHouse without the guard
	front   string   // host:port of the one with it
}

// keyPair is a certificate for 127.0.0.1 that signs itself.
func keyPair(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func guard(t *testing.T) *guarded {
	t.Helper()
	binary(t)
	library, err := embedded.Library(t.Context(), embedded.LibraryOptions{Progress: func(s string) { t.Log(s) }})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	pair, ca := keyPair(t)
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(config), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "worker", kafkaSecret),
		kfake.SeedTopics(1, "clickstream", "telemetry"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	plain, _ := startClickHouse(t, library)
	front := httptest.NewUnstartedServer(wantPassword(plain))
	front.TLS, front.Config.ErrorLog = config, zap.NewStdLog(zap.NewNop())
	front.StartTLS()
	t.Cleanup(front.Close)

	g := &guarded{plain: plain, front: front.Listener.Addr().String()}
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	authorities := file("ca.pem", string(ca))
	g.environ = append(os.Environ(),
		"SSL_CERT_FILE="+authorities, "FRICTION_KAFKA_TLS_CA_FILE="+authorities, "FRICTION_KAFKA_TLS_ENABLED=true", "FRICTION_KAFKA_BROKERS="+broker.ListenAddrs()[0],
		"FRICTION_KAFKA_SASL_MECHANISM=scram-sha-512", "FRICTION_KAFKA_SASL_USERNAME=worker", "FRICTION_KAFKA_SASL_PASSWORD_FILE="+file("password", kafkaSecret),
		"FRICTION_KAFKA_CHECKPOINTS_REPLICATION=1", "FRICTION_HTTP_ADDR=127.0.0.1:0", "FRICTION_LOG_LEVEL=debug",
		"FRICTION_CLICKHOUSE_DSN_FILE="+file("dsn", g.dsn("writer", clickHouseSecret)))
	return g
}

func (g *guarded) dsn(user, password string) string {
	return "https://" + user + ":" + password + "@" + g.front
}

// wantPassword stands before a ClickHouse with one user, whose URL is plain, and has a user of its own.
func wantPassword(plain string) http.Handler {
	server, err := url.Parse(plain)
	if err != nil {
		panic(err)
	}
	token, _ := server.User.Password()
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server.Host})
		r.Out.Host = server.Host
		r.Out.Header.Del("Authorization")
		r.Out.Header.Set("X-ClickHouse-Key", token)
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if h := r.Header.Get("X-ClickHouse-User"); h != "" {
			user, password = h, r.Header.Get("X-ClickHouse-Key")
		}
		if user != "writer" || password != clickHouseSecret {
			w.Header().Set("X-ClickHouse-Exception-Code", "516")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "Code: 516. DB::Exception: %s: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)", user)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// run runs the program with an environment to its end.
func (g *guarded) run(t *testing.T, stdin string, more []string, args ...string) (text string, err error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary(t), args...)
	c.Env, c.Stdin = append(append([]string{}, g.environ...), more...), strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	keepsSecrets(t, strings.Join(args, " "), string(out))
	return string(out), err
}

func keepsSecrets(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{kafkaSecret, clickHouseSecret, "wrong-hunter2", "hunter2"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s tells a secret:\n%s", what, text)
			return
		}
	}
}

// locked is a buffer for two goroutines.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *locked) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// Over TLS, with SCRAM to Kafka and a password to ClickHouse, all from files: events go in, rows come out, what is
// rejected becomes a dead letter; and nothing that the program says holds a secret.
func TestEverythingOverTLSWithPasswords(t *testing.T) {
	g := guard(t)
	for _, args := range [][]string{{"migrate", "up"}, {"check"}, {"migrate", "verify"}} {
		if out, err := g.run(t, "", nil, args...); err != nil {
			t.Fatalf("friction %v: %v\n%s", args, err, out)
		}
	}
	now := time.Now().UnixMilli()
	events := fmt.Sprintf("{\"time\":%d,\"user\":\"u\",\"type\":\"page_view\",\"page\":\"/a\"}\nnot json\n", now)
	if out, err := g.run(t, events, nil, "produce", "--topic", "clickstream", "-"); err != nil {
		t.Fatalf("produce: %v\n%s", err, out)
	}
	said := &locked{}
	c := exec.CommandContext(t.Context(), binary(t), "run", "--set", "worker.idle_timeout=2s", "--set", "worker.when_idle=close")
	c.Env, c.Stdout, c.Stderr = g.environ, said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if t.Failed() {
			t.Log(said.String())
		}
	}()
	for _, question := range []string{"SELECT count() FROM friction.sessions", "SELECT count() FROM friction.rejected_events"} {
		await.True(t, 3*time.Minute, question+" is 1", func() bool { return g.ask(question) == "1\n" })
	}
	_, rest, _ := strings.Cut(said.String(), `"addr":"`)
	addr, _, _ := strings.Cut(rest, `"`)
	for _, path := range []string{"/metrics", "/readyz?verbose", "/livez"} {
		r, err := http.Get(addr + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", path, r.Status, text)
		}
		keepsSecrets(t, path, string(text))
	}
	_ = c.Process.Signal(os.Interrupt)
	if err := c.Wait(); err != nil {
		t.Errorf("run: %v\n%s", err, said.String())
	}
	keepsSecrets(t, "run", said.String())
	if out, err := g.run(t, "", nil, "dlq", "list"); err != nil || !strings.Contains(out, "malformed") && !strings.Contains(out, "null_key") {
		t.Errorf("dlq list: %v\n%s", err, out)
	}
}

// Who does not know a password, or trusts nobody who vouches for the certificate, is not let in and is told why.
func TestNobodyElseIsLetIn(t *testing.T) {
	g := guard(t)
	f := func(name, want string, environ []string, args ...string) {
		t.Helper()
		out, err := g.run(t, "", environ, args...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, want %q in\n%s", name, err, want, out)
		}
	}
	without := func(prefix string) {
		kept := g.environ[:0:0]
		for _, e := range g.environ {
			if !strings.HasPrefix(e, prefix) {
				kept = append(kept, e)
			}
		}
		g.environ = kept
	}
	all := g.environ
	without("FRICTION_CLICKHOUSE_DSN_FILE=")
	f("wrong password", "check user and password in clickhouse.dsn", []string{"FRICTION_CLICKHOUSE_DSN=" + g.dsn("writer", "wrong-hunter2")}, "migrate", "status")
	f("no TLS", "https://", []string{"FRICTION_CLICKHOUSE_DSN=http://writer:" + clickHouseSecret + "@" + g.front}, "migrate", "status", "--wait", "3s")
	g.environ = all
	f("unknown authority of ClickHouse", "certificate", []string{"SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/nonexistent"}, "migrate", "status", "--wait", "3s")
	without("FRICTION_KAFKA_TLS_CA_FILE=")
	f("unknown authority of Kafka", "certificate", []string{"SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/nonexistent"}, "dlq", "list")
}

// ask asks ClickHouse itself.
func (g *guarded) ask(question string) string {
	r, err := http.Post(g.plain, "text/plain", strings.NewReader(question))
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return string(text)
}
