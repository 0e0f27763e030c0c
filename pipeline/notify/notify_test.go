package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/uuid"
)

// asked is what a receiver got.
type asked struct {
	path   string
	header http.Header
	body   map[string]any // the only object, where an array of one came
	all    []map[string]any
}

// listener answers with a status and keeps what it got.
func listener(t *testing.T, status int, answer string) (url string, got *[]asked) {
	got = &[]asked{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", r.Method, r.Header.Get("Content-Type"), err)
		}
		a := asked{path: r.URL.Path, header: r.Header}
		if strings.HasPrefix(string(b), "[") {
			err = json.Unmarshal(b, &a.all)
			a.body = a.all[0]
		} else {
			err = json.Unmarshal(b, &a.body)
		}
		if err != nil {
			t.Errorf("%v: %s", err, b)
		}
		*got = append(*got, a)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

// at walks into decoded JSON.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch key := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v is no object, asked for %v", v, path)
			}
			v = m[key]
		case int:
			l, ok := v.([]any)
			if !ok || len(l) <= key {
				t.Fatalf("%v has no %d, asked for %v", v, key, path)
			}
			v = l[key]
		}
	}
	return v
}

// noticeOf is a notice of one alert, with the words it comes with.
func noticeOf(state State) Notice {
	n := Notice{
		ID: uuid.MustParse("0f3c1c3e-0d57-5d53-8d3c-5f8b2d3f6f10"), Name: "FrictionStepHurts", State: state, Severity: Critical,
		App: "shop", Journey: "checkout", Step: "payment", Dimension: "os", Value: "iOS",
		Metric: "score", Observed: 33.3, Expected: 1.23, Visits: 98, Since: noon,
		Message: Message{
			Title:     "checkout/payment (shop) hurts: score 33, 1.2 is usual",
			Lines:     []string{"Since 2026-08-20 12:00 UTC: 98 visits, 60 of them hurt.", "Mostly where os is iOS: 92 % of the harm, 30 % of the visits."},
			Dashboard: "http://localhost:3000/d/friction-step?var-app=shop&var-journey=checkout&var-step=payment",
			Sessions:  []string{"friction session s<1>", "friction session s2", "friction session s3"},
		},
	}
	seq := 1
	if state == Resolved {
		n.ResolvedAt, n.Sessions, seq = noon.Add(20*time.Minute), nil, 2
	}
	n.Key = fmt.Sprintf("%s/%d", n.ID, seq)
	return n
}

var noon = time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)

func only(t *testing.T, c Config) Notifier {
	t.Helper()
	c.Timeout = 5 * time.Second
	all := c.Notifiers()
	if len(all) != 1 {
		t.Fatalf("%d receivers", len(all))
	}
	return all[0]
}

// The contract of PagerDuty's Events API v2: routing_key, event_action, dedup_key; a payload with summary, source and a
// severity of critical, error, warning or info on trigger.
func TestPagerDutyContract(t *testing.T) {
	url, got := listener(t, http.StatusAccepted, `{"status":"success"}`)
	n := only(t, Config{PagerDuty: PagerDutyConfig{URL: url + "/v2/enqueue", RoutingKey: "k3y"}})
	for _, state := range []State{Raised, Updated, Resolved} {
		if err := n.Notify(t.Context(), noticeOf(state)); err != nil {
			t.Fatal(err)
		}
	}
	id := noticeOf(Raised).ID.String()
	for i, action := range []string{"trigger", "trigger", "resolve"} {
		b := (*got)[i].body
		if at(t, b, "routing_key") != "k3y" || at(t, b, "event_action") != action || at(t, b, "dedup_key") != id || (*got)[i].path != "/v2/enqueue" {
			t.Errorf("%s: %v", action, b)
		}
	}
	b := (*got)[0].body
	if at(t, b, "payload", "summary") != "checkout/payment (shop) hurts: score 33, 1.2 is usual" || at(t, b, "payload", "source") != "shop" ||
		at(t, b, "payload", "severity") != "critical" || at(t, b, "payload", "timestamp") != "2026-08-20T12:00:00Z" ||
		at(t, b, "payload", "component") != "payment" || !strings.Contains(fmt.Sprint(at(t, b, "links", 0, "href")), "/d/friction-step?var-app=shop") {
		t.Errorf("got %v", b)
	}
}

// Alertmanager's POST /api/v2/alerts: an array of alerts with labels (alertname among them), annotations, startsAt, endsAt.
func TestAlertmanagerContract(t *testing.T) {
	url, got := listener(t, http.StatusOK, "")
	c := DefaultConfig()
	c.Alertmanager.URL = url + "/"
	n := only(t, c)
	before := time.Now()
	for _, state := range []State{Raised, Resolved} {
		if err := n.Notify(t.Context(), noticeOf(state)); err != nil {
			t.Fatal(err)
		}
	}
	raised, resolved := (*got)[0], (*got)[1]
	if raised.path != "/api/v2/alerts" || len(raised.all) != 1 {
		t.Errorf("%s: %d alerts", raised.path, len(raised.all))
	}
	l := at(t, raised.body, "labels")
	if at(t, l, "alertname") != "FrictionStepHurts" || at(t, l, "severity") != "critical" || at(t, l, "step") != "payment" || at(t, l, "value") != "iOS" ||
		at(t, raised.body, "startsAt") != "2026-08-20T12:00:00Z" || at(t, raised.body, "annotations", "summary") == "" {
		t.Errorf("got %v", raised.body)
	}
	ends := func(b map[string]any) time.Time {
		v, err := time.Parse(time.RFC3339Nano, fmt.Sprint(at(t, b, "endsAt")))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if e := ends(raised.body); e.Before(before.Add(c.Alertmanager.ExpireAfter)) {
		t.Errorf("it would be over by itself at %v", e)
	}
	if e := ends(resolved.body); e.After(time.Now()) || fmt.Sprint(at(t, resolved.body, "labels")) != fmt.Sprint(l) {
		t.Errorf("resolved at %v: %v", e, resolved.body)
	}
	if w := resolved.all[1]; at(t, w, "labels", "severity") != "warning" || ends(w).After(time.Now()) {
		t.Errorf("what may have been raised as a warning goes on: %v", w)
	}
	for name, value := range l.(map[string]any) {
		if value == "" {
			t.Errorf("label %s is empty, which is refused", name)
		}
	}
}

// The webhook gets what Alertmanager's webhooks get, version 4.
func TestWebhookContract(t *testing.T) {
	url, got := listener(t, http.StatusNoContent, "")
	n := only(t, Config{Webhook: WebhookConfig{URL: url, Token: "t0ken"}})
	for _, state := range []State{Raised, Resolved} {
		if err := n.Notify(t.Context(), noticeOf(state)); err != nil {
			t.Fatal(err)
		}
	}
	for i, status := range []string{"firing", "resolved"} {
		b := (*got)[i].body
		for _, key := range []string{"version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels", "commonAnnotations", "externalURL", "alerts"} {
			if _, there := b[key]; !there {
				t.Errorf("%s is missing", key)
			}
		}
		for _, key := range []string{"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"} {
			if _, there := at(t, b, "alerts", 0).(map[string]any)[key]; !there {
				t.Errorf("%s of the alert is missing", key)
			}
		}
		if at(t, b, "version") != "4" || at(t, b, "status") != status || at(t, b, "alerts", 0, "status") != status {
			t.Errorf("got %v", b)
		}
		if key := (*got)[i].header.Get("Idempotency-Key"); key != fmt.Sprintf("%s/%d", noticeOf(Raised).ID, i+1) || (*got)[i].header.Get("Authorization") != "Bearer t0ken" {
			t.Errorf("headers %v", (*got)[i].header)
		}
	}
	if at(t, (*got)[0].body, "alerts", 0, "endsAt") != "0001-01-01T00:00:00Z" || at(t, (*got)[1].body, "alerts", 0, "endsAt") != "2026-08-20T12:20:00Z" {
		t.Errorf("ends at %v and %v", at(t, (*got)[0].body, "alerts", 0, "endsAt"), at(t, (*got)[1].body, "alerts", 0, "endsAt"))
	}
}

// Slack's incoming webhooks take text and blocks, of at most 3000 characters, with & < > escaped.
func TestSlackContract(t *testing.T) {
	url, got := listener(t, http.StatusOK, "ok")
	n := only(t, Config{Slack: SlackConfig{URL: url}})
	again := noticeOf(Raised)
	again.Again = true
	long := noticeOf(Raised)
	long.Lines = []string{strings.Repeat("ä", 5000)}
	for _, notice := range []Notice{noticeOf(Raised), again, noticeOf(Resolved), long} {
		if err := n.Notify(t.Context(), notice); err != nil {
			t.Fatal(err)
		}
	}
	text := func(i int) string { return fmt.Sprint(at(t, (*got)[i].body, "blocks", 0, "text", "text")) }
	for _, want := range []string{
		"*checkout/payment (shop) hurts: score 33, 1.2 is usual*", "Since 2026-08-20 12:00 UTC: 98 visits, 60 of them hurt.",
		"Mostly where os is iOS: 92 % of the harm, 30 % of the visits.", "&amp;var-journey=checkout&amp;", "|Dashboard>",
		"`friction session s&lt;1&gt;`", "`friction session s3`",
	} {
		if !strings.Contains(text(0), want) {
			t.Errorf("%q is not in\n%s", want, text(0))
		}
	}
	if at(t, (*got)[0].body, "blocks", 0, "type") != "section" || at(t, (*got)[0].body, "blocks", 0, "text", "type") != "mrkdwn" || at(t, (*got)[0].body, "text") == "" {
		t.Errorf("got %v", (*got)[0].body)
	}
	if strings.Contains(text(0), "may have been sent before") || !strings.Contains(text(1), "may have been sent before") {
		t.Error("a message that may be a repetition says so, and no other")
	}
	if !strings.HasPrefix(text(2), ":white_check_mark:") || strings.Contains(text(2), "friction session") {
		t.Errorf("resolved: %s", text(2))
	}
	if len([]rune(text(3))) > 3000 {
		t.Errorf("%d characters", len([]rune(text(3))))
	}
}

// What may pass is tried again, what will not is not; neither shows the address.
func TestFailuresOfReceivers(t *testing.T) {
	for status, lasting := range map[int]bool{400: true, 401: true, 404: true, 408: false, 429: false, 500: false, 503: false} {
		url, _ := listener(t, status, "no")
		err := only(t, Config{Slack: SlackConfig{URL: url + "/services/s3cret"}}).Notify(t.Context(), noticeOf(Raised))
		if err == nil || Refused(err) != lasting || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%d: %v", status, err)
		}
		var wait *backoff.RetryAfterError
		if !lasting && !errors.As(err, &wait) || wait != nil && wait.Duration != 2*time.Second {
			t.Errorf("%d: when to try again is not taken from the answer: %v", status, err)
		}
	}
	err := only(t, Config{Slack: SlackConfig{URL: "http://127.0.0.1:1/services/s3cret"}}).Notify(t.Context(), noticeOf(Raised))
	if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "127.0.0.1:1/") {
		t.Errorf("nobody listens: %v", err)
	}
}
