package pipetest_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/score"
	"friction/pipeline/signals"
)

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

// Every query of the page is asked of ClickHouse, and finds a signal of its kind.
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
