package engine_test

import (
	"fmt"
	"testing"
	"time"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/oracle"
	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
)

const noon event.Millis = 1_767_268_800_000 // 2026-01-01T12:00:00Z

func at(d time.Duration) event.Millis { return noon + event.Millis(d.Milliseconds()) }

// machine is an engine and the rows it has made, with a short hand for events.
type machine struct {
	*engine.Engine
	t      *testing.T
	rows   []*score.Rows
	offset int64
	keyer  event.Keyer
}

func start(t *testing.T, c engine.Config, topics ...string) *machine {
	t.Helper()
	e, err := engine.New(c, topics)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{Engine: e, t: t}
}

func (m *machine) read(topic uint8, user string, at event.Millis, e event.Event) {
	e.App, e.User, e.Time, e.Key = "shop", user, at, m.keyer.Key("shop", user, "")
	*m.Slot() = e
	m.Add(&event.Record{Topic: topic, Offset: m.offset, Time: at})
	m.offset++
}

func (m *machine) to(w event.Millis) *score.Rows {
	m.t.Helper()
	m.Advance(w)
	for done := false; !done; {
		done = m.Run()
		m.rows = append(m.rows, m.TakeRows())
		if c := m.Counters(); !c.Balanced() {
			m.t.Fatalf("counters do not balance: %+v", c)
		}
	}
	return tables.Last(m.rows...)
}

func view(page string) event.Event { return event.Event{Type: event.PageView, Page: page} }

// A record that comes behind a watermark that idleness has moved takes the watermark as its effective time.
func TestARecordOvertakenByIdleness(t *testing.T) {
	c := engine.DefaultConfig()
	c.Sessions.AcceptLate = 0
	m := start(t, c, "clickstream", "telemetry")
	m.read(0, "ada", noon, view("/a"))
	if w := m.Reachable([]bool{false, false}); w != event.Beginning {
		t.Errorf("a topic that may still speak holds the watermark: %d", w)
	}
	m.to(at(20 * time.Second)) // both idle for half a minute
	m.read(1, "ada", at(5*time.Second), event.Event{Type: event.Request, Op: "GET /a", Status: 500})
	m.read(1, "ada", at(6*time.Second), event.Event{Type: event.Request, Op: "GET /a", Status: 200})
	m.read(0, "bob", at(21*time.Second), view("/b"))
	if c := m.Counters(); c.IdleOvertaken != 2 || c.Pending != 3 {
		t.Errorf("two came behind the watermark and none was taken yet: %+v", c)
	}
	if got := m.to(at(20 * time.Second)); len(got.Signals) != 0 {
		t.Errorf("taken at the watermark itself, so not before it has passed: %+v", got.Signals)
	}
	got := m.to(at(20*time.Second + time.Millisecond))
	if len(got.Signals) != 1 || got.Signals[0].Kind != "retry" || got.Signals[0].StartedAt != at(5*time.Second) {
		t.Errorf("seen in their own order, by their own times: %+v", got.Signals)
	}
	// A session closed by idle time is closed, whatever still comes.
	m.to(at(40 * time.Minute))
	m.read(1, "ada", at(9*time.Second), event.Event{Type: event.Request, Op: "GET /a", Status: 200})
	got = m.to(at(40*time.Minute + time.Millisecond))
	if len(got.Late) != 1 || got.Late[0].LateBy != at(40*time.Minute)-at(9*time.Second) {
		t.Errorf("late by the watermark it was overtaken by: %+v", got.Late)
	}
}

// The closing watermark takes every record, closes every session and writes every change.
func TestTheClosingWatermarkLeavesNothing(t *testing.T) {
	m := start(t, engine.DefaultConfig(), "clickstream", "telemetry")
	if m.ClosingWatermark() != event.Beginning || m.Unfinished() {
		t.Error("nothing to close yet")
	}
	m.read(0, "ada", noon, view("/a"))
	m.read(0, "bob", at(time.Hour), view("/a"))
	m.read(0, "ada", at(time.Second), view("/b")) // an hour late
	if !m.Unfinished() {
		t.Error("three records wait")
	}
	got := m.to(m.ClosingWatermark())
	if m.Unfinished() || m.Open() != 0 || len(got.Sessions) != 3 || m.Counters().Overdue != 1 || m.Counters().Pending != 0 {
		t.Errorf("unfinished %v, open %d, %d sessions, %d overdue", m.Unfinished(), m.Open(), len(got.Sessions), m.Counters().Overdue)
	}
	for _, w := range got.Windows {
		if w.Sums.Outcomes[journey.Open] != 0 {
			t.Errorf("window still has open visits: %+v", w)
		}
	}
	if again := m.ClosingWatermark(); m.Watermark() > again {
		t.Errorf("closing again would go back to %d", again)
	}
	m.read(0, "ada", at(2*time.Hour), view("/c"))
	if got = m.to(m.ClosingWatermark()); len(got.Sessions) != 4 {
		t.Errorf("what comes after is taken too: %d sessions", len(got.Sessions))
	}
}

func TestAtMostSoManySessionsAreOpen(t *testing.T) {
	c := engine.DefaultConfig()
	c.Sessions.MaxOpen = 2
	m := start(t, c, "clickstream")
	for i := range 4 {
		m.read(0, fmt.Sprint("user", i), at(time.Duration(i)*time.Second), view("/a"))
	}
	m.read(0, "user0", at(10*time.Second), view("/b"))
	m.read(0, "user3", at(40*time.Minute), view("/c")) // by then there is room
	got := m.to(m.ClosingWatermark())
	if n := m.Counters().Capped; n != 2 || len(got.Sessions) != 3 {
		t.Errorf("%d capped, %d sessions; want 2 and 3", n, len(got.Sessions))
	}
}

func TestRejectedRecordsAreSetAside(t *testing.T) {
	m := start(t, engine.DefaultConfig(), "clickstream", "telemetry")
	for i, topic := range []uint8{1, 0, 1} {
		m.Slot()
		m.Reject(&event.Record{Topic: topic, Offset: int64(9 - i), Time: noon}, event.Rejection{Reason: event.BadTime, Detail: "time: want RFC 3339"}, 70)
	}
	got := m.to(noon)
	c := m.Counters()
	if c.Rejected != 3 || c.ByReason[event.BadTime] != 3 || c.Consumed != 3 {
		t.Errorf("counters %+v", c)
	}
	if len(got.Rejected) != 3 || got.Rejected[0].Topic != "clickstream" || got.Rejected[1].Offset != 7 || got.Rejected[2].Offset != 9 {
		t.Errorf("in the order of topic and offset, however they came: %+v", got.Rejected)
	}
	if r := got.Rejected[0]; r.Reason != "bad_time" || r.Detail != "time: want RFC 3339" || r.Bytes != 70 || r.RecordTime != noon {
		t.Errorf("row %+v", r)
	}
}

// A tiny outbox stops the run after each record that fills it, and loses nothing.
func TestAFullOutboxStopsTheRun(t *testing.T) {
	c := engine.DefaultConfig()
	c.OutboxBytes = 1 << 10
	m := start(t, c, "clickstream")
	for i := range 200 {
		m.read(0, fmt.Sprint("user", i), at(time.Duration(i)*time.Millisecond), view("/a"))
	}
	m.Advance(m.ClosingWatermark())
	stops := 0
	for !m.Run() {
		stops++
		m.rows = append(m.rows, m.TakeRows())
		if n := len(m.rows[len(m.rows)-1].Sessions); n > 10 {
			t.Fatalf("%d sessions in one outbox of 1 KiB", n)
		}
	}
	got := tables.Last(append(m.rows, m.TakeRows())...)
	if stops < 20 || len(got.Sessions) != 200 || len(got.Visits) != 200 {
		t.Errorf("%d stops, %d sessions, %d visits", stops, len(got.Sessions), len(got.Visits))
	}
}

// A session of very many pages is as small as one of some: visits that can no
// longer change are forgotten, and all rows are the same as if they were not.
func TestASessionOfManyPagesStaysSmall(t *testing.T) {
	c := engine.DefaultConfig()
	c.Sessions.Gap, c.Sessions.Max = 5*time.Minute, 14*24*time.Hour
	c.Journeys.List = []journey.Journey{{Name: "tour", Steps: []journey.Step{
		{Name: "in", Match: []journey.Match{{Page: journey.Values{"/0"}}}}, {Name: "out", Match: []journey.Match{{Page: journey.Values{"/never"}}}},
	}}}
	w := &world.World{Config: c, Topics: []string{"clickstream"}}
	for i := range 400 {
		e := view(fmt.Sprintf("/%d", i%7))
		e.App, e.User, e.Time = "shop", "ada", at(time.Duration(i)*20*time.Second)
		e.Key = new(event.Keyer).Key("shop", "ada", "")
		w.Log = append(w.Log, world.Record{Event: e})
	}
	d, err := scenario.NewDrive(w)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for i := 0; i < 400; i += 100 {
		d.Add(w.Log[i : i+100])
		if err := d.Run(event.Beginning); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(d.Engine.AppendState(nil)))
	}
	if sizes[3] > sizes[1]+sizes[1]/4 {
		t.Errorf("state grows with the pages: %v bytes", sizes)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	plain, _ := oracle.Rows(w)
	if len(plain.Visits) != 401 {
		t.Fatalf("%d visits, want 400 of site and one of tour", len(plain.Visits))
	}
	if diff := tables.Fold(d.Rows...).Diff(tables.Fold(plain)); diff != "" {
		t.Error(diff)
	}
}
