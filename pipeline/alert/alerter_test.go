package alert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"friction/pipeline/alert"
	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/await"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/query"
	"friction/pipeline/sink"
)

// server is the one ClickHouse of this package's tests.
var server testcluster.Server

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// fixture is a database in which time goes on as the test says.
type fixture struct {
	t    *testing.T
	d    *testcluster.Database
	now  time.Time // up to when panes are written
	told *receiver
}

// receiver is a webhook that may fail.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	fail  int // so many requests from now on
	lose  int // of so many requests the answer is lost, though they arrive
	got   []hook
	tries int
}

type hook struct {
	Key    string
	Status string
	Title  string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tries++
		if r.fail > 0 {
			r.fail--
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		var m struct {
			Status            string            `json:"status"`
			CommonAnnotations map[string]string `json:"commonAnnotations"`
		}
		b, err := io.ReadAll(q.Body)
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			t.Error(err)
		}
		r.got = append(r.got, hook{q.Header.Get("Idempotency-Key"), m.Status, m.CommonAnnotations["summary"]})
		if r.lose > 0 {
			r.lose--
			http.Error(w, "who knows", http.StatusBadGateway)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// hooks are what has arrived, each key once.
func (r *receiver) hooks() (all []hook) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.got {
		if !slices.ContainsFunc(all, func(o hook) bool { return o.Key == h.Key }) {
			all = append(all, h)
		}
	}
	return all
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

// newFixture has half a day of a calm shop.
func newFixture(t *testing.T) *fixture {
	s := &fixture{t: t, d: server.Database(t), told: newReceiver(t)}
	s.now = time.Now().UTC().Truncate(time.Minute).Add(-12 * time.Hour)
	s.pass(12*60-20, "if(intDiv(number, 2) % 3 = 0, 1, 0)")
	return s
}

func (s *fixture) sql(text string) string {
	s.t.Helper()
	return strings.Join(s.d.Ask(text), "\n")
}

// pass writes minutes.
func (s *fixture) pass(minutes int, hurt string) {
	s.t.Helper()
	s.now = s.d.Minutes(s.now, minutes, hurt)
}

func (s *fixture) config() alert.Config {
	c := alert.DefaultConfig()
	c.Every, c.WatermarkBehind = 20*time.Millisecond, 12*time.Hour
	c.Lease.TTL, c.Lease.Grace = time.Minute, time.Second // no slow answer costs the lease; who is stopped gives it up
	c.Receivers.Webhook.URL = s.told.URL
	return c
}

// alerter starts one; what it returns stops it and waits.
func (s *fixture) alerter(name string) (stop func()) {
	s.t.Helper()
	reader, err := query.Open(query.Config{DSN: s.d.DSN, Database: s.d.Name})
	if err != nil {
		s.t.Fatal(err)
	}
	c := sink.DefaultConfig()
	c.DSN, c.Database = s.d.DSN, s.d.Name
	tables, err := sink.Open(c, nil, sink.Observer{})
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := alert.New(alert.Options{Config: s.config(), Slide: time.Minute, Holder: name, Reader: reader, Tables: tables, Log: zaptest.NewLogger(s.t)})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				s.t.Error(err)
			}
			_, _ = reader.Close(), tables.Close()
		})
	}
	s.t.Cleanup(stop)
	return stop
}

// until waits for something to become true.
func (s *fixture) until(what string, is func() bool) {
	s.t.Helper()
	await.True(s.t, 5*time.Minute, what, is)
}

// evaluated waits until the alerter has evaluated all there is: what it saw of payment four minutes ago is written then.
func (s *fixture) evaluated() {
	s.t.Helper()
	s.until("evaluated", func() bool {
		return s.sql(fmt.Sprintf("SELECT max(pane_start) >= fromUnixTimestamp64Milli(%d, 'UTC') FROM db.alert_seen_log", s.now.Add(-4*time.Minute).UnixMilli())) == "1"
	})
}

// An alert is raised once, sent once though the receiver fails and alerters come and go, and resolved once.
func TestAlertIsSentOnceThroughRestarts(t *testing.T) {
	s := newFixture(t)
	stop := s.alerter("one")
	s.evaluated()
	if n := s.told.count(); n > 0 {
		t.Fatalf("a calm day: %+v", s.told.hooks())
	}
	s.told.mu.Lock()
	s.told.fail, s.told.lose = 2, 1
	s.told.mu.Unlock()
	s.pass(3, "7")
	s.until("raised", func() bool { return len(s.told.hooks()) == 1 })
	s.until("acknowledged", func() bool {
		return s.sql("SELECT count() FROM db.alert_changes WHERE receiver = 'webhook' AND notice = 'sent'") == "1"
	})
	stop()
	s.pass(2, "7")
	stop = s.alerter("two")
	s.evaluated()
	stop()
	if h := s.told.hooks(); len(h) != 1 || h[0].Status != "firing" || !strings.Contains(h[0].Title, "checkout/payment (shop) hurts: score") {
		t.Errorf("told %+v", h)
	}
	if n := s.told.count(); n != 2 {
		t.Errorf("told %d times; once, and once more because the first answer was lost, under the same key: %+v", n, s.told.got)
	}
	s.alerter("three")
	s.pass(12, "0")
	s.until("resolved", func() bool { return len(s.told.hooks()) == 2 })
	s.evaluated()
	h := s.told.hooks()
	if len(h) != 2 || h[1].Status != "resolved" || strings.Split(h[0].Key, "/")[0] != strings.Split(h[1].Key, "/")[0] {
		t.Errorf("told %+v", h)
	}
	row := s.sql("SELECT rule, state, severity, app, journey, step, metric, resolved_at IS NOT NULL, count() OVER (), visits > 0, observed > 5 * expected FROM db.alerts")
	if row != "friction\tresolved\tcritical\tshop\tcheckout\tpayment\tscore\t1\t1\t1\t1" {
		t.Errorf("the view says %q", row)
	}
}

// Two alerters at once: only one works, and when it stops the other goes on.
func TestSecondAlerterStandsBy(t *testing.T) {
	s := newFixture(t)
	stop := s.alerter("one")
	s.evaluated()
	s.alerter("two")
	s.pass(3, "7")
	s.until("raised", func() bool { return len(s.told.hooks()) == 1 })
	if who := s.sql("SELECT DISTINCT holder FROM db.alert_changes_log"); who != "one" {
		t.Errorf("raised by %q", who)
	}
	stop()
	s.pass(12, "0")
	s.until("resolved", func() bool { return len(s.told.hooks()) == 2 })
	if who := s.sql("SELECT holder FROM db.alert_changes_log WHERE state = 'resolved'"); who != "two" {
		t.Errorf("resolved by %q", who)
	}
	if n := s.told.count(); n != 2 {
		t.Errorf("told %d times: %+v", n, s.told.got)
	}
}
