package pipetest_test

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/signals"
)

// realFile opens a file of the real data, which is not part of the repository.
// Where it is not there the test is skipped, and says so on stderr.
func realFile(t *testing.T, name string) *os.File {
	t.Helper()
	root := os.Getenv("FRICTION_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		fmt.Fprintf(os.Stderr, "SKIPPED %s: the real data is not here, set FRICTION_DATA to its folder: %v\n", t.Name(), err)
		t.Skip(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// step is something done in a recorded form.
type step struct {
	at    time.Time
	kind  string
	field string
}

// recordedForms are the visits of a form, each in the order of its times.
func recordedForms(t *testing.T, file, field, ends string) (visits [][]step) {
	t.Helper()
	z, err := gzip.NewReader(realFile(t, "process/rpa_ui_"+file+".csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	header, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := func(row []string, name string) string { return row[slices.Index(header, name)] }
	var all []step
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if column(row, "targetApp") != "Chrome" {
			continue
		}
		at, err := time.Parse(time.RFC3339, column(row, "timeStamp"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, step{at, column(row, "eventType"), column(row, field)})
	}
	slices.SortStableFunc(all, func(a, b step) int { return a.at.Compare(b.at) })
	var visit []step
	for _, s := range all {
		if visit = append(visit, s); s.kind == ends {
			visits, visit = append(visits, visit), nil
		}
	}
	return visits
}

// A robot's recordings of people who fill in forms: how often they edit a field
// again is known from other code. What the engine calls a return to a field is
// counted plainly, and nothing that was sent is called abandoned.
func TestRecordedForms(t *testing.T) {
	for _, x := range []struct {
		file, field, ends  string
		edits, editVisits  int // fields edited again, and visits in which: from the data's own page
		returns, inRecords int // entered again after another field: counted in Python
	}{
		{"Reimbursement", "target.id", "form_submit", 4, 3, 1, 1},
		{"StudentRecord", "target.name", "clickButton", 52, 50, 4, 4},
	} {
		t.Run(x.file, func(t *testing.T) {
			visits := recordedForms(t, x.file, x.field, x.ends)
			if len(visits) != 50 {
				t.Fatalf("%d visits of the form, want 50", len(visits))
			}
			if edits, in := editedAgain(visits); edits != x.edits || in != x.editVisits {
				t.Errorf("%d edits again in %d visits, want %d in %d", edits, in, x.edits, x.editVisits)
			}
			found, in := map[string]int{}, map[string]bool{}
			for _, s := range signalsOfForms(t, visits, x.ends) {
				found[s.Kind]++
				if s.Kind == "field_reentry" {
					in[s.User] = true
				}
			}
			if found["field_reentry"] != x.returns || len(in) != x.inRecords {
				t.Errorf("%d returns in %d visits, want %d in %d", found["field_reentry"], len(in), x.returns, x.inRecords)
			}
			for _, kind := range []string{"form_abandonment", "validation_loop", "rage_click", "retry"} {
				if found[kind] > 0 {
					t.Errorf("%d signals %s of forms that were all sent", found[kind], kind)
				}
			}
			t.Logf("signals: %v", found)
		})
	}
}

func editedAgain(visits [][]step) (edits, in int) {
	for _, visit := range visits {
		times := map[string]int{}
		again := 0
		for _, s := range visit {
			if s.kind == "editField" {
				if times[s.field]++; times[s.field] > 1 {
					again++
				}
			}
		}
		if edits += again; again > 0 {
			in++
		}
	}
	return edits, in
}

// signalsOfForms shows the visits to the engine, each as one user's.
func signalsOfForms(t *testing.T, visits [][]step, ends string) []score.SignalRow {
	t.Helper()
	var lines []string
	for i, visit := range visits {
		for _, s := range visit {
			head := fmt.Sprintf(`{"time":%d,"user":"visit-%d","page":"/form","type":`, s.at.UnixMilli(), i)
			field := fmt.Sprintf(`"target":{"tag":"input","input_type":"text","id":%q}}`, s.field)
			switch s.kind {
			case ends:
				lines = append(lines, head+`"submit","op":"form","ok":true}`)
			case "clickTextField":
				lines = append(lines, head+`"focus",`+field)
			case "editField", "paste":
				lines = append(lines, head+`"input",`+field)
			}
		}
	}
	c := engine.DefaultConfig()
	c.Signals.FieldReentry.Count = 2
	_, signals := runLines(t, c, lines)
	return signals
}

// runLines shows native events to an engine.
func runLines(t *testing.T, c engine.Config, lines []string) (event.Counters, []score.SignalRow) {
	t.Helper()
	e, err := engine.New(c, []string{"events"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		rec := event.Record{Offset: int64(i), Time: event.Never, NoKey: true, Value: []byte(line)}
		if why := d.Decode(&rec, e.Slot()); why.Reason != event.Accepted {
			t.Fatalf("%s %s: %s", why.Reason, why.Detail, line)
		}
		e.Add(&rec)
	}
	var signals []score.SignalRow
	drain(e, e.ClosingWatermark(), func(rows *score.Rows) { signals = append(signals, rows.Signals...) })
	return e.Counters(), signals
}

// Events of another product, mapped by hand: its time is that of the beginning,
// ours of the end. Its action is a whole chain of clicks that it calls a rage; of
// one click nobody can say so, a task of 71 ms is no hang, and an error minutes
// before the click is not the click's.
func TestRecordedEventsOfDatadog(t *testing.T) {
	var lines []string
	for _, name := range []string{"error", "resource", "long_task", "action"} {
		var x struct {
			Date    int64
			Session struct{ ID string }
			View    struct{ URL string }
			Error   struct{ Message string }
			Action  struct {
				Type        string
				Target      struct{ Name string }
				Frustration struct{ Type []string }
			}
			Resource struct {
				Method, URL string
				Status      int   `json:"status_code"`
				Duration    int64 // ns
			}
			LongTask struct{ Duration int64 } `json:"long_task"`
		}
		if err := json.NewDecoder(realFile(t, "samples/datadog_rum/"+name+".json")).Decode(&x); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		took, rest := int64(0), ""
		switch name {
		case "error":
			rest = fmt.Sprintf(`"type":"error","error":{"kind":"network","message":%q}`, x.Error.Message)
		case "resource":
			took = x.Resource.Duration / 1e6
			rest = fmt.Sprintf(`"type":"request","op":%q,"status":%d,"duration_ms":%d`, x.Resource.Method+" "+x.Resource.URL, x.Resource.Status, took)
		case "long_task":
			took = x.LongTask.Duration / 1e6
			rest = fmt.Sprintf(`"type":"hang","duration_ms":%d`, took)
		case "action":
			if !slices.Contains(x.Action.Frustration.Type, "rage_click") {
				t.Errorf("the sample has the frustrations %v", x.Action.Frustration.Type)
			}
			rest = fmt.Sprintf(`"type":%q,"target":{"text":%q}`, x.Action.Type, x.Action.Target.Name)
		}
		lines = append(lines, fmt.Sprintf(`{"time":%d,"user":%q,"page":%q,%s}`, x.Date+took, x.Session.ID, x.View.URL, rest))
	}
	counters, signals := runLines(t, engine.DefaultConfig(), lines)
	if counters.InSessions != 4 || len(signals) != 1 || signals[0].Kind != "error" {
		t.Errorf("%d events in sessions, want 4; signals %+v, want the error alone", counters.InSessions, signals)
	}
}

// Five panelists' page visits of five months: how often they loaded a page again
// and again, and how many loads that were, was counted in Python, page by page as
// it was sent (579 sessions; bursts of 3 reloads in 30 s, each going on while another
// follows within 30 s). Views of one page within 500 ms are one; without that rule the
// same count gives 515 bursts of 4562.
func TestRecordedBursts(t *testing.T) {
	z, err := gzip.NewReader(realFile(t, "clickstream/webtrackr_testdt_tracking.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type view struct {
		at   int64
		line string
	}
	var views []view
	for _, row := range rows[1:] { // panelist_id, wave, timestamp, url, device
		seconds, part, _ := strings.Cut(row[2], ".")
		at, err := strconv.ParseInt(seconds+(part + "000")[:3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, view{at, fmt.Sprintf(`{"time":%d,"user":%q,"type":"page_view","page":%q}`, at, row[0], row[3])})
	}
	slices.SortStableFunc(views, func(a, b view) int { return cmp.Compare(a.at, b.at) })
	lines := make([]string, len(views))
	for i := range views {
		lines[i] = views[i].line
	}
	c := engine.DefaultConfig()
	c.Signals.KeepOnly(signals.ReloadLoop)
	_, signals := runLines(t, c, lines)
	reloads := uint32(0)
	for i := range signals {
		reloads += signals[i].Count
	}
	if len(signals) != 445 || reloads != 3233 {
		t.Errorf("%d bursts of %d reloads, want 445 of 3233", len(signals), reloads)
	}
}
