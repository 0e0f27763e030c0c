package alert

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)

// What a message says of a trouble that most of one platform meets, while it lasts and when it is over.
func TestMessage(t *testing.T) {
	a := Alert{
		Rule: Friction, State: Raised, Severity: Critical, Series: Series{StepName{"shop", "checkout", "payment"}, "os", "iOS"}, Explains: .92, Among: .3,
		Metric: Score, Observed: 33.3, Expected: 1.23, Visits: 98, Hurt: 60, Seq: 1, Since: noon, RaisedAt: noon.Add(2 * time.Minute), UpdatedAt: noon.Add(2 * time.Minute),
	}
	a.identify()
	n := noticeOf(DefaultLinksConfig(), &a, []string{"s1", "s2"})
	if n.Title != "checkout/payment (shop) hurts: score 33, 1.2 is usual" || n.Name != "FrictionStepHurts" || n.Key != a.ID.String()+"/1" ||
		!strings.Contains(n.Dashboard, "/d/friction-step?var-app=shop&var-journey=checkout&") {
		t.Errorf("got %+v", n)
	}
	lines := []string{"Since 2026-08-20 12:00 UTC: 98 visits, 60 of them hurt.", "Mostly where os is iOS: 92 % of the harm, 30 % of the visits."}
	if !slices.Equal(n.Lines, lines) || !slices.Equal(n.Sessions, []string{"friction session s1", "friction session s2"}) {
		t.Errorf("got %q and %q", n.Lines, n.Sessions)
	}
	a.State, a.ResolvedAt = Resolved, noon.Add(20*time.Minute)
	n = noticeOf(DefaultLinksConfig(), &a, []string{"s1"})
	if n.Lines[0] != "From 2026-08-20 12:00 UTC to 2026-08-20 12:20 UTC, 20m0s: 98 visits, 60 of them hurt." || n.Sessions != nil {
		t.Errorf("resolved: %q, %q", n.Lines, n.Sessions)
	}
}

func TestTitles(t *testing.T) {
	a := Alert{Rule: Friction, Metric: Lost, Series: Series{StepName: StepName{"", "checkout", "address"}}, Observed: 57.1, Expected: 9.9}
	f := func(want string) {
		t.Helper()
		if got := title(&a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("checkout/address loses people: 57 % stall or leave, 9.9 % is usual")
	a.Rule, a.Visits, a.Expected = Unreached, 1, 44.4
	f("nobody reaches checkout/address: 1 visit where about 44 are usual")
	a.Rule, a.Visits = Absence, 0
	f("no visits of app (without a name): 0 visits where about 44 are usual")
	a.Rule, a.Step, a.Observed, a.State = Watermark, "friction", 301.4, Resolved
	f("Resolved: data of group friction stands still: 5m1s behind the clock")
}

func TestLinksAreChecked(t *testing.T) {
	for text, ok := range map[string]bool{"": true, "https://h/{app}/{from}": true, "friction session {session}": true, "https://h/{page}": false, "{app": false} {
		c := DefaultConfig()
		c.Links.Dashboard = text
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	a := Alert{Series: Series{StepName: StepName{"my shop", "a&b", "x"}}, Since: noon, UpdatedAt: noon}
	if got := fill("https://h/?a={app}&j={journey}&from={from}", &a, ""); got != "https://h/?a=my+shop&j=a%26b&from=1787225400000" {
		t.Errorf("got %s", got)
	}
	for app, want := range map[string]string{"shop": "friction session 7 --app shop", "$(id)": "friction session 7 --app '$(id)'", "'; id #": `friction session 7 --app ''\''; id #'`} {
		a.App = app
		if got := fill("friction session {session} --app {app}", &a, "7"); got != want {
			t.Errorf("%q: got %s, want %s", app, got, want)
		}
	}
}

func TestConfigNamesTheKey(t *testing.T) {
	for key, spoil := range map[string]func(*Config){
		"alert.windows":                 func(c *Config) { c.Windows = nil },
		"alert.history":                 func(c *Config) { c.History = time.Hour },
		"alert.min_ratio":               func(c *Config) { c.MinRatio = 1 },
		"alert.false_alarms":            func(c *Config) { c.FalseAlarms = 0 },
		"alert.calm":                    func(c *Config) { c.Calm = 0 },
		"alert.lease.ttl":               func(c *Config) { c.Lease.TTL = time.Second },
		"alert.receivers.slack.url":     func(c *Config) { c.Receivers.Slack.URL = "hooks/s3cret" },
		"alert.receivers.timeout":       func(c *Config) { c.Receivers.Timeout = 0 },
		"alert.receivers.give_up_after": func(c *Config) { c.Receivers.GiveUpAfter = 0 },
		"alert.links.runbook":           func(c *Config) { c.Links.Runbook = "{x}" },
	} {
		c := DefaultConfig()
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}
