package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"friction/pipeline/pipetest/await"
)

// demoIncident is a time in which the demo's step was truly broken.
type demoIncident struct {
	Journey string    `json:"journey"`
	Step    string    `json:"step"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
}

// storedAlert is a row of the view alerts.
type storedAlert struct {
	Rule       string
	State      string
	Journey    string
	Step       string
	RaisedAt   time.Time
	ResolvedAt time.Time // zero while it is open
}

// storedAlerts reads the view alerts, the oldest first.
func storedAlerts(t *testing.T, addr string) (all []storedAlert) {
	t.Helper()
	const millis = "toUnixTimestamp64Milli(%s)"
	rows := ask(t, addr, "SELECT rule, state, journey, step, "+fmt.Sprintf(millis, "raised_at")+", ifNull("+fmt.Sprintf(millis, "resolved_at")+
		", 0) FROM friction.alerts ORDER BY raised_at FORMAT JSONCompactStringsEachRow")
	for line := range strings.Lines(rows) {
		var r [6]string
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		raised, err1 := strconv.ParseInt(r[4], 10, 64)
		resolved, err2 := strconv.ParseInt(r[5], 10, 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("times of %s", line)
		}
		a := storedAlert{Rule: r[0], State: r[1], Journey: r[2], Step: r[3], RaisedAt: time.UnixMilli(raised)}
		if resolved > 0 {
			a.ResolvedAt = time.UnixMilli(resolved)
		}
		all = append(all, a)
	}
	return all
}

// addr is where the demo's ClickHouse answers, once it has said so.
func (d *demoRun) addr(t *testing.T, limit time.Duration) string {
	t.Helper()
	d.says(t, "live for", limit)
	_, rest, _ := strings.Cut(d.errs.String(), "ClickHouse  http://")
	addr, _, _ := strings.Cut(rest, ",")
	return addr
}

// incidentIsFound waits until the demo's alerter has raised its one alert, at the payment step: there was a minute and a half
// of the incident. A dry run of friction alert knows of it, too.
func incidentIsFound(t *testing.T, addr string) {
	t.Helper()
	var all []storedAlert
	await.True(t, 5*time.Minute, "an alert is raised", func() bool { all = storedAlerts(t, addr); return len(all) > 0 })
	if a := all[0]; len(all) != 1 || a.Rule != "friction" || a.Journey != "checkout" || a.Step != "payment" {
		t.Errorf("the alerts are %+v", all)
	}
	code, out, errs := call(t, "alert", "--dry-run", "--clickhouse", "http://"+addr)
	still := storedAlerts(t, addr)[0].ResolvedAt.IsZero()
	if code != exitOK || still && !strings.Contains(out, "checkout/payment (shop) hurts") {
		t.Errorf("a dry run: exit %d: %s%s", code, out, errs)
	}
}

// make demo-check: every incident raises exactly one alert, within three minutes of its start in event time, and resolves it
// after its end; where nothing breaks nothing is raised. It takes half an hour.
func TestDemoAlertsOfEveryIncident(t *testing.T) {
	if os.Getenv("FRICTION_DEMO_CHECK") == "" {
		t.Skip("it takes half an hour; run with make demo-check")
	}
	needsEngine(t)
	for _, c := range []struct {
		incident string
		seed     int
		times    int           // how often it breaks while the demo runs
		lasts    time.Duration // of live traffic, where nothing breaks
	}{
		{"checkout/payment", 1, 2, 0},
		{"sign-up/verify", 2, 1, 0},
		{"checkout/address", 5, 1, 0},
		{"none", 3, 0, 12 * time.Minute},
	} {
		t.Run(fmt.Sprintf("%s %d", strings.ReplaceAll(c.incident, "/", " "), c.seed), func(t *testing.T) {
			t.Parallel() // live traffic is little work
			d := startDemo(t, "--json", "--dir", filepath.Join(t.TempDir(), "demo"), "--clickhouse-addr", "127.0.0.1:0", "--incident", c.incident, "--seed", strconv.Itoa(c.seed))
			addr := d.addr(t, 10*time.Minute)
			all := watchAlerts(t, addr, c.times, c.lasts)
			if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			d.end(t, 2*time.Minute)
			s := d.summary(t)
			if len(all) != c.times || len(s.Incidents) != c.times || len(s.Alerts) != c.times {
				t.Fatalf("%d incidents %+v, alerts %+v, in the summary %+v", len(s.Incidents), s.Incidents, all, s.Alerts)
			}
			for k, a := range all {
				a.isOf(t, s.Incidents[k])
			}
		})
	}
}

// watchAlerts reads the alerts until so many are resolved and, for as long, no other has come: lasts, at least a minute.
func watchAlerts(t *testing.T, addr string, times int, lasts time.Duration) []storedAlert {
	t.Helper()
	began := time.Now()
	resolved := func(a storedAlert) bool { return !a.ResolvedAt.IsZero() }
	var all []storedAlert
	await.True(t, 40*time.Minute, "the alerts are resolved", func() bool {
		all = storedAlerts(t, addr)
		return len(all) > times || len(slices.DeleteFunc(slices.Clone(all), resolved)) == 0 && len(all) == times && time.Since(began) > lasts
	})
	return all
}

// isOf checks an alert that is over against the incident it is to be of.
func (a storedAlert) isOf(t *testing.T, i demoIncident) {
	t.Helper()
	delay, after := a.RaisedAt.Sub(i.From), a.ResolvedAt.Sub(i.To)
	t.Logf("%s/%s: raised %v after it broke, resolved %v after it was repaired", i.Journey, i.Step, delay.Round(time.Second), after.Round(time.Second))
	if a.Rule != "friction" || a.State != "resolved" || a.Journey != i.Journey || a.Step != i.Step || delay < 0 || delay > 3*time.Minute || after < 0 {
		t.Errorf("%+v of %+v", a, i)
	}
}
