package tuning

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/session"
	"friction/pipeline/signals"
)

const (
	signalsDoc   = "../../docs/signals.md"
	semanticsDoc = "../../docs/semantics.md"
)

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
	for _, d := range signals.All() {
		if !seen[d.Name] && *rewrite { // a new signal
			k, _ := signals.KindOf(d.Name)
			entry := "### " + d.Name + "\n\nSomebody " + d.Means + ".\n\n<!-- generated: " + d.Name + " -->\n" + facts(t, k) + "<!-- end -->\n\n"
			want = strings.Replace(want, afterEntries, entry+afterEntries, 1)
		} else if !seen[d.Name] || !strings.Contains(want, "\n### "+d.Name+"\n") {
			t.Errorf("%s has no entry for %s", signalsDoc, d.Name)
		}
	}
	settle(t, signalsDoc, string(page), want)
}

// settle holds a page against what the program does, or writes it anew.
func settle(t *testing.T, file, page, want string) {
	t.Helper()
	switch {
	case want == page:
	case *rewrite:
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the generated parts of %s are not what the program does; run make golden", file)
	}
}

// The tables of the page of rules are those of the declarations.
func TestTablesOfTheRulesAreTrue(t *testing.T) {
	page, err := os.ReadFile(semanticsDoc)
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	want := generated.ReplaceAllStringFunc(string(page), func(part string) string {
		name, text := generated.FindStringSubmatch(part)[1], ""
		switch name {
		case "kinds":
			text = kindsTable()
		case "absorption":
			text = absorptionTable()
		default:
			return part
		}
		tables++
		return "<!-- generated: " + name + " -->\n" + text + "<!-- end -->"
	})
	if tables != 2 {
		t.Errorf("%s has %d of 2 tables", semanticsDoc, tables)
	}
	settle(t, semanticsDoc, string(page), want)
}

func kindsTable() string {
	var b strings.Builder
	b.WriteString("| kind | one signal is | `count` | weight | cap |\n|---|---|---|---|---|\n")
	for _, d := range signals.All() {
		weight := "0"
		if !d.SessionOnly {
			weight = fmt.Sprintf("%.2f", d.Weight)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %d |\n", d.Name, d.One, cmp.Or(d.Counts, "1"), weight, d.Cap)
	}
	return b.String()
}

func absorptionTable() string {
	var b strings.Builder
	b.WriteString("| counts | absorbs | because |\n|---|---|---|\n")
	for _, pair := range signals.Absorption() {
		by := signals.Of(pair.By)
		i := slices.IndexFunc(by.Absorbs, func(a detect.Absorbs) bool { return a.What == pair.What })
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", by.Name, signals.Name(pair.What), by.Absorbs[i].Why)
	}
	return b.String()
}

// afterEntries follows the entries of the signals.
const afterEntries = "## 8. "

// How many signals there are stands in other places, too.
func TestCountOfSignalsIsTrue(t *testing.T) {
	for _, file := range []string{"../../README.md", "../../CHANGELOG.md", signalsDoc} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		count := regexp.MustCompile(`(\b[Aa]ll|friction finds|\[FEATURE\]) \d+ signals\b`)
		want := count.ReplaceAllString(string(text), fmt.Sprintf("$1 %d signals", signals.NumKinds))
		settle(t, file, string(text), want)
	}
}

func presetTable() string {
	var b strings.Builder
	b.WriteString("| preset | its own rules | note |\n|---|---|---|\n")
	for _, p := range Presets() {
		public := "not public"
		if p.Public {
			public = strings.Join(p.Claims, ", ")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, public, p.Note)
	}
	return b.String()
}

func sessionPresetTable(t *testing.T) string {
	t.Helper()
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
	b.WriteString("| signal | somebody … | one signal is | weight | cap |\n|---|---|---|---|---|\n")
	for _, d := range signals.All() {
		weight, limit := fmt.Sprintf("%.2f", d.Weight), fmt.Sprint(d.Cap)
		if d.SessionOnly {
			weight, limit = "–", "–"
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", d.Name, d.Name, d.Means, d.One, weight, limit)
	}
	return b.String()
}

// facts are what a signal declares, and what other parts of the program say of it.
func facts(t *testing.T, k detect.Kind) string {
	t.Helper()
	d := signals.Of(k)
	var b strings.Builder
	count := "Its `count` is always 1"
	if d.Counts != "" {
		count = "Its `count` is of " + d.Counts
	}
	fmt.Fprintf(&b, "- **One signal**: %s. %s.\n- **Source**: %s\n", d.One, count, d.Source)
	if d.SessionOnly {
		b.WriteString("- **Weight** none: it is shown beside scores, never in them.\n")
	} else {
		fmt.Fprintf(&b, "- **Weight** %.2f, at most %d of a visit count.\n", d.Weight, d.Cap)
	}
	for by, other := range signals.All() {
		for _, a := range other.Absorbs {
			if a.What == k {
				fmt.Fprintf(&b, "- **Absorbed by** `%s`: %s.\n", signals.Name(detect.Kind(by)), a.Why)
			}
		}
	}
	for _, a := range d.Absorbs {
		fmt.Fprintf(&b, "- **Absorbs** `%s`: %s.\n", signals.Name(a.What), a.Why)
	}
	for _, entry := range falseAlarms {
		if slices.Contains(entry.Signals, d.Name) {
			fmt.Fprintf(&b, "- **Left out** `%s`: %s.\n", entry.Name, entry.Answers)
		}
	}
	needs, err := DefaultConfig().Needs(k, journey.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range needs {
		fmt.Fprintf(&b, "- **Needs** %s: %s.\n", n.What, n.Send)
	}
	fmt.Fprintf(&b, "\n```yaml\nsignals:\n  %s:\n%s```\n\n```sql\n%s\n```\n", d.Name, defaults(t, d), worst(d))
	return b.String()
}

// defaults is the section of a signal in the configuration, indented. What only
// imitates other products is left out.
func defaults(t *testing.T, d *detect.Declaration) string {
	t.Helper()
	text, err := yaml.Marshal(d.Thresholds)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if line == "compat:\n" {
			break // the last one
		}
		if !strings.HasSuffix(line, ": []\n") && !strings.HasSuffix(line, `: ""`+"\n") { // as built in
			b.WriteString("    " + line)
		}
	}
	return b.String()
}

// worst is the query for the places where a signal is found most.
func worst(d *detect.Declaration) string {
	if d.Where == detect.ByStep {
		return `SELECT v.journey AS journey, v.step AS step, uniqExact(session_id) AS sessions, count() AS signals
FROM friction.signals ARRAY JOIN visits AS v
WHERE kind = '` + d.Name + `' AND absorbed_by = '' AND v.journey != 'site' AND started_at > now() - INTERVAL 7 DAY
GROUP BY journey, step ORDER BY sessions DESC LIMIT 20`
	}
	by, count := string(d.Where), "times"
	if d.Counts != "" {
		count = strings.ReplaceAll(d.Counts, " ", "_")
	}
	return `SELECT ` + by + `, uniqExact(session_id) AS sessions, count() AS signals, sum(signals.count) AS ` + count + `
FROM friction.signals
WHERE kind = '` + d.Name + `' AND absorbed_by = '' AND started_at > now() - INTERVAL 7 DAY
GROUP BY ` + by + ` ORDER BY sessions DESC LIMIT 20`
}
