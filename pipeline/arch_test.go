package pipeline_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of the house as data. A new edge is a decision: change the table together with the page in docs/decisions/
// that says why, never to make the test pass.

const module = "friction"

// room is one package and what it may import of this module, outside tests.
type room struct {
	dir   string   // folder below the repository's root
	may   []string // last elements of pipeline packages, or whole folders elsewhere; "*" is anything
	tests []string // what its tests may import besides: packages of the same level that they are held against
	why   string   // printed when the rule is broken
	core  bool     // one partition as a deterministic machine
}

var rooms = []room{
	{dir: "pipeline/event", core: true, why: "the vocabulary is the leaf that every other package speaks"},
	{dir: "pipeline/jsonscan", core: true, why: "reading JSON knows nothing of events"},
	{dir: "pipeline/glob", core: true, why: "patterns and texts, whatever they are of"},
	{dir: "pipeline/fields", core: true, may: []string{"event", "glob"}, why: "fields of events are the same in every format"},
	{dir: "pipeline/adapter", core: true, may: []string{"event", "fields", "jsonscan"}, why: "a format knows its syntax; what holds for all formats is decode's"},
	{dir: "pipeline/decode", core: true, may: []string{"event", "fields", "adapter"}, why: "bytes become events without knowing what is done with them"},
	{dir: "pipeline/session", core: true, may: []string{"event"}, why: "sessions are made of events alone"},
	{dir: "pipeline/journey", core: true, may: []string{"event", "glob", "session"}, why: "visits are made of a session's events"},
	{dir: "pipeline/target", core: true, may: []string{"event", "journey"}, why: "which targets a rule is about is decided without knowing the rule"},
	{dir: "pipeline/detect", core: true, may: []string{"event", "session", "journey"}, why: "detectors see events and visits, never scores; their runtime knows no signal"},
	{dir: "pipeline/signals", core: true, may: []string{"event", "session", "journey", "target", "detect"}, why: "a signal is found through the contract of detect; what is in force is decided in tuning"},
	{dir: "pipeline/tuning", core: true, may: []string{"event", "session", "journey", "target", "detect", "signals"}, why: "tuning sets thresholds; it sees no events but to ask whether an entry holds"},
	{dir: "pipeline/score", core: true, may: []string{"event", "session", "journey", "detect", "signals"}, why: "scores are sums over visits and signals; rows know no database"},
	{dir: "pipeline/engine", core: true, may: []string{"event", "decode", "session", "journey", "detect", "tuning", "score"}, why: "the engine chains the six stages and nothing else"},
	{dir: "pipeline/checkpoint", may: []string{"event", "score"}, why: "the log stores states and rows as bytes; what they mean is the engine's"},
	{dir: "pipeline/kafkawire", may: []string{"event"}, why: "the bytes of records; connections and topics are source's"},
	{dir: "pipeline/waiting", why: "waiting is the same for every server"},
	{dir: "pipeline/source", may: []string{"event", "kafkawire", "waiting"}, why: "reading Kafka knows records, not what they hold"},
	{dir: "pipeline/migrate", may: []string{"schemas", "waiting"}, why: "migrations make tables; what rows they get is not their business"},
	{dir: "pipeline/sink", may: []string{"migrate", "score", "waiting"}, why: "ClickHouse gets rows; how they were made is not its business"},
	{dir: "pipeline/query", may: []string{"event", "score", "waiting"}, why: "reading goes through ClickHouse, never through the engine"},
	{dir: "pipeline/display", why: "text is made harmless without knowing what it is about"},
	{dir: "pipeline/notify", may: []string{"display"}, why: "receivers get notices in words; what they are about is alert's"},
	{dir: "pipeline/alert", may: []string{"notify", "query", "sink"}, why: "alerts read answers and write their own table"},
	{dir: "pipeline/status", why: "health and metrics are shown, whatever program they are of"},
	{dir: "pipeline/reach", may: []string{"event", "glob", "decode", "journey"}, why: "rules are held against names and events; what matches is journey's"},
	{dir: "pipeline/zones", may: []string{"event", "fields"}, why: "rules of time zones are data to all others"},
	{
		dir: "pipeline/config", why: "configuration is made of the packages' own Configs and decides nothing itself",
		may: []string{
			"event", "decode", "session", "journey", "tuning", "score", "engine", "checkpoint", "source", "sink", "query", "alert",
			"status", "worker", "zones", "reach",
		},
	},
	{dir: "pipeline/rules", may: []string{"event", "decode", "engine"}, why: "what decides about rows is written down and read back in one place", tests: []string{"journey"}},
	{dir: "pipeline/looks", may: []string{"event", "decode"}, why: "what a text looks like is a guess for messages; nothing is decided by it"},
	{dir: "pipeline/rejects", may: []string{"event", "decode", "looks"}, why: "noticing that records cannot be read changes nothing about them"},
	{dir: "pipeline/files", may: []string{"event", "decode", "looks"}, why: "files become records without knowing what is done with them"},
	{dir: "pipeline/forget", may: []string{"checkpoint", "source"}, why: "a tombstone goes through Kafka; tables are the sink's"},
	{dir: "pipeline/groupconfig", may: []string{"checkpoint", "rules"}, why: "members agree over a log; what they do then is the worker's", tests: []string{"decode", "engine"}},
	{
		dir: "pipeline/worker", why: "a worker reads, works and writes; traffic to show it and servers to run on are the demo's",
		may:   []string{"event", "decode", "session", "journey", "score", "engine", "checkpoint", "source", "migrate", "sink", "status", "rules", "rejects", "groupconfig", "waiting"},
		tests: []string{"simulate", "replay", "files", "deadletter"},
	},
	{
		dir: "pipeline/replay", why: "a replay writes to nobody's topics and tables",
		may:   []string{"event", "decode", "session", "journey", "detect", "signals", "tuning", "score", "engine", "source", "sink", "rules", "files", "reach"},
		tests: []string{"simulate"},
	},
	{dir: "pipeline/produce", may: []string{"event", "decode", "source", "files", "simulate"}, why: "records go to topics; what becomes of them is a worker's business"},
	{dir: "pipeline/deadletter", may: []string{"event", "source"}, why: "what was set aside is read and submitted again; setting aside is the worker's"},
	{dir: "pipeline/alerter", may: []string{"query", "sink", "alert", "status", "waiting"}, why: "running alerts needs connections, health and metrics, never the engine"},
	{
		dir: "pipeline/demo", why: "the demo runs the other programs; nothing runs the demo but its command",
		may: []string{
			"event", "decode", "journey", "engine", "source", "sink", "query", "alert", "rules", "worker", "alerter", "simulate", "embedded", "display",
		},
		tests: []string{"score"},
	},
	{dir: "pipeline/traffic", why: "records, random numbers and bytes know nothing of what is simulated"},
	{dir: "pipeline/loadgen", may: []string{"traffic"}, why: "plain traffic knows no shop and no detector"},
	{dir: "pipeline/simulate", may: []string{"traffic"}, why: "traffic that knew the detectors' thresholds could not judge them"},
	{dir: "pipeline/embedded/front", why: "the HTTP interface knows statements, not tables"},
	{dir: "pipeline/embedded", may: []string{"embedded/front"}, why: "in-process servers know nothing of what is kept in them"},
	{dir: "pipeline/pipetest/shoptest", may: []string{"event", "decode", "files", "journey", "engine", "rules", "simulate", "embedded", "source", "sink"}, why: "it must not import the programs it tests"},
	{dir: "pipeline/pipetest", may: []string{"*"}, why: "tests may see everything"},
	{
		dir: "pipeline/pipetest/world", may: []string{"event", "session", "journey", "target", "detect", "signals", "tuning", "engine"},
		why: "a world is a configuration and events; what is made of them is not its business",
	},
	{
		dir: "pipeline/pipetest/oracle", may: []string{"event", "session", "journey", "score", "pipetest/world"},
		why: "a second reading of the rules may share configuration values and row types with the core, and no code; of signals it reads the YAML",
	},
	{dir: "pipeline/pipetest/await", why: "waiting knows nothing of what is waited for"},
	{dir: "pipeline/pipetest/statetest", may: []string{"event"}, why: "saving and loading knows bytes, not what they mean"},
	{dir: "pipeline/pipetest/tables", may: []string{"event", "score"}, why: "comparing rows knows rows"},
	{
		dir: "pipeline/pipetest/scenario", why: "scenarios run the engine and the oracle, and no server",
		may: []string{
			"event", "session", "journey", "detect", "signals", "tuning", "score", "engine", "pipetest/world", "pipetest/oracle", "pipetest/tables",
		},
	},
	{dir: "pipeline/pipetest/testcluster", may: []string{"*"}, why: "servers are filled with rows of real runs"},
	{dir: "schemas", why: "the schemas are files"},
	{
		dir: "cmd/friction", why: "main maps flags and signals; what runs is in the packages below pipeline",
		may: []string{
			"forget", "worker", "demo", "replay", "produce", "deadletter", "alerter", "rules", "files", "config", "decode", "display", "embedded", "event", "query", "simulate", "sink", "source", "traffic", "waiting",
		},
	},
	{
		dir: "deploy", may: []string{"config"}, why: "deployments are files; their tests load them as the program does",
		tests: []string{"worker", "alerter", "rules", "engine", "decode", "source", "sink"},
	},
	{dir: "bench", may: []string{"*"}, why: "benchmarks measure every part"},
}

// inTests is what test files may import of ours beyond their own package's rule: tools of tests, and the vocabulary.
var inTests = []string{
	"event", "signals", "embedded", "schemas", "pipetest/world", "pipetest/oracle", "pipetest/tables", "pipetest/scenario", "pipetest/await", "pipetest/statetest",
	shoptest, testcluster,
}

// These start servers. Tests of the core may not import them: they would compile a Kafka client and a ClickHouse client.
const (
	testcluster = "pipetest/testcluster"
	shoptest    = "pipetest/shoptest"
)

// clients are the third parties that one place each may speak to. Anything of a longer prefix is decided by it first.
var clients = []struct {
	prefix string
	only   []string // "-" is nobody
	why    string
}{
	{"github.com/segmentio/kafka-go", []string{"pipeline/source", "pipeline/kafkawire", "bench"}, "one package per third-party system"},
	{"github.com/ClickHouse/clickhouse-go/v2/lib/proto", []string{"pipeline/sink", "pipeline/query", "pipeline/embedded/front"}, "the front re-encodes blocks with it"},
	{"github.com/ClickHouse/ch-go/", []string{"pipeline/sink", "pipeline/query", "pipeline/embedded/front"}, "the buffers and frames those blocks are made of"},
	{"github.com/ClickHouse/", []string{"pipeline/sink", "pipeline/migrate", "pipeline/query"}, "one package per third-party system"},
	{"github.com/ebitengine/purego", []string{"pipeline/embedded"}, "loading a library is for embedded servers"},
	{"github.com/twmb/franz-go", []string{"pipeline/embedded", "pipeline/pipetest/testcluster"}, "the fake broker is for demo and tests, and its client for what tests do to topics from outside"},
	{"github.com/pkg/errors", []string{"-"}, "errors are fmt.Errorf with %w"},
	{"github.com/stretchr/testify", []string{"-"}, "tests compare values and say what was wanted"},
}

// coreThirdParties are all that the core may import from outside the standard library.
var coreThirdParties = map[string][]string{
	"github.com/twmb/murmur3": nil, // any core package
}

// coreBanned are packages of the standard library that would let time, chance, concurrency or I/O into the core.
var coreBanned = []string{
	"bufio", "context", "crypto/rand", "database", "embed", "expvar", "flag", "io", "log", "math/rand", "net", "os", "plugin",
	"runtime", "sync", "syscall", "testing", "unique", "weak",
}

// coreAllowed are exceptions below a banned folder: they only look at strings.
var coreAllowed = []string{"net/url", "net/netip"}

// coreCalls are functions of allowed packages with the same effect.
var coreCalls = map[string][]string{
	"time": {"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTicker", "NewTimer", "Local", "LoadLocation"},
	"fmt":  {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
}

var bannedNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "managers", "types", "base", "misc", "shared"}

const (
	maxFileLines        = 600 // aim for 300
	maxFuncLines        = 70  // aim for 40
	maxInterfaceMethods = 3
	maxUndocumented     = 24       // lines of a function without a doc comment
	needsDoc            = "doc.go" // owns, in, out, may not
)

// source is one parsed Go file.
type source struct {
	path  string // below the root, with slashes
	dir   string
	test  bool
	lines int
	file  *ast.File
	fset  *token.FileSet
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	for _, s := range tree(t) {
		report(t, edges(s))
	}
}

func TestCoreIsADeterministicMachine(t *testing.T) {
	for _, s := range tree(t) {
		if r, ok := roomOf(s.dir); ok && r.core && !s.test {
			report(t, impurities(s))
		}
	}
}

func TestBudgetsHold(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range tree(t) {
		report(t, excesses(s))
		documented[s.dir] = documented[s.dir] || path.Base(s.path) == needsDoc || !strings.HasPrefix(s.dir, "pipeline/")
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no %s: say what the package owns, takes, gives and may not do", dir, needsDoc)
		}
	}
}

func report(t *testing.T, findings []string) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}

// tree parses every Go file of the repository.
func tree(t *testing.T) []source {
	t.Helper()
	var all []source
	root := ".."
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(rel), string(text))
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	if len(all) == 0 {
		t.Fatal("found no Go file; is the test run from its own folder?")
	}
	return all
}

func parse(name, text string) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution|parser.ParseComments)
	return source{
		path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(text, "\n"), file: file, fset: fset,
	}, err
}

func roomOf(dir string) (room, bool) {
	for _, r := range rooms {
		if r.dir == dir {
			return r, true
		}
	}
	return room{}, false
}

// edges are the imports of a file that the table does not allow.
func edges(s source) (bad []string) {
	if s.dir == "pipeline" && s.test {
		return nil // this package
	}
	r, ok := roomOf(s.dir)
	if !ok {
		return []string{fmt.Sprintf("%s: folder %s is not in the table of arch_test.go; a new package needs a line there and a decision", s.path, s.dir)}
	}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return append(bad, err.Error())
		}
		if spec.Name != nil && spec.Name.Name == "." {
			bad = append(bad, fmt.Sprintf("%s: dot import of %s hides where names come from", s.at(spec), p))
		}
		switch why := forbidden(s, r, p); {
		case why == "":
		case strings.HasPrefix(p, module+"/"):
			bad = append(bad, fmt.Sprintf("%s: %s may not import %s: %s (allowed: %s)", s.at(spec), s.dir, p, why, strings.Join(r.may, " ")))
		default:
			bad = append(bad, fmt.Sprintf("%s: %s may not import %s: %s", s.at(spec), s.dir, p, why))
		}
	}
	return bad
}

// forbidden says why a file may not import p, or "".
func forbidden(s source, r room, p string) string {
	if ours, ok := strings.CutPrefix(p, module+"/"); ok {
		name := strings.TrimPrefix(ours, "pipeline/")
		allowed := slices.Contains(r.may, "*") || slices.Contains(r.may, name) || s.test && (ours == s.dir || slices.Contains(inTests, name) || slices.Contains(r.tests, name))
		switch {
		case strings.HasPrefix(name, "pipetest") && !s.test && !strings.HasPrefix(s.dir, "pipeline/pipetest/"):
			return "it is for tests"
		case (name == testcluster || name == shoptest) && r.core:
			return "tests of the core start no server"
		case !allowed:
			return r.why
		}
		return ""
	}
	for _, c := range clients {
		if !strings.HasPrefix(p, c.prefix) {
			continue
		}
		if slices.Contains(c.only, s.dir) || s.test && c.only[0] != "-" {
			return ""
		}
		return c.why
	}
	return ""
}

// impurities are what a file of the core does that would make two runs differ.
func impurities(s source) (bad []string) {
	names := map[string]string{} // local name → path, of imports with functions to look for
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return append(bad, err.Error())
		}
		if why := unfit(s.dir, p); why != "" {
			bad = append(bad, fmt.Sprintf("%s: the core may not import %s: %s", s.at(spec), p, why))
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if coreCalls[p] != nil {
			names[name] = p
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if what := impure(n, names); what != "" {
			bad = append(bad, fmt.Sprintf("%s: the core has no %s: same records must give same rows, so time is a parameter and all else lives in worker", s.at(n), what))
		}
		return true
	})
	return bad
}

// unfit says why the core may not import p, or "".
func unfit(dir, p string) string {
	switch first, _, _ := strings.Cut(p, "/"); {
	case first == module, slices.Contains(coreAllowed, p):
		return ""
	case strings.Contains(first, "."):
		only, ok := coreThirdParties[p]
		if ok && (only == nil || slices.Contains(only, dir)) {
			return ""
		}
		return "it stands on the standard library and murmur3"
	}
	for _, b := range coreBanned {
		if p == b || strings.HasPrefix(p, b+"/") {
			return "it has no clock, chance, concurrency, logging or I/O"
		}
	}
	return ""
}

func impure(n ast.Node, names map[string]string) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "goroutines"
	case *ast.SelectStmt:
		return "select"
	case *ast.ChanType, *ast.SendStmt:
		return "channels"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "channels"
		}
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
			return id.Name
		}
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok && slices.Contains(coreCalls[names[id.Name]], n.Sel.Name) {
			return names[id.Name] + "." + n.Sel.Name
		}
	}
	return ""
}

// excesses are the budgets a file breaks.
func excesses(s source) (bad []string) {
	if slices.Contains(bannedNames, strings.TrimSuffix(s.file.Name.Name, "_test")) {
		bad = append(bad, fmt.Sprintf("%s: a package named %s says nothing; name it after what it owns", s.path, s.file.Name.Name))
	}
	if s.test {
		return bad
	}
	if s.lines > maxFileLines && !ast.IsGenerated(s.file) {
		bad = append(bad, fmt.Sprintf("%s has %d lines, at most %d: split it by what it owns", s.path, s.lines, maxFileLines))
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				bad = append(bad, s.at(n)+": init() runs before anyone can decide; call it by name")
			}
			lines := s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
			if lines > maxFuncLines {
				bad = append(bad, fmt.Sprintf("%s: %s has %d lines, at most %d", s.at(n), n.Name.Name, lines, maxFuncLines))
			}
			if lines > maxUndocumented && n.Doc == nil {
				bad = append(bad, fmt.Sprintf("%s: %s has %d lines and no doc comment: say what it does", s.at(n), n.Name.Name, lines))
			}
		case *ast.InterfaceType:
			own := 0
			for _, m := range n.Methods.List {
				own += len(m.Names)
			}
			if own > maxInterfaceMethods {
				bad = append(bad, fmt.Sprintf("%s: an interface of %d methods, at most %d: declare what the consumer needs", s.at(n), own, maxInterfaceMethods))
			}
		}
		return true
	})
	return bad
}

// The rules themselves are tested on sources that break them, one by one.
func TestRulesCatchWhatTheyShould(t *testing.T) {
	long := "package session\n\n// f does nothing.\nfunc f() {\n" + strings.Repeat("\t_ = 0\n", maxFuncLines) + "}\n"
	huge := "package session\n" + strings.Repeat("// x\n", maxFileLines)
	for _, c := range []struct{ name, path, text, want string }{
		{"clean", "pipeline/session/a.go", `package session; import ("errors"; "friction/pipeline/event"; "net/url"; "time"); const d = time.Second`, ""},
		{"new edge", "pipeline/event/a.go", `package event; import "friction/pipeline/session"`, "may not import friction/pipeline/session"},
		{"pipetest outside tests", "bench/a.go", `package bench; import "friction/pipeline/pipetest/world"`, "it is for tests"},
		{"pipetest in tests", "pipeline/event/a_test.go", `package event_test; import ("friction/pipeline/event"; "friction/pipeline/pipetest/scenario"; "friction/pipeline/embedded")`, ""},
		{"servers in tests of the core", "pipeline/event/a_test.go", `package event_test; import "friction/pipeline/pipetest/testcluster"`, "start no server"},
		{"servers in other tests", "pipeline/query/a_test.go", `package query_test; import "friction/pipeline/pipetest/testcluster"`, ""},
		{"oracle and engine", "pipeline/pipetest/oracle/a.go", `package oracle; import "friction/pipeline/engine"`, "no code"},
		{"tests keep the rule", "pipeline/event/a_test.go", `package event; import "friction/pipeline/engine"`, "may not import friction/pipeline/engine"},
		{"unknown room", "pipeline/extra/a.go", `package extra`, "is not in the table"},
		{"simulate and detectors", "pipeline/simulate/a.go", `package simulate; import "friction/pipeline/detect"`, "could not judge them"},
		{"kafka elsewhere", "pipeline/worker/a.go", `package worker; import "github.com/segmentio/kafka-go"`, "one package per third-party system"},
		{"kafka at home", "pipeline/source/a.go", `package source; import "github.com/segmentio/kafka-go/protocol/fetch"`, ""},
		{"clickhouse blocks", "pipeline/embedded/front/a.go", `package front; import "github.com/ClickHouse/clickhouse-go/v2/lib/proto"`, ""},
		{"clickhouse client", "pipeline/embedded/a.go", `package embedded; import "github.com/ClickHouse/clickhouse-go/v2"`, "one package per third-party system"},
		{"kfake", "pipeline/worker/a.go", `package worker; import "github.com/twmb/franz-go/pkg/kfake"`, "fake broker"},
		{"testify", "pipeline/worker/a_test.go", `package worker; import "github.com/stretchr/testify/require"`, "tests compare values"},
		{"dot import", "pipeline/worker/a.go", `package worker; import . "fmt"`, "dot import"},
		{"third party in core", "pipeline/journey/a.go", `package journey; import "go.uber.org/zap"`, "stands on the standard library"},
		{"jx in the core", "pipeline/engine/a.go", `package engine; import "github.com/go-faster/jx"`, "stands on the standard library"},
		{"lock", "pipeline/engine/a.go", `package engine; import "sync"`, "no clock, chance"},
		{"random", "pipeline/engine/a.go", `package engine; import "math/rand/v2"`, "no clock, chance"},
		{"clock", "pipeline/session/a.go", `package session; import "time"; var a = time.Now()`, "no time.Now"},
		{"clock as value", "pipeline/session/a.go", `package session; import t "time"; var a = t.Now`, "no time.Now"},
		{"print", "pipeline/session/a.go", `package session; import "fmt"; func f() { fmt.Println() }`, "no fmt.Println"},
		{"builtin print", "pipeline/session/a.go", `package session; func f() { println() }`, "no println"},
		{"goroutine", "pipeline/session/a.go", `package session; func f() { go f() }`, "no goroutines"},
		{"channel", "pipeline/session/a.go", `package session; var c chan int`, "no channels"},
		{"receive", "pipeline/session/a.go", `package session; func f() { <-c }`, "no channels"},
		{"select", "pipeline/session/a.go", `package session; func f() { select {} }`, "no select"},
		{"init", "pipeline/worker/a.go", `package worker; func init() {}`, "init() runs before"},
		{"name", "pipeline/worker/a.go", `package util`, "says nothing"},
		{"big interface", "pipeline/worker/a.go", `package worker; type i interface { A(); B(); C(); D() }`, "interface of 4 methods"},
		{"long function", "pipeline/session/a.go", long, fmt.Sprintf("has %d lines, at most %d", maxFuncLines+2, maxFuncLines)},
		{"undocumented function", "pipeline/session/a.go", "package session\n\nfunc f() {\n" + strings.Repeat("\t_ = 0\n", maxUndocumented-1) + "}\n", "no doc comment"},
		{"long file", "pipeline/session/a.go", huge, fmt.Sprintf("has %d lines, at most %d", maxFileLines+1, maxFileLines)},
		{"tests may be long", "pipeline/session/a_test.go", huge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(c.path, c.text)
			if err != nil {
				t.Fatal(err)
			}
			findings := append(edges(s), excesses(s)...)
			if r, ok := roomOf(s.dir); ok && r.core && !s.test {
				findings = append(findings, impurities(s)...)
			}
			got := strings.Join(findings, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("want a finding with %q, got %q", c.want, got)
			}
		})
	}
}
