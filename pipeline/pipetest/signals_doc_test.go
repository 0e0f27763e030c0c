package pipetest_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"friction/pipeline/detect"
	"friction/pipeline/embedded"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/signals"
	"friction/pipeline/tuning"
)

var rewrite = flag.Bool("rewrite", false, "write the generated parts of docs/signals.md anew")

var server testcluster.Server

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

const signalsDoc = "../../docs/signals.md"

// generated is a part of the page between two marks.
var generated = regexp.MustCompile(`(?s)<!-- generated: (\w+) -->\n(.*?)<!-- end -->`)

// What the page says of each signal is what the program does.
func TestSignalsPageIsTrue(t *testing.T) {
	page, err := os.ReadFile(signalsDoc)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	want := generated.ReplaceAllStringFunc(string(page), func(part string) string {
		name := generated.FindStringSubmatch(part)[1]
		seen[name] = true
		var text string
		switch name {
		case "catalogue":
			text = catalogueTable()
		case "presets":
			text = presetTable()
		case "session_presets":
			text = sessionPresetTable(t)
		default:
			k, ok := signals.KindOf(name)
			if !ok {
				t.Fatalf("%s has a part %q, and there is no such signal", signalsDoc, name)
			}
			text = facts(t, k)
		}
		return "<!-- generated: " + name + " -->\n" + text + "<!-- end -->"
	})
	for k := range signals.NumKinds {
		if !seen[signals.Name(k)] || !strings.Contains(want, "\n### "+signals.Name(k)+"\n") {
			t.Errorf("%s has no entry for %s", signalsDoc, signals.Name(k))
		}
	}
	if *rewrite {
		if err := os.WriteFile(signalsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Errorf("the generated parts of %s are not what the program does; run make golden", signalsDoc)
	}
}

func presetTable() string {
	var b strings.Builder
	b.WriteString("| preset | numbers | note |\n|---|---|---|\n")
	for _, p := range tuning.Presets() {
		public := "its own"
		if !p.Public {
			public = "not public"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, public, p.Note)
	}
	return b.String()
}

func sessionPresetTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| preset | sessions end | note |\n|---|---|---|\n")
	for _, p := range session.Presets() {
		c := session.DefaultConfig()
		c.Preset = p.Name
		c, err := c.InForce()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, c.Ends(), p.Note)
	}
	return b.String()
}

func catalogueTable() string {
	var b strings.Builder
	b.WriteString("| signal | somebody … | one run is | weight | cap |\n|---|---|---|---|---|\n")
	for k := range signals.NumKinds {
		a := signals.AboutOf(k)
		weight, limit := fmt.Sprintf("%.2f", a.Weight), fmt.Sprint(a.Cap)
		if a.Weight == 0 {
			weight, limit = "–", "–"
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", a.Name, a.Name, a.Means, a.Run, weight, limit)
	}
	return b.String()
}

// facts are what the data of the program says of a kind.
func facts(t *testing.T, k detect.Kind) string {
	t.Helper()
	a := signals.AboutOf(k)
	var b strings.Builder
	fmt.Fprintf(&b, "- **One run**: %s. %s.\n", a.Run, counted(a.Counts))
	if a.Weight > 0 {
		fmt.Fprintf(&b, "- **Weight** %.2f, at most %d of a visit count.\n", a.Weight, a.Cap)
	} else {
		b.WriteString("- **Weight** none: it is shown beside scores, never in them.\n")
	}
	var absorbed, absorbs []string
	for _, pair := range signals.Absorption() {
		switch k {
		case pair.What:
			absorbed = append(absorbed, "`"+signals.Name(pair.By)+"`")
		case pair.By:
			absorbs = append(absorbs, "`"+signals.Name(pair.What)+"`")
		}
	}
	if len(absorbed) > 0 {
		fmt.Fprintf(&b, "- **Absorbed by** %s.\n", strings.Join(absorbed, ", "))
	}
	if len(absorbs) > 0 {
		fmt.Fprintf(&b, "- **Absorbs** %s.\n", strings.Join(absorbs, ", "))
	}
	for _, entry := range tuning.FalseAlarms() {
		if slices.Contains(entry.Signals, a.Name) {
			fmt.Fprintf(&b, "- **Left out** `%s`: %s.\n", entry.Name, entry.Answers)
		}
	}
	needs, err := tuning.DefaultConfig().Needs(k, journey.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range needs {
		fmt.Fprintf(&b, "- **Needs** %s: %s.\n", n.What, n.Send)
	}
	fmt.Fprintf(&b, "\n```yaml\nsignals:\n  %s:\n%s```\n\n```sql\n%s\n```\n", a.Name, defaults(t, a.Name), worst(k))
	return b.String()
}

func counted(what string) string {
	if what == "1" {
		return "Its `count` is always 1"
	}
	return "Its `count` is of " + what
}

// defaults is the section of a kind in the configuration, indented.
func defaults(t *testing.T, name string) string {
	t.Helper()
	c := reflect.ValueOf(tuning.DefaultConfig())
	for i := range c.NumField() {
		if c.Type().Field(i).Tag.Get("yaml") != name {
			continue
		}
		text, err := yaml.Marshal(c.Field(i).Interface())
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, ": []\n") && !strings.HasSuffix(line, `: ""`+"\n") { // as built in
				b.WriteString("    " + line)
			}
		}
		return b.String()
	}
	t.Fatalf("no section %s", name)
	return ""
}

// worst is the query for the places where a signal is found most.
func worst(k detect.Kind) string {
	by := "page, target"
	switch k {
	case signals.Retry, signals.RepeatedSubmit, signals.ValidationLoop, signals.RepeatedSearch, signals.SlowResponse, signals.RequestStorm, signals.ServerErrorChain:
		by = "op, page"
	case signals.QuickBack, signals.PageLoop, signals.ReloadLoop, signals.ExcessiveScroll, signals.ThrashedCursor, signals.FormAbandonment,
		signals.Crash, signals.CrashRestart, signals.Hang, signals.ErrorBounce, signals.ErrorLeave, signals.NegativeSurvey:
		by = "page"
	case signals.DropOff, signals.BackTracking, signals.HelpSeeking:
		return `SELECT v.journey AS journey, v.step AS step, uniqExact(session_id) AS sessions, count() AS signals
FROM friction.signals ARRAY JOIN visits AS v
WHERE kind = '` + signals.Name(k) + `' AND absorbed_by = '' AND v.journey != 'site' AND started_at > now() - INTERVAL 7 DAY
GROUP BY journey, step ORDER BY sessions DESC LIMIT 20`
	}
	return `SELECT ` + by + `, uniqExact(session_id) AS sessions, count() AS signals, sum(signals.count) AS ` + countName(k) + `
FROM friction.signals
WHERE kind = '` + signals.Name(k) + `' AND absorbed_by = '' AND started_at > now() - INTERVAL 7 DAY
GROUP BY ` + by + ` ORDER BY sessions DESC LIMIT 20`
}

func countName(k detect.Kind) string {
	if name := signals.AboutOf(k).Counts; name != "1" {
		return strings.ReplaceAll(name, " ", "_")
	}
	return "times"
}

// Every query of the page is asked of ClickHouse, and finds a signal of its kind.
// A number is somebody's, or our choice; the page says which.
func TestDefaultsHaveASource(t *testing.T) {
	page, err := os.ReadFile(signalsDoc)
	if err != nil {
		t.Fatal(err)
	}
	source := regexp.MustCompile(`our choice|PostHog|Datadog|Sentry|Mixpanel|Amplitude|New Relic|Splunk|Conviva|Clarity|Hotjar`)
	for k := range signals.NumKinds {
		_, entry, _ := strings.Cut(string(page), "\n### "+signals.Name(k)+"\n")
		words, facts, _ := strings.Cut(entry, "<!-- generated: ")
		_, settings, _ := strings.Cut(facts, "```yaml\nsignals:\n")
		settings, _, _ = strings.Cut(settings, "```")
		if strings.Count(settings, "\n") <= 2 {
			continue // enabled, and nothing else
		}
		_, defaults, said := strings.Cut(words, "Default")
		if !said || !source.MatchString(defaults) {
			t.Errorf("%s has settings, and %s does not say where their defaults come from", signals.Name(k), signalsDoc)
		}
	}
}

func TestQueriesOfTheSignalsPageAnswer(t *testing.T) {
	page, err := os.ReadFile(signalsDoc)
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile("(?s)```sql\n(.*?)\n```").FindAllStringSubmatch(string(page), -1)
	if len(queries) < int(signals.NumKinds) {
		t.Fatalf("%d queries for %d signals", len(queries), signals.NumKinds)
	}
	d := server.Database(t)
	d.Insert(score.Stamp{Group: "doc", Run: "1", Version: 1, Tasks: 1}, oneOfEachKind())
	for _, q := range queries {
		kind := regexp.MustCompile(`kind = '(\w+)'`).FindStringSubmatch(q[1])
		lines := d.Ask(strings.ReplaceAll(q[1], "friction.", "db."))
		if kind == nil || len(lines) != 1 || !strings.Contains(lines[0], "\t1\t1") {
			t.Errorf("%v says %v; want one line of one session and one signal:\n%s", kind, lines, q[1])
		}
	}
}

// oneOfEachKind is a signal of every kind, all of one session, now.
func oneOfEachKind() *score.Rows {
	rows := &score.Rows{}
	now := event.Millis(time.Now().Add(-time.Hour).UnixMilli())
	for k := range signals.NumKinds {
		rows.Signals = append(rows.Signals, score.SignalRow{
			App: "default", SignalID: event.DigestOf([]byte(signals.Name(k))), Kind: signals.Name(k), SessionID: event.DigestOf([]byte("session")),
			User: "ada", StartedAt: now, EndedAt: now, Count: 3, Page: "/pay", Target: "pay", Op: "POST /pay", EventIDs: []string{"1"},
			Visits: []score.VisitRef{{Journey: "site", Step: "/pay", Attempt: 1, Visit: 1}, {Journey: "checkout", Step: "payment", Attempt: 1, Visit: 1}},
		})
	}
	return rows
}
