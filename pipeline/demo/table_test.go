package demo

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"friction/pipeline/alert"
	"friction/pipeline/query"
	"friction/pipeline/simulate"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

var shown = time.Date(2026, 8, 20, 14, 5, 30, 0, time.UTC)

// stepWindow is a window of a step with a score and the low end of it.
func stepWindow(journey, step string, visits uint64, score, low float64) query.Window {
	return query.Window{
		StepName: query.StepName{Journey: journey, Step: step}, App: "shop", Start: shown.Add(-90 * time.Second).Truncate(time.Minute),
		Size: 5 * time.Minute, Visits: visits, Score: score, ScoreLow: &low, LowSample: visits < 30, EnoughToSay: visits >= enoughVisits,
	}
}

func usualOf(journey, step string, windows uint64, mean, sd float64) query.Usual {
	return query.Usual{StepName: query.StepName{Journey: journey, Step: step}, Windows: windows, Mean: mean, SD: sd}
}

func named(list ...query.Usual) map[query.StepName]query.Usual {
	m := map[query.StepName]query.Usual{}
	for _, u := range list {
		m[u.StepName] = u
	}
	return m
}

// badDay is a view with payment broken, confirmation hardly reached, and welcome not at all.
func badDay() *view {
	payment := stepWindow("checkout", "payment", 98, 23.456, 18.2)
	payment.Stalled, payment.Dropped = 17, 2
	payment.Signals = map[string]uint64{"retry": 41, "error_click": 30, "rage_click": 12, "drop_off": 2}
	cart := stepWindow("checkout", "cart", 12345, 1.2, .4)
	cart.Stalled, cart.Signals = 9, map[string]uint64{"dead_click": 4, "quick_back": 1, "page_loop": 100}
	return &view{
		now: shown, lasted: 125 * time.Second, perSecond: 286.4,
		totals: query.Totals{Until: shown.Add(-12 * time.Second), Lag: 1312},
		windows: []query.Window{
			cart, stepWindow("checkout", "address", 101, 2.5, 1.1), payment, stepWindow("checkout", "confirmation", 9, 0, 0),
			stepWindow("sign-up", "start", 60, .4, 0), stepWindow("sign-up", "details", 41, 4.1, 1.4), stepWindow("sign-up", "verify", 30, 0, 0),
		},
		usual:    named(usualOf("checkout", "payment", 1400, 1.04, .77), usualOf("sign-up", "details", 1400, 1, .9)),
		incident: simulate.Incident{Journey: "checkout", Step: "payment", First: shown.Add(-70 * time.Second), Lasts: 5 * time.Minute, Every: 15 * time.Minute},
		footer:   []string{"Ask ClickHouse yourself:", "  curl …"},
	}
}

// badAlert is one that was raised some time ago and is open.
func badAlert(journey, step string, ago time.Duration) alert.Alert {
	return alert.Alert{
		Rule: alert.Friction, State: alert.Raised, Severity: alert.Critical, Series: alert.Series{StepName: alert.StepName{App: "shop", Journey: journey, Step: step}},
		Metric: alert.Score, Observed: 33.3, Expected: 1.23, RaisedAt: shown.Add(-ago), Since: shown.Add(-ago - time.Minute),
	}
}

func TestTableIsDrawnAsBefore(t *testing.T) {
	calm := badDay()
	calm.windows, calm.incident = calm.windows[:2], simulate.Incident{}
	calm.usual = named(usualOf("checkout", "cart", 1400, 1, .5), usualOf("checkout", "address", 1400, 1, .9))
	empty := &view{now: shown}
	lines := badDay()
	lines.alerts = []alert.Alert{
		badAlert("sign-up", "verify", 40*time.Minute), badAlert("checkout", "payment", 15*time.Minute), badAlert("checkout", "payment", time.Minute),
	}
	lines.alerts[1].State, lines.alerts[1].ResolvedAt = alert.Resolved, shown.Add(-8*time.Minute)
	var b strings.Builder
	for _, c := range []struct {
		name  string
		view  *view
		style style
	}{
		{"a bad day, no terminal", badDay(), style{}},
		{"a bad day, wide, in colour", badDay(), style{cols: 120, colour: true}},
		{"a bad day, 112 columns", badDay(), style{cols: 112}},
		{"a bad day, 80 columns", badDay(), style{cols: 80}},
		{"a bad day with alerts", lines, style{cols: 112}},
		{"a calm day", calm, style{cols: 120}},
		{"nothing yet", empty, style{cols: 80}},
	} {
		b.WriteString("== " + c.name + "\n")
		for _, line := range c.view.draw(c.style) {
			if n := visible(line); c.style.cols > 0 && n > c.style.cols {
				t.Errorf("%s: a line of %d characters: %s", c.name, n, line)
			}
			b.WriteString(strings.ReplaceAll(line, "\x1b", "\\e") + "\n")
		}
	}
	golden(t, "demo_table.txt", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s\nIf that is right: go test ./pipeline/demo -run %s -rewrite", path, got, want, t.Name())
	}
}

func TestSimulatedIncidentIsShown(t *testing.T) {
	v := badDay()
	f := func(after time.Duration, want string) {
		t.Helper()
		v.now = v.incident.First.Add(after)
		if got := v.simulated(); got != "simulated incident: checkout/payment "+want+" UTC, for 5m" {
			t.Errorf("%v after it began: %s", after, got)
		}
	}
	f(-time.Second, "breaks at 14:04:20")
	f(0, "is broken since 14:04:20")
	f(5*time.Minute-1, "is broken since 14:04:20")
	f(5*time.Minute, "breaks again at 14:19:20")
	f(16*time.Minute, "is broken since 14:19:20")
	f(47*time.Minute, "is broken since 14:49:20")
}

func TestWords(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped %d is %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m", 61 * time.Second: "1m1s", time.Hour: "1h", 10 * time.Minute: "10m", time.Hour + time.Second: "1h0m1s",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	if got := wordsOf(map[string]uint64{"drop_off": 3}); got != "no signals" {
		t.Errorf("drop-offs have a column of their own: %s", got)
	}
}

func TestPace(t *testing.T) {
	p := pace{}
	f := func(after time.Duration, n uint64, want float64) {
		t.Helper()
		if got := p.of(shown.Add(after), n); got != want {
			t.Errorf("after %v: %v a second, want %v", after, got, want)
		}
	}
	f(0, 1000, 0)
	f(time.Second, 1200, 200)
	f(10*time.Second, 2000, 100)
	f(12*time.Second, 3200, 2000./11) // since the first second
	f(21*time.Second, 3200, 1200./11)
	f(22*time.Second, 100, 0) // another run
}

// A terminal of 80 by 24 is enough for the table with all that stands below it.
func TestPictureFitsAndIsDrawnInPlace(t *testing.T) {
	var out bytes.Buffer
	size := [2]int{80, 24}
	s := newScreen(&Options{Out: &out, Terminal: true, Size: func() (int, int) { return size[0], size[1] }})
	s.say("stays")
	s.note("goes")
	on := &servers{instance: &instance{o: Options{Dir: "/home/me/.cache/friction/demo"}}, http: "localhost:8123"}
	on.tables.Database = "friction"
	v := badDay()
	v.footer = on.footer()
	s.picture(v, true)
	if s.drawn != 23 {
		t.Errorf("the picture takes %d lines", s.drawn)
	}
	text := out.String()
	if !strings.Contains(text, "goes\n\x1b[1A\r\x1b[J") || !strings.Contains(text, "Ctrl-C stops everything") {
		t.Errorf("got %q", text)
	}
	out.Reset()
	size = [2]int{40, 10} // no room for all of it, and what is left is folded
	s.picture(v, false)
	if !strings.HasPrefix(out.String(), "\x1b[23A\r\x1b[J") || s.drawn > 9 || s.drawn < 8 {
		t.Errorf("%d lines: %q", s.drawn, out.String())
	}
	out.Reset()
	s.leave(v)
	if strings.Contains(out.String(), "curl") || !strings.Contains(out.String(), "payment") || s.drawn != 0 {
		t.Errorf("what stands at the end: %q", out.String())
	}
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "▇▇": 2, inRed + "ab" + plainly: 2, inBold + plainly: 0} {
		if got := visible(text); got != want || utf8.RuneCountInString(text) < got {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// Without a terminal there are lines: nothing moves the cursor, nothing has a colour.
func TestPlainLines(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&Options{Err: &out, JSON: true, Colour: true, Size: func() (int, int) { return 0, 0 }})
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	s.live(ctx, func(context.Context) (*view, error) {
		looks++
		cancel()
		return badDay(), nil
	})
	s.picture(badDay(), true)
	s.picture(badDay(), false)
	if text := out.String(); looks != 1 || strings.Contains(text, "\x1b") || strings.Count(text, "curl …") != 1 || strings.Count(text, "worst step") != 2 {
		t.Errorf("%d looks: %s", looks, text)
	}
}

func TestBar(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&Options{Out: &out, Terminal: true, Size: func() (int, int) { return 80, 24 }})
	sent, inside := uint64(0), uint64(0)
	b := &progressBar{
		screen: s, what: "the past", from: shown, until: shown.Add(time.Hour), began: time.Now().Add(-10 * time.Second),
		sent: func() uint64 { return sent }, inside: func() uint64 { return inside },
	}
	f := func(arrived time.Time, now, known uint64, want string) {
		t.Helper()
		out.Reset()
		b.drawn = time.Now().Add(-time.Minute)
		sent, inside = now, known
		b.sending(arrived)
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
	f(shown, 0, 0, "  0 %  0 events")
	f(shown.Add(30*time.Minute), 1000, 500, " 25 %  500 events, ") // half of the half that is on its way
	f(shown.Add(2*time.Hour), 1000, 1000, "100 %  1,000 events, ")
	f(shown.Add(2*time.Hour), 1000, 2000, "100 %")
	out.Reset()
	b.sending(shown)
	if out.Len() > 0 {
		t.Errorf("drawn again at once: %q", out.String())
	}
	b.end(0, time.Second)
	if out.Len() > 0 {
		t.Errorf("nothing was loaded, and it says %q", out.String())
	}
	b.end(5000, 2*time.Second)
	if !strings.HasSuffix(out.String(), "Loaded the past: 5,000 events in 2.0 s, 2,500 a second, all of it in ClickHouse.\n") {
		t.Errorf("got %q", out.String())
	}
}
