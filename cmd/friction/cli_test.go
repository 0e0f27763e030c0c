package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"friction/pipeline/embedded"
	"friction/pipeline/signals"
)

// scratch is a folder for all tests of this package.
var scratch string

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "friction")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		scratch = dir
		code := m.Run()
		if err := tables.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

// call runs the program in this process.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, world{stdin: strings.NewReader(""), stdout: &out, stderr: &errs})
	return code, out.String(), errs.String()
}

// commands lists every command that can be called, hidden ones too, by its path.
func commands(t *testing.T) map[string]*kong.Node {
	t.Helper()
	parser, err := newParser(world{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*kong.Node{}
	var walk func(path string, n *kong.Node)
	walk = func(path string, n *kong.Node) {
		for _, child := range n.Children {
			all[strings.TrimSpace(path+" "+child.Name)] = child
			walk(path+" "+child.Name, child)
		}
	}
	walk("", parser.Model.Node)
	return all
}

// Every command says how it is used, in a line that can be pasted.
func TestEveryCommandHasAnExample(t *testing.T) {
	for path, node := range commands(t) {
		code, help, _ := call(t, append(strings.Fields(path), "--help")...)
		if code != exitOK {
			t.Errorf("%s --help: exit %d", path, code)
		}
		_, after, found := strings.Cut(help, "Example:\n")
		line, _, _ := strings.Cut(strings.TrimSpace(after), "\n")
		if !found || !strings.Contains(line, "friction "+path) && len(node.Children) == 0 {
			t.Errorf("%s --help has no example of its own:\n%s", path, help)
			continue
		}
		for part := range strings.SplitSeq(strings.ReplaceAll(line, "&&", "|"), "|") {
			part, _, _ = strings.Cut(part, ">")
			args := strings.Fields(part)
			if args[0] != "friction" {
				continue
			}
			parser, err := newParser(world{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args[1:]); err != nil {
				t.Errorf("%s: its example %q: %v", path, part, err)
			}
		}
	}
}

// Every flag says what happens without it.
func TestEveryFlagSaysItsDefault(t *testing.T) {
	for path, node := range commands(t) {
		for _, f := range node.Flags {
			if f.Name != "help" && !f.HasDefault && !f.Required && !strings.Contains(f.Help, "default") {
				t.Errorf("%s --%s does not say its default", path, f.Name)
			}
		}
	}
}

func TestExitCodesAndFirstLines(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"good.yaml": "sessions:\n  gap: 20m\n", "bad.yaml": "sessions:\n  gap: 20m\n  gapp: 1m\n", "refused.yaml": "score:\n  slide: 7ms\n",
		"warned.yaml": "journeys:\n  list:\n    - name: buy\n      steps:\n        - {name: cart, match: [{page: /cart/}]}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args  string
		code  int
		first string // of stderr
	}{
		{"version", exitOK, ""},
		{"--help", exitOK, ""},
		{"", exitOK, ""},
		{"chekc", exitUsage, `friction: unexpected argument chekc, did you mean "check"?`},
		{"check --unknown", exitUsage, "friction check: unknown flag --unknown"},
		{"check good.yaml", exitOK, ""},
		{"check -c good.yaml --set sessions.gap=10m", exitOK, ""},
		{"check bad.yaml", exitUsage, "bad.yaml:3:3: sessions.gapp: unknown key; did you mean sessions.gap?"},
		{"check refused.yaml", exitUsage, "refused.yaml:2:3: score.slide: 7ms is not a whole number of seconds of at least 1s"},
		{"check warned.yaml", exitOK, "warning: warned.yaml:5:33: journeys.list[0].steps[0].match[0].page: \"/cart/\" matches no page: "},
		{"check none.yaml", exitUsage, "none.yaml: cannot be read: no such file or directory"},
		{"check good.yaml --config bad.yaml", exitUsage, "friction check: two configurations are given, good.yaml and bad.yaml; give one"},
		{"check --set sessions.gap=0s", exitUsage, "--set sessions.gap: sessions.gap: 0s is not a whole number of milliseconds of at least 1ms"},
		{"migrate up -c bad.yaml", exitUsage, "bad.yaml:3:3: sessions.gapp: unknown key; did you mean sessions.gap?"},
		{"migrate plan --clickhouse http://127.0.0.1:1 --wait 1s", exitFailed, "friction migrate plan: "},
		{"migrate up --clickhouse http://127.0.0.1:1 --wait 100ms", exitFailed, "friction migrate up: no answer from ClickHouse at http://127.0.0.1:1 within 100ms (before migrations): "},
		{"dlq list --brokers 127.0.0.1:1 --wait 100ms", exitFailed, "friction dlq list: no answer from Kafka at 127.0.0.1:1 within 100ms (look up topics friction.dead_letters): "},
		{"produce --brokers 127.0.0.1:1 --wait 100ms good.yaml", exitFailed, "friction produce: no answer from Kafka at 127.0.0.1:1 within 100ms (ask for a producer id): "},
		{"replay --kafka --brokers 127.0.0.1:1 --wait 100ms", exitFailed, "friction replay: no answer from Kafka at 127.0.0.1:1 within 100ms (look up topics "},
		{"check --explain --kafka --brokers 127.0.0.1:1 --wait 100ms", exitFailed, "friction check: no answer from Kafka at 127.0.0.1:1 within 100ms (look up topics "},
		{"simulate --live --brokers 127.0.0.1:1 --wait 100ms", exitFailed, "friction simulate: no answer from Kafka at 127.0.0.1:1 within 100ms (ask for a producer id): "},
		{"migrate plan --clickhouse ftp://bob:hunter2@x", exitUsage, "--set clickhouse.dsn: clickhouse.dsn: "},
		{"migrate", exitUsage, "friction migrate: "},
		{"runs promote", exitUsage, "friction runs promote: "},
		{"simulate --for 0s", exitUsage, "friction simulate: --for must be positive"},
		{"simulate --incident checkout/nowhere", exitUsage, "friction simulate: parse incident"},
		{"simulate --start yesterday", exitUsage, `friction simulate: --start "yesterday" is not a time`},
		{"simulate --live -o x.ndjson", exitUsage, "friction simulate: --live sends to Kafka"},
		{"simulate --live --set kafka.topics=events", exitFailed, "friction simulate: the shop sends to topic clickstream, which is not among kafka.topics [events]"},
		{"simulate -o none/x.ndjson", exitUsage, "friction simulate: open none/x.ndjson: no such file or directory"},
		{"funnel", exitUsage, "friction funnel: "},
		{"funnel checkout --last soon", exitUsage, `friction funnel: --last "soon" is not a duration; want one like 90m, 24h, 7d or 4w`},
		{"funnel checkout --from yesterday", exitUsage, `friction funnel: --from "yesterday" is not a time`},
		{"funnel checkout --from 2026-08-20 --to 2026-08-20", exitUsage, "friction funnel: --from 2026-08-20T00:00:00Z is not before --to"},
		{"funnel checkout --exclude help", exitUsage, `friction funnel: ask for a funnel: the exclusion "help" is none of page:/path`},
		{"funnel checkout --exclude page:/help@3-2", exitUsage, `friction funnel: --exclude: "3-2" is not the numbers of a step and of a later one`},
		{"funnel checkout --segment mobile", exitUsage, `friction funnel: --segment "mobile" is not DIMENSION=VALUE`},
		{"funnel checkout --sql --compare before", exitUsage, `friction funnel: --compare "before" is neither previous nor`},
		{"funnel site --sql", exitUsage, "friction funnel: ask for a funnel: the journey site has every page as a step"},
		{"funnel checkout --json --csv", exitUsage, "friction funnel: --json and --csv can't be used together"},
		{"funnel checkout --clickhouse http://127.0.0.1:1 --wait 1s", exitFailed, "friction funnel: read the journeys: "},
		{"scores --sql --segment device=mobile --by os", exitUsage, "friction scores: ask for scores: sums are kept for one dimension at a time"},
		{"impact site --sql", exitUsage, "friction impact: ask for impact: name a journey that people complete"},
		{"spikes --sql --size 500ms", exitUsage, "friction spikes: ask for spikes: want a time"},
		{"session 12 --sql", exitUsage, `friction session: ask for a session: "12" is no session id`},
		{"forget", exitUsage, "friction forget: "},
		{"forget u1 --clickhouse http://127.0.0.1:1 --wait 1s", exitFailed, "friction forget: count rows of a person in "},
		{"kafka --topic a", exitUsage, `friction kafka: --topic "a" is not NAME:PARTITIONS`},
		{"probe http://127.0.0.1:1/readyz", exitFailed, "friction probe: ask http://127.0.0.1:1/readyz: "},
	} {
		t.Run(c.args, func(t *testing.T) {
			code, _, stderr := call(t, strings.Fields(c.args)...)
			if code != c.code || !strings.HasPrefix(stderr, c.first) || c.first == "" && stderr != "" {
				t.Errorf("exit %d, stderr %q; want %d, %q", code, stderr, c.code, c.first)
			}
			if strings.Contains(stderr, "hunter2") {
				t.Error("stderr shows a password")
			}
		})
	}
}

func TestCheckPrintsWhatIsInForce(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("c.yaml", []byte("sessions: {gap: 20m}\nclickhouse: {dsn: 'http://bob:hunter2@h:8123'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	w := world{stdout: &out, stderr: &errs, environ: []string{"FRICTION_SESSIONS_MAX=12h", "FRICTION_CONFIG=c.yaml"}}
	if code := run(t.Context(), []string{"check", "c.yaml", "--set", "log.level=warn"}, w); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	for _, want := range []string{"\n  gap: 20m\n", "\n  max: 12h\n", "\n  level: warn\n", "http://bob:***@h:8123"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("a password is shown")
	}
	if err := os.WriteFile("effective.yaml", out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, again, _ := call(t, "check", "effective.yaml"); code != exitOK || again != out.String() {
		t.Errorf("exit %d; what is printed does not read back equal:\n%s", code, again)
	}
}

// What is named beats what the environment names.
func TestCheckPrefersItsArgument(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("FRICTION_CONFIG", "none.yaml")
	if err := os.WriteFile("c.yaml", []byte("sessions: {gap: 20m}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	w := world{stdout: &out, stderr: &errs, environ: os.Environ()}
	if code := run(t.Context(), []string{"check", "c.yaml"}, w); code != exitOK || !strings.Contains(out.String(), "gap: 20m") {
		t.Errorf("exit %d, %s", code, errs.String())
	}
	if code := run(t.Context(), []string{"check"}, w); code != exitUsage || !strings.HasPrefix(errs.String(), "none.yaml: ") {
		t.Errorf("exit %d, %s", code, errs.String())
	}
}

// A threshold is tried on yesterday before it goes live.
func TestReplayComparesTwoConfigurations(t *testing.T) {
	t.Chdir(t.TempDir())
	var events strings.Builder
	click := func(user string, at int) {
		fmt.Fprintf(&events, `{"time":%d,"user":%q,"type":"click","page":"/pay","target":{"tag":"div","id":"pay"}}`+"\n", 1772359200000+at, user)
	}
	for at := 0; at < 1000; at += 250 {
		click("ada", at)
	}
	for at := 0; at < 1200; at += 200 {
		click("bob", at)
	}
	for name, text := range map[string]string{"e.ndjson": events.String(), "other.yaml": "signals: {rage_click: {clicks: 5}}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, table, stderr := call(t, "replay", "--compare", "other.yaml", "e.ndjson")
	for _, want := range []string{"\n  rage_click", " 2      1       0     1\n", "Lost at (outside of visits): rage_click, 1 of 1\n", "  ada  session ", "×4 in 750ms  /pay pay\n"} {
		if code != exitOK || !strings.Contains(table, want) {
			t.Errorf("exit %d, %s: no %q in\n%s", code, stderr, want, table)
		}
	}
	code, text, _ := call(t, "replay", "--compare", "other.yaml", "--json", "--examples", "0", "e.ndjson")
	if code != exitOK || !strings.HasPrefix(text, `{"records":10,"steps":[{"app":"default","journey":"","step":"",`) ||
		!strings.Contains(text, `{"kind":"rage_click","count":[2,1],"gained":0,"lost":1,"gained_examples":[],"lost_examples":[]}`) {
		t.Errorf("exit %d, %s", code, text)
	}
	if code, text, _ := call(t, "replay", "--compare", "other.yaml", "--set", "signals.rage_click.clicks=5", "e.ndjson"); code != exitOK || text != "Nothing changes.\n" {
		t.Errorf("exit %d, %s", code, text)
	}
	for _, wrong := range []string{
		"replay", "replay --kafka e.ndjson", "replay --json e.ndjson", "replay --kafka --compare other.yaml e.ndjson", "replay --from 2026-01-01T00:00:00Z --compare other.yaml e.ndjson",
		"replay --compare other.yaml --examples -1 e.ndjson", "replay --compare none.yaml e.ndjson", "replay --kafka --compare other.yaml --from yesterday",
	} {
		if code, _, stderr := call(t, strings.Fields(wrong)...); code != exitUsage {
			t.Errorf("%s: exit %d, %s", wrong, code, stderr)
		}
	}
}

// Who sends clicks alone is told what else to send.
func TestCheckExplainsWhatIsSilent(t *testing.T) {
	t.Chdir(t.TempDir())
	events := `{"time":1772359200000,"user":"ada","type":"click","page":"/pay","target":{"tag":"button","id":"pay"}}` + "\n{broken\n"
	if err := os.WriteFile("e.ndjson", []byte(events), 0o600); err != nil {
		t.Fatal(err)
	}
	code, text, stderr := call(t, "check", "--explain", "--sample", "e.ndjson", "--set", "signals.crash.enabled=false")
	for _, want := range []string{
		"1 events, and 1 that cannot be decoded", "click 1\nSessions end after 30m of silence, 24h after their start.\n", fmt.Sprintf("1 signals can be found, %d cannot, 1 are switched off.\n", signals.NumKinds-2),
		"\ndead_click cannot be found:\n  never seen: a change of the page\n    send {\"type\": \"mutation\"}", "missing: a journey in the configuration\n    configure journeys.list",
	} {
		if code != exitOK || !strings.Contains(text, want) {
			t.Errorf("exit %d, %s: no %q in\n%s", code, stderr, want, text)
		}
	}
	if strings.Contains(text, "rage_click cannot be found") || strings.Contains(text, "\ncrash stays silent") {
		t.Error(text)
	}
	code, text, _ = call(t, "check", "--explain", "--sample", "e.ndjson", "--set", "sessions.preset=matomo")
	for _, want := range []string{"Sessions end after 30m of silence (exactly that is over), at midnight of +00:00, and with another utm_source, utm_medium, utm_campaign, gclid, as with matomo.\n", "\n  never seen: a campaign\n"} {
		if code != exitOK || !strings.Contains(text, want) {
			t.Errorf("exit %d: no %q in\n%s", code, want, text)
		}
	}
	if code, text, _ = call(t, "check", "--explain", "--sample", "e.ndjson", "--json"); code != exitOK || !strings.HasPrefix(text, `{"records":2,"rejected":1,"types":[{"type":"click","count":1}],`) {
		t.Errorf("exit %d, %s", code, text)
	}
	for _, wrong := range []string{"check --explain", "check --sample e.ndjson", "check --explain --kafka --sample e.ndjson"} {
		if code, _, stderr := call(t, strings.Fields(wrong)...); code != exitUsage {
			t.Errorf("%s: exit %d, %s", wrong, code, stderr)
		}
	}
}

func TestSimulateIsRepeatable(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a", "b"} {
		code, _, stderr := call(t, "simulate", "--seed", "3", "--start", "2026-03-01T10:00:00Z", "--for", "10m", "--rate", "20",
			"--incident", "checkout/payment", "--after", "1m", "-o", name+".ndjson")
		if code != exitOK || !strings.Contains(stderr, "the truth about") {
			t.Fatalf("exit %d, %s", code, stderr)
		}
	}
	for _, suffix := range []string{".ndjson", ".truth.ndjson"} {
		a, b := read(t, "a"+suffix), read(t, "b"+suffix)
		if a != b || strings.Count(a, "\n") < 50 {
			t.Errorf("%s: %d and %d bytes, equal %v", suffix, len(a), len(b), a == b)
		}
	}
	code, plain, _ := call(t, "simulate", "--seed", "3", "--start", "2026-03-01T10:00:00Z", "--for", "10m", "--rate", "20", "--incident", "checkout/payment", "--after", "1m")
	if code != exitOK || plain != read(t, "a.ndjson") {
		t.Error("stdout and file differ")
	}
	code, enveloped, _ := call(t, "simulate", "--for", "1m", "--envelope")
	if code != exitOK || !strings.HasPrefix(enveloped, `{"topic":"`) {
		t.Errorf("exit %d, %.80s", code, enveloped)
	}
}

func TestSimulateStopsWhenItIsToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"simulate"}, world{stdout: &out, stderr: &errs}); code != exitFailed || out.Len() > 0 {
		t.Errorf("exit %d, %d bytes", code, out.Len())
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A printed query holds its values, and is a statement that can be pasted.
func TestQueriesArePrinted(t *testing.T) {
	for args, want := range map[string][]string{
		"funnel checkout --from 2026-08-20 --to 2026-08-21 --exclude page:/help@1-3 --window 10m --segment device=it's": {
			"FROM friction.funnel(app = '', journey = 'checkout', steps = [], optional = [], exclude = [('page:/help', 1, 3)], from = toDateTime64('2026-08-20 00:00:00.000', 3, 'UTC')",
			"window_seconds = 600, mode = 'ordered', by = 'user', segment = map('device', 'it\\'s')",
		},
		"funnel checkout --compare previous --from 2026-08-20 --to 2026-08-21":             {"toDateTime64('2026-08-19 00:00:00.000', 3, 'UTC')", ";\nSELECT"},
		"scores --by os --from 2026-08-20 --to 2026-08-21 --set clickhouse.database=other": {"FROM other.step_totals_by_value(", "dimension = 'os'", "LIMIT 50;"},
		"places checkout payment --kind retry":                                             {"has(steps, 'checkout/payment')", "kind = 'retry'"},
		"sessions checkout payment --outcome dropped":                                      {"outcome = 'dropped'"},
		"impact checkout":                              {"dimensions = ['device']"},
		"spikes --at 2026-08-20T18:00":                 {"at = toDateTime64('2026-08-20 18:00:00.000', 3, 'UTC'), size_seconds = 900"},
		"session 0f8fad5b-d9cb-469f-a165-70867728950e": {"session = '0f8fad5b-d9cb-469f-a165-70867728950e'"},
	} {
		code, out, stderr := call(t, append(strings.Fields(args), "--sql")...)
		for _, text := range want {
			if code != exitOK || !strings.Contains(out, text) {
				t.Errorf("%s: exit %d, %s; no %q in\n%s", args, code, stderr, text, out)
			}
		}
	}
}
