package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/simulate"
	"friction/pipeline/sink"
)

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	goleak.VerifyTestMain(m)
}

func TestStateIsKeptOrBegunAnew(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Kafka: "h:9092", ClickHouse: "http://bob:hunter2@h:8123", Partitions: 4, history: time.Hour}
	makeDirs := func(names ...string) {
		for _, name := range names {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o750); err != nil {
				t.Fatal(err)
			}
		}
	}
	first, err := openState(o)
	if err != nil || !first.fresh || first.Loaded || first.Partitions != 4 || time.Since(first.HistoryFrom) < time.Hour {
		t.Fatalf("the first start: %+v, %v", first, err)
	}
	if err := first.save(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, stateFile)); err != nil || strings.Contains(string(b), "hunter2") {
		t.Errorf("%v; the state shows a password: %s", err, b)
	}

	// ended before the history was loaded
	makeDirs(kafkaDir, tablesDir)
	again, err := openState(o)
	if err != nil || !again.fresh {
		t.Errorf("after a start that was interrupted: %+v, %v", again, err)
	}
	for _, name := range []string{kafkaDir, tablesDir} {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s of an unfinished history is still there", name)
		}
	}

	// ended well
	makeDirs(kafkaDir, tablesDir)
	again.Loaded, again.Events, again.Seconds = true, 100, 4
	if err := again.save(); err != nil {
		t.Fatal(err)
	}
	o.Partitions = 8 // says how topics are made, and they are there
	next, err := openState(o)
	if err != nil || next.fresh || next.Run != again.Run || next.Partitions != 4 || next.perSecond() != 25 {
		t.Errorf("the next start: %+v, %v", next, err)
	}
	if _, err := os.Stat(filepath.Join(dir, kafkaDir)); err != nil {
		t.Error(err)
	}
	o.Kafka = ""
	if _, err := openState(o); err == nil || !strings.Contains(err.Error(), "was begun with h:9092 and http://bob:***@h:8123") {
		t.Errorf("with other servers: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, stateFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openState(o); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged state: %v", err)
	}
}

// Nothing is put into, let alone removed from, a directory that somebody else uses.
func TestDirectoryOfSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, kafkaDir), 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := openState(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "which no demo has left there") {
		t.Errorf("got %v", err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	var out bytes.Buffer
	busy := t.TempDir() // by another demo
	lock, err := embedded.LockDir(busy)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, o := range []Options{
		{},
		{Dir: t.TempDir()},
		{Dir: t.TempDir(), Out: &out, Err: &out, For: -1},
		{Dir: t.TempDir(), Out: &out, Err: &out, Partitions: 65},
		{Dir: t.TempDir(), Out: &out, Err: &out, Incident: "checkout/nowhere"},
		{Dir: t.TempDir(), Out: &out, Err: &out, ClickHouse: "h:8123"},
		{Dir: busy, Out: &out, Err: &out},
		{Dir: t.TempDir(), Out: &out, Err: &out, ClickHouseAddr: taken.Addr().String()},
	} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%+v was started", o)
		}
	}
}

func TestDSNSaysWhereCurlGoes(t *testing.T) {
	f := func(dsn, database, http, user string) {
		t.Helper()
		s := &servers{tables: sink.DefaultConfig()}
		if err := s.use(dsn); err != nil || s.tables.Database != database || s.http != http || s.curlUser != user {
			t.Errorf("%s: %v, %q %q %q", dsn, err, s.tables.Database, s.http, s.curlUser)
		}
	}
	f("http://h:8123", "friction", "http://h:8123", "")
	f("https://bob:hunter2@h/shop", "shop", "https://h", "-u bob ")
	f("clickhouse://h:9000/default", "friction", "", "")
	for _, dsn := range []string{"h:8123", "ftp://h", "http://h/no-name", "://"} {
		if err := (&servers{tables: sink.DefaultConfig()}).use(dsn); err == nil {
			t.Errorf("%s was taken", dsn)
		}
	}
}

func TestAddressThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if got, taken := freeAddr(addr); got != "127.0.0.1:0" || !taken || instead(taken, addr) == "" {
		t.Errorf("taken: %s, %v", got, taken)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got, taken := freeAddr(addr); got != addr || taken || instead(taken, addr) != "" {
		t.Errorf("free: %s, %v", got, taken)
	}
}

// Two shops as one give the records of both, in the order of their arrival, however often they are asked.
func TestShopsAsOne(t *testing.T) {
	open := func(start time.Time, rate float64, end time.Time) *simulate.Shop {
		s, err := simulate.New(simulate.Options{Seed: 3, Start: start, End: end, Rate: rate, Users: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	later, end := shown.Add(20*time.Minute), shown.Add(25*time.Minute)
	want := slices.Collect(open(shown, 20, later).Records(end))
	want = slices.AppendSeq(want, open(later, 60, time.Time{}).Records(end))
	slices.SortStableFunc(want, func(a, b simulate.Record) int { return a.Deliver.Compare(b.Deliver) })

	var both shops
	both.add(open(shown, 20, later))
	both.add(open(later, 60, time.Time{}))
	var got []simulate.Record
	for until := shown; !until.After(end); until = until.Add(7 * time.Second) {
		for r, ok := both.next(until); ok; r, ok = both.next(until) {
			if r.Deliver.After(until) {
				t.Fatalf("at %v came what arrives at %v", until, r.Deliver)
			}
			got = append(got, r)
		}
	}
	for r, ok := both.next(end); ok; r, ok = both.next(end) {
		got = append(got, r)
	}
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if !got[i].Deliver.Equal(want[i].Deliver) || string(got[i].Value) != string(want[i].Value) {
			t.Fatalf("record %d is %s, want %s", i, got[i].Value, want[i].Value)
		}
	}
}

// shouts tells when a text has been written.
type shouts struct {
	mu   sync.Mutex
	text bytes.Buffer
	on   string
	do   func()
}

func (s *shouts) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	if s.do != nil && strings.Contains(s.text.String(), s.on) {
		s.do()
		s.do = nil
	}
	return n, err
}

func (s *shouts) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// On servers of one's own the demo keeps to itself, says what ClickHouse holds, and mixes with nobody.
func TestDemoOnServersOfOnesOwn(t *testing.T) {
	s := shoptest.Start(t, shoptest.FakeKafka, 2)
	var out, errs shouts
	o := Options{
		Dir: t.TempDir(), For: 3 * time.Second, JSON: true, Kafka: s.Kafka.Brokers[0], ClickHouse: s.HTTP + "/shop", Seed: 5, Partitions: 2,
		Out: &out, Err: &errs, history: time.Hour,
	}
	sum, err := Run(t.Context(), o)
	if err != nil || sum == nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var said Summary
	if err := json.Unmarshal([]byte(out.String()), &said); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Fatalf("%v: %s", err, out.String())
	}
	f := func(sql string, want uint64) {
		t.Helper()
		if got := s.Query(t, sql); len(got) != 1 || got[0] != strconv.FormatUint(want, 10) {
			t.Errorf("%s: %v, want %d", sql, got, want)
		}
	}
	f("SELECT sum(consumed) FROM shop.progress", said.Events)
	f("SELECT sum(sessions_opened) FROM shop.progress", said.Sessions)
	f("SELECT count() FROM shop.rejected_events", said.Rejected)
	f("SELECT count() FROM shop.late_events", said.Late)
	f("SELECT sum(lag) + sum(abs(unaccounted)) FROM shop.progress", 0)
	f("SELECT count() FROM system.tables WHERE database = 'friction' AND name = 'runs_log'", 1)
	f("SELECT count() FROM friction.runs", 0)
	if said.Events < 50_000 || said.EventsPerSecond <= 0 || len(said.Steps) != len(simulate.Steps()) || said.DataUntil.Before(time.Now().Add(-time.Minute)) {
		t.Errorf("the summary is %+v", said)
	}
	f(fmt.Sprintf("SELECT visits FROM shop.step_scores WHERE journey = 'checkout' AND step = 'cart' AND window_start = '%s'",
		said.Steps[4].WindowStart.Format(time.DateTime)), said.Steps[4].Visits)
	truth, err := os.ReadFile(filepath.Join(o.Dir, truthFile))
	if err != nil || bytes.Count(truth, []byte("\n")) < 1000 {
		t.Errorf("%v; the truth has %d lines", err, bytes.Count(truth, []byte("\n")))
	}

	second := o
	second.Dir = t.TempDir()
	if _, err := Run(t.Context(), second); err == nil || !strings.Contains(err.Error(), "holds records that are not of the demo in") {
		t.Errorf("another directory's demo in the same topics: %v", err)
	}
	foreign := o
	foreign.Dir, foreign.Kafka, foreign.ClickHouse = t.TempDir(), "", s.HTTP
	db, err := sink.Open(s.ClickHouse, nil, sink.Observer{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Register(t.Context(), "production", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), foreign); err == nil || !strings.Contains(err.Error(), "database friction holds the numbers of production") ||
		!strings.Contains(err.Error(), sink.MaskDSN(s.HTTP)+"/friction_demo") {
		t.Errorf("a database in use: %v", err)
	}
}

// A start that is interrupted while it loads ends without an error and leaves nothing running; the next one begins anew,
// and the one after that goes on.
func TestDemoInterruptedAndContinued(t *testing.T) {
	shoptest.Start(t, shoptest.FakeKafka, 1) // to be skipped where there is no engine
	dir := t.TempDir()
	run := func(ctx context.Context, screen *shouts, lasts time.Duration, history time.Duration) (*Summary, error) {
		return Run(ctx, Options{Dir: dir, For: lasts, Out: screen, Err: screen, ClickHouseAddr: "127.0.0.1:0", Partitions: 2, history: history})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	screen := &shouts{on: "ClickHouse  http://", do: func() { time.AfterFunc(time.Second, cancel) }}
	if sum, err := run(ctx, screen, 0, 24*time.Hour); err != nil || sum != nil || !strings.Contains(screen.String(), "begins anew") {
		t.Fatalf("%v, %+v: %s", err, sum, screen)
	}
	first := &shouts{}
	one, err := run(t.Context(), first, time.Second, time.Hour)
	if err != nil || !strings.Contains(first.String(), "Loaded one day of history") {
		t.Fatalf("%v: %s", err, first)
	}
	second := &shouts{}
	two, err := run(t.Context(), second, time.Second, time.Hour)
	if err != nil || strings.Contains(second.String(), "one day of history") {
		t.Fatalf("%v: %s", err, second)
	}
	if two.Events <= one.Events || two.Events > one.Events+30_000 || two.EventsPerSecond != one.EventsPerSecond || two.Late > 0 {
		t.Errorf("went on from %+v to %+v", one, two)
	}
	if one.Steps[4].Usual != two.Steps[4].Usual {
		t.Errorf("the history has changed from %+v to %+v", one.Steps[4].Usual, two.Steps[4].Usual)
	}
}

// Who names a server that does not answer is told so, and soon.
func TestDemoWithServersThatAreNotThere(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it waits for servers that are not there")
	}
	var out shouts
	if _, err := Run(t.Context(), Options{Dir: t.TempDir(), Out: &out, Err: &out, ClickHouse: "http://bob:hunter2@127.0.0.1:1"}); err == nil ||
		!strings.Contains(err.Error(), "reach ClickHouse at http://bob:***@127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // as if serverWait were over
	defer cancel()
	if _, err := Run(ctx, Options{Dir: t.TempDir(), Out: &out, Err: &out, Kafka: "127.0.0.1:1"}); err == nil ||
		!strings.Contains(err.Error(), "Kafka at 127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}

// The demo's rules find the shop's steps by the pages its records name.
func TestDemoRulesKnowTheSteps(t *testing.T) {
	rules, err := shopRules()
	if err != nil {
		t.Fatal(err)
	}
	if got := journeys(); !slices.Equal(got, []string{"sign-up", "checkout"}) {
		t.Errorf("journeys %v", got)
	}
	n := 0
	for _, j := range rules.Engine.Journeys.List {
		n += len(j.Steps)
	}
	if n != len(simulate.Steps()) {
		t.Errorf("%d steps, want %d", n, len(simulate.Steps()))
	}
}
