package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"friction/pipeline/pipetest/await"
	"friction/pipeline/pipetest/testcluster"
)

// hooks counts the changes that a webhook was told, by idempotency key and status.
type hooks struct {
	mu   sync.Mutex
	told map[string]int
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ Status string }
	b, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(b, &m) != nil {
		http.Error(w, "what?", http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told[m.Status+" "+r.Header.Get("Idempotency-Key")]++
}

func (h *hooks) counts() (firing, resolved, most int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, n := range h.told {
		if strings.HasPrefix(key, "firing") {
			firing++
		} else {
			resolved++
		}
		most = max(most, n)
	}
	return firing, resolved, most
}

// Alerters as processes over one ClickHouse: the one that works is killed, the next one is stopped in the middle of its
// work and wakes up when another has taken over. Every change is told once all the same.
func TestAlertersThatAreKilledAndStopped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it sends signals")
	}
	needsEngine(t)
	var server testcluster.Server
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	d := server.Database(t)
	h := &hooks{told: map[string]int{}}
	hook := httptest.NewServer(h)
	t.Cleanup(hook.Close)
	start := func() *exec.Cmd {
		c := exec.Command(binary(t), "alert", "--clickhouse", d.DSN, "--set", "clickhouse.database="+d.Name, "--set", "http.addr=", "--set", "alert.every=200ms",
			"--set", "alert.lease.ttl=6s", "--set", "alert.lease.grace=2s", "--set", "alert.watermark_behind=12h", "--set", "alert.receivers.webhook.url="+hook.URL)
		c.Stderr = t.Output()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
		return c
	}
	until := func(what, sql string) {
		t.Helper()
		await.True(t, 2*time.Minute, what, func() bool { return d.Ask(sql)[0] == "1" })
	}
	terms := func(n string) string { return "SELECT uniqExact(holder) >= " + n + " FROM db.alert_leases_log" }

	now := d.Minutes(time.Now().UTC().Truncate(time.Minute).Add(-12*time.Hour), 12*60-60, "if(intDiv(number, 2) % 3 = 0, 1, 0)")
	first := start()
	until("at work", terms("1"))
	now = d.Minutes(now, 4, "7")
	until("raised", "SELECT count() = 1 FROM db.alerts WHERE state = 'raised'")
	if err := first.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := start()
	until("taken over", terms("2"))
	until("told", "SELECT count() = 1 FROM db.alert_changes WHERE notice = 'sent'")
	if err := second.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	third := start()
	until("taken over again", terms("3"))
	now = d.Minutes(now, 15, "0")
	until("resolved", "SELECT count() = 1 FROM db.alerts WHERE state = 'resolved'")
	if err := second.Process.Signal(syscall.SIGCONT); err != nil { // it must find that it has lost the lease
		t.Fatal(err)
	}
	d.Minutes(now, 6, "8") // and leave this to the third
	until("raised again", "SELECT count() = 2 FROM db.alerts")
	until("all told", "SELECT count() = 3 FROM db.alert_changes WHERE notice = 'sent'")
	if firing, resolved, most := h.counts(); firing != 2 || resolved != 1 || most != 1 {
		t.Errorf("told %v", h.told)
	}
	if n := d.Ask("SELECT uniqExact(holder) FROM db.alert_changes_log WHERE seq = 1 OR state = 'resolved'"); n[0] != "2" {
		t.Errorf("changes were written by %v alerters, want the first and the third", n)
	}
	for _, c := range []*exec.Cmd{second, third} {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil {
			t.Errorf("an alerter that is told to stop: %v", err)
		}
	}
}

// With --dry-run nothing is written and nobody told; with --once the alert is raised and told, once; a later one resolves it.
func TestAlertJudgesOnce(t *testing.T) {
	d := tables.Database(t)
	h := &hooks{told: map[string]int{}}
	hook := httptest.NewServer(h)
	t.Cleanup(hook.Close)
	now := d.Minutes(time.Now().UTC().Truncate(time.Minute).Add(-13*time.Hour), 12*60, "if(intDiv(number, 2) % 3 = 0, 1, 0)")
	judge := func(args ...string) string {
		t.Helper()
		code, out, errs := call(t, append([]string{
			"alert", "--clickhouse", d.DSN, "--set", "clickhouse.database=" + d.Name, "--set", "alert.every=50ms", "--set", "alert.lease.grace=1s",
			"--set", "alert.lease.ttl=1m", "--set", "alert.watermark_behind=12h", "--set", "alert.receivers.webhook.url=" + hook.URL,
		}, args...)...)
		if code != exitOK {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		return out
	}
	told := func(firing, resolved int) {
		t.Helper()
		if f, r, most := h.counts(); f != firing || r != resolved || most > 1 {
			t.Errorf("told %v", h.told)
		}
	}
	if out := judge("--once"); out != "no change; 0 alerts are open\n" {
		t.Errorf("a calm day: %s", out)
	}
	now = d.Minutes(now, 4, "7")
	if out := judge("--dry-run"); !strings.HasPrefix(out, "raised ") || !strings.Contains(out, "\nopen ") || strings.Count(out, "checkout/payment (shop) hurts") != 2 {
		t.Errorf("a dry run: %s", out)
	}
	if n := d.Ask("SELECT count() FROM db.alert_changes_log"); n[0] != "0" {
		t.Errorf("a dry run wrote %v changes", n)
	}
	told(0, 0)
	var raised struct{ State, Journey, Step string }
	if out := judge("--once", "--json"); json.Unmarshal([]byte(out), &raised) != nil || raised.State != "raised" || raised.Journey != "checkout" || raised.Step != "payment" {
		t.Errorf("raised: %s", out)
	}
	told(1, 0)
	if out := judge("--once"); !strings.HasPrefix(out, "no change; 1 alerts are open\nopen ") {
		t.Errorf("again: %s", out)
	}
	d.Minutes(now, 15, "0")
	if out := judge("--once"); !strings.HasPrefix(out, "resolved ") || strings.Contains(out, "open") {
		t.Errorf("resolved: %s", out)
	}
	told(1, 1)
	if rows := d.Ask("SELECT rule, state, journey, step FROM db.alerts"); len(rows) != 1 || rows[0] != "friction\tresolved\tcheckout\tpayment" {
		t.Errorf("the view says %q", rows)
	}
}

func TestAlertRefusesWhatCannotBe(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"alert", "--once", "--dry-run"}, world{stdout: &out, stderr: &errs}); code != exitUsage || !strings.Contains(errs.String(), "exclude each other") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}
