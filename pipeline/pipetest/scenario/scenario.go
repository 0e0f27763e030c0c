package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/oracle"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
)

// A Scenario is a test in a file: what is configured, what people did, and what
// the tables then say, each with the reason why.
//
//	Free text: what the scenario is about.
//
//	-- config --
//	sessions: {gap: 10m}
//
//	-- events --
//	12:00:00.0 ada page_view /cart
//	12:00:01.5 ada click #pay tag=button
//	12:00:30.0 ada request op="POST /pay" status=502 topic=telemetry
//
//	-- visits journey=site at 12:02:45 --
//	# why it is so, at this watermark
//
//	-- signals --
//	# why it is so, once everything has ended
//
// Records arrive in the order of their times, or when they say: arrives=12:00:20.0.
// An output section names a table, may
// give values that a row must have to be shown, and the watermark up to which
// the engine has run. It must begin with a comment that justifies what follows.
type Scenario struct {
	Intro  string
	config string
	events string
	World  world.World
	Looks  []*Look
}

// Look is one table at one time.
type Look struct {
	header  string
	Table   string
	where   map[string]string
	at      event.Millis // event.Never: when everything has ended
	comment []string
	Text    string // what the file says
	line    int
}

// RunAll runs every scenario in testdata of the package under test: the engine's
// tables must be as written, and the oracle must agree. With FRICTION_REWRITE
// set, what is written is replaced.
func RunAll(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { scenario(t, file) })
	}
}

// scenario plays one file, compares the engine with the oracle and the rows with the text; with FRICTION_REWRITE it
// writes the rows into the file instead.
func scenario(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(string(text))
	if err != nil {
		t.Fatalf("%s:%v", file, err)
	}
	final, shown, err := s.Play()
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := oracle.Rows(&s.World)
	if diff := tables.Fold(final).Diff(tables.Fold(plain)); diff != "" {
		t.Errorf("engine and oracle differ:\n%s", diff)
	}
	if os.Getenv("FRICTION_REWRITE") != "" {
		if now := s.format(shown); !bytes.Equal(now, text) {
			if err := os.WriteFile(file, now, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for i, look := range s.Looks {
		if shown[i] != look.Text {
			t.Errorf("%s:%d: %s\nhave\n%s\nwant\n%s", file, look.line, look.header, shown[i], look.Text)
		}
	}
}

// Play runs the engine and returns the rows at the end and what each look shows.
func (s *Scenario) Play() (final *score.Rows, shown []string, err error) {
	d, err := NewDrive(&s.World)
	if err != nil {
		return nil, nil, err
	}
	d.Add(s.World.Log)
	inTime := slices.Clone(s.Looks)
	slices.SortStableFunc(inTime, func(a, b *Look) int { return cmp.Compare(a.at, b.at) })
	texts := map[*Look]string{}
	for _, look := range inTime {
		at := look.at
		if at == event.Never {
			at = d.Engine.ClosingWatermark()
		}
		if err := d.Run(at); err != nil {
			return nil, nil, err
		}
		c := d.Engine.Counters()
		texts[look] = look.show(tables.Last(d.Rows...), &c)
	}
	if err := d.Close(); err != nil {
		return nil, nil, err
	}
	for _, look := range s.Looks {
		shown = append(shown, texts[look])
	}
	return tables.Last(d.Rows...), shown, nil
}

// format writes the scenario with other tables.
func (s *Scenario) format(shown []string) []byte {
	var b strings.Builder
	b.WriteString(s.Intro)
	if s.config != "" {
		fmt.Fprintf(&b, "-- config --\n%s", s.config)
	}
	fmt.Fprintf(&b, "-- events --\n%s", s.events)
	for i, look := range s.Looks {
		fmt.Fprintf(&b, "-- %s --\n%s%s", look.header, strings.Join(look.comment, ""), shown[i])
		if i+1 < len(s.Looks) {
			b.WriteString("\n")
		}
	}
	return []byte(b.String())
}
