package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/files"
	"friction/pipeline/journey"
	"friction/pipeline/rules"
)

// replayFiles returns the rows and the summary of a replay of access logs.
func replayFiles(t *testing.T, set files.Set) (string, *Summary) {
	t.Helper()
	set.Decode = decode.DefaultConfig()
	set.Decode.Format = decode.NCSA
	inForce, err := rules.New(engine.DefaultConfig(), set.Decode)
	if err != nil {
		t.Fatal(err)
	}
	var rows bytes.Buffer
	s, err := Run(t.Context(), Options{Rules: inForce, Past: FilePast(set.Open), Rows: &rows, Tally: set.Tally})
	if err != nil {
		t.Fatal(err)
	}
	return rows.String(), s
}

// nodes writes the access log of a few people over some hours, spread over nodes as
// a load balancer does, and returns the files and the number of lines.
func nodes(t *testing.T, rng *rand.Rand, count int) (paths []string, lines int) {
	t.Helper()
	texts := make([]strings.Builder, count)
	for second := 0; second < 4*3600; second += 20 + rng.IntN(300) {
		fmt.Fprintf(&texts[rng.IntN(count)], "10.0.0.%d - - [07/Jan/2026:%02d:%02d:%02d +0000] \"GET /p%d HTTP/1.1\" 200 10\n",
			rng.IntN(5), 8+second/3600, second/60%60, second%60, rng.IntN(4))
		lines++
	}
	for i := range texts {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("node%d.log", i))
		if err := os.WriteFile(path, []byte(texts[i].String()), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths, lines
}

// Nothing is late in files, whatever their order, and the rows are the same; read
// in the order of the files, most of it is late.
func TestFilesInAnyOrder(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 2))
		paths, lines := nodes(t, rng, 3)
		want, s := replayFiles(t, files.Set{Paths: paths, Sort: &files.Sort{}})
		if got := s.Counters.InSessions; got != uint64(lines) {
			t.Fatalf("seed %d: %d of %d lines are in sessions", seed, got, lines)
		}
		for range 3 {
			rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
			if got, _ := replayFiles(t, files.Set{Paths: paths, Sort: &files.Sort{Memory: 2000}}); got != want {
				t.Fatalf("seed %d: other rows with files %v", seed, paths)
			}
		}
		if _, live := replayFiles(t, files.Set{Paths: paths}); live.Counters.Late+live.Counters.Overdue == 0 {
			t.Fatalf("seed %d: nothing was late in the order of the files, so this test shows nothing", seed)
		}
	}
}

// A phone that was offline sends a crash and what came before it at the next start. In the order of the file these are
// overdue, and count in the minutes when they happened; in the order of time nothing is.
func TestWhatIsSentAtTheNextStartCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.ndjson")
	text := `{"time":"2026-03-03T10:00:00Z","user":"other","type":"screen_view","page":"Home"}
{"time":"2026-03-03T15:00:00Z","user":"other","type":"screen_view","page":"Home"}
{"time":"2026-03-03T10:10:00Z","user":"u","type":"screen_view","page":"Basket"}
{"time":"2026-03-03T10:11:30Z","user":"u","type":"screen_view","page":"Pay"}
{"time":"2026-03-03T10:11:40Z","user":"u","type":"crash","page":"Pay"}
{"time":"2026-03-03T15:00:02Z","user":"u","type":"screen_view","page":"Home"}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, sorted := range map[string]*files.Sort{"sorted": {}, "as live": nil} {
		set := files.Set{Paths: []string{path}, Sort: sorted, Decode: decode.DefaultConfig()}
		inForce, err := rules.New(engine.DefaultConfig(), set.Decode)
		if err != nil {
			t.Fatal(err)
		}
		var rows bytes.Buffer
		s, err := Run(t.Context(), Options{Rules: inForce, Past: FilePast(set.Open), Rows: &rows, Tally: set.Tally})
		if err != nil {
			t.Fatal(err)
		}
		late := 0
		if sorted == nil {
			late = 3
		}
		c := s.Counters
		if c.InSessions != 6 || c.Late != 0 || c.Overdue != uint64(late) || s.Signals["crash"] != 1 {
			t.Errorf("%s: %+v, %v", name, c, s.Signals)
		}
		pane := `"step":"Pay","step_index":0,"pane_start":"2026-03-03T10:11:00.000Z","pane_size_ms":60000,"visits":1,"late_visits":%d,"affected":1,`
		if !strings.Contains(rows.String(), fmt.Sprintf(pane, late/3)) {
			t.Errorf("%s: the visit of Pay is not counted in its minute:\n%s", name, rows.String())
		}
	}
}

// Somebody who comes back later completes what was begun; the visit that was left says so, in the one row it has.
func TestWhoComesBackLaterIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.ndjson")
	text := `{"time":"2026-03-22T09:00:00Z","user":"u","type":"page_view","page":"/start"}
{"time":"2026-03-22T09:05:00Z","user":"u","type":"page_view","page":"/upload"}
{"time":"2026-03-22T09:06:00Z","user":"gone","type":"page_view","page":"/start"}
{"time":"2026-03-22T15:00:00Z","user":"u","type":"page_view","page":"/upload"}
{"time":"2026-03-22T15:05:00Z","user":"u","type":"page_view","page":"/end"}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config := engine.DefaultConfig()
	config.Journeys.Site.Enabled = false
	claim := journey.Journey{Name: "claim", Resume: 8 * time.Hour}
	for _, page := range []string{"/start", "/upload", "/end"} {
		claim.Steps = append(claim.Steps, journey.Step{Name: page[1:], Match: []journey.Match{{Page: journey.Values{page}}}})
	}
	config.Journeys.List = []journey.Journey{claim}
	inForce, err := rules.New(config, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	set := files.Set{Paths: []string{path}, Sort: &files.Sort{}, Decode: decode.DefaultConfig()}
	var got []string
	for _, line := range linesOf(t, inForce, FilePast(set.Open)) {
		var v struct {
			Table, User, Step, Outcome string
			Midway                     bool `json:"entered_midway"`
			Resumed, Returned          bool
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		if v.Table == "step_visits" {
			got = append(got, fmt.Sprint(v.User, " ", v.Step, " ", v.Outcome, v.Midway, v.Resumed, v.Returned))
		}
	}
	slices.Sort(got)
	want := []string{
		"gone start droppedfalse false false", "u end completedfalse true false", "u start advancedfalse false false",
		"u upload advancedfalse true false", "u upload droppedfalse false true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("have %q\nwant %q", got, want)
	}
}

// What was rejected names file and line, and a time that exists.
func TestRejectedRowsNameFileAndLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	text := "10.0.0.1 - - [07/Jan/2026:08:00:00 +0000] \"GET / HTTP/1.1\" 200 10\nno line of a log\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, _ := replayFiles(t, files.Set{Paths: []string{path}, Sort: &files.Sort{}, Tally: files.NewTally()})
	for line := range strings.SplitSeq(rows, "\n") {
		if strings.Contains(line, `"table":"rejected_events"`) {
			for _, want := range []string{`"topic":"` + path + `"`, `"offset":2`, `"record_time":"2026-01-07T08:00:00`} {
				if !strings.Contains(line, want) {
					t.Errorf("no %s in %s", want, line)
				}
			}
			return
		}
	}
	t.Error("no row of what was rejected")
}
