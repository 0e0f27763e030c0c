//go:build unix

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"friction/pipeline/embedded"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/await"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// cluster is what tests of failures share: a real Apache Kafka and a ClickHouse, both as processes that can be killed,
// frozen and cut off, with proxies before them.
type cluster struct {
	t          testing.TB
	brokers    *testcluster.Brokers
	clickhouse *testcluster.Process
	dbDir      string
	dbAddr     string // without the proxy
	proxy      *testcluster.Proxy
	fixtures   atomic.Int64 // how many there have been; rows of tests run in parallel
}

func newCluster(t testing.TB, brokers int) *cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts Kafka and ClickHouse")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if _, err := embedded.Library(ctx, embedded.LibraryOptions{}); err != nil {
		testcluster.SkipWithout(t, err)
	}
	g := &cluster{t: t, brokers: testcluster.StartBrokers(t, testcluster.BrokerOptions{Brokers: brokers}), dbDir: t.TempDir()}
	var err error
	if g.dbAddr, err = testcluster.FreeAddr(); err != nil {
		t.Fatal(err)
	}
	g.proxy = testcluster.NewProxy(t, g.dbAddr)
	g.startClickHouse(t)
	return g
}

// startClickHouse starts it, on the data it had, and waits until it answers.
func (g *cluster) startClickHouse(t testing.TB) {
	t.Helper()
	options, err := json.Marshal(embedded.ClickHouseOptions{Dir: g.dbDir, Addr: g.dbAddr})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), clickhouseEnv+"="+string(options))
	g.clickhouse = testcluster.StartProcess(g.t, "ClickHouse", cmd, nil)
	until(t, "ClickHouse to answer", func() bool {
		if !g.clickhouse.Running() {
			t.Fatal(g.clickhouse.Err())
		}
		_, err := g.ask("", "SELECT 1")
		return err == nil
	})
}

// url is where ClickHouse answers, at its own address or at the proxy's.
func (g *cluster) url(addr string) string {
	token, err := embedded.Token(g.dbDir)
	if err != nil {
		return "http://" + addr // it has not started yet
	}
	return "http://" + embedded.User + ":" + token + "@" + addr
}

// until waits for something that another process does.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	await.True(t, 6*time.Minute, what, ok)
}

// ask is a query around the proxy; it returns the lines of the answer.
func (g *cluster) ask(database, sql string) ([]string, error) {
	client := http.Client{Timeout: 30 * time.Second}
	values := url.Values{}
	if database != "" {
		values.Set("database", database)
	}
	r, err := client.Post(g.url(g.dbAddr)+"/?"+values.Encode(), "text/plain", strings.NewReader(sql))
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", sql, b)
	}
	if text := strings.TrimSpace(string(b)); err == nil && text != "" {
		return strings.Split(text, "\n"), nil
	}
	return nil, err
}

// fixture is one test's share of the cluster: its own topics, group and database, the traffic and the workers.
type fixture struct {
	*cluster
	t          testing.TB
	w          *traffic
	kafka      source.Config
	config     Config
	rules      *rules.Rules
	db         string // database; "truth_" before it is the oracle's
	client     *kgo.Client
	sent       int               // records of the traffic that are there
	offsets    []int64           // where they are
	names      map[string]string // topic of the traffic → topic of the fixture
	workers    map[string]*testcluster.Process
	httpAddrs  map[string]string
	dir        string
	skipped    func(i int) bool // records of the traffic that nobody can read any more; nil for none
	chunkBytes int              // of the log's records; 0 for the default
	promote    string           // the configuration that a worker may replace
	broken     error            // why nothing more is sent
	allSent    chan struct{}    // closed when all has been sent, if it is sent gradually
	sending    sync.Mutex       // held while records are on their way
}

// fixture prepares a share for some traffic.
func (g *cluster) fixture(t testing.TB, w *traffic) *fixture {
	t.Helper()
	number := g.fixtures.Add(1)
	r := &fixture{
		cluster: g, t: t, w: w, rules: w.rules, db: fmt.Sprintf("test_%d", number), names: map[string]string{}, dir: t.TempDir(),
		chunkBytes: 8 << 10, workers: map[string]*testcluster.Process{}, httpAddrs: map[string]string{}, kafka: source.DefaultConfig(), config: DefaultConfig(),
	}
	for _, topic := range w.topics {
		r.names[topic] = fmt.Sprintf("%s_%d", topic, number)
		g.brokers.CreateTopic(r.names[topic], w.partitions, map[string]string{"retention.ms": "-1"})
	}
	k := &r.kafka
	k.Brokers, k.Topics, k.Group = g.brokers.Addrs(), slices.Sorted(maps.Values(r.names)), r.db
	k.Membership.SessionTimeout, k.Membership.HeartbeatEvery, k.Membership.RebalanceTimeout = 2*time.Second, 200*time.Millisecond, 4*time.Second
	k.Membership.RejoinAfter = 100 * time.Millisecond
	k.Fetch.MaxBytes, k.Fetch.MaxWait = 32<<10, 100*time.Millisecond
	k.RequestTimeout, k.MetadataEvery = 3*time.Second, 500*time.Millisecond
	c := &r.config
	c.EpochEvery, c.InsertEvery, c.IdleTimeout, c.MaxWait = 100*time.Millisecond, 100*time.Millisecond, time.Hour, time.Hour
	c.EpochBytes, c.BaseEvery, c.ReplayTime = 64<<10, 1500*time.Millisecond, time.Second
	for _, name := range []string{r.db, "truth_" + r.db} {
		r.migrate(name)
	}
	r.client = g.brokers.Client(kgo.MaxBufferedRecords(100_000), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.UnknownTopicRetries(-1)) // a broker that starts does not know its topics yet
	t.Cleanup(r.report)
	return r
}

func (r *fixture) sinkConfig(database string) sink.Config {
	c := sink.DefaultConfig()
	c.DSN, c.Database, c.AttemptTimeout = r.url(r.proxy.Addr()), database, 5*time.Second
	return c
}

func (r *fixture) openSink(database string) *sink.Sink {
	r.t.Helper()
	c := r.sinkConfig(database)
	c.DSN, c.AttemptTimeout = r.url(r.dbAddr), time.Minute
	s, err := sink.Open(c, nil, sink.Observer{})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *fixture) migrate(database string) {
	r.t.Helper()
	s := r.openSink(database)
	defer func() { _ = s.Close() }()
	if _, err := s.Migrator().Up(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// report shows the end of what workers have said, when the test has failed.
func (r *fixture) report() {
	if !r.t.Failed() {
		return
	}
	files, _ := filepath.Glob(filepath.Join(r.dir, "*.log"))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		r.t.Logf("%s:\n  %s", filepath.Base(f), strings.Join(lines[max(0, len(lines)-25):], "\n  "))
	}
}

// send produces the next n records of the traffic, or all that are left.
func (r *fixture) send(n int) error {
	var batch []*kgo.Record
	for i := r.sent; i < min(r.sent+n, len(r.w.records)); i++ {
		a := &r.w.records[i]
		batch = append(batch, &kgo.Record{
			Topic: r.names[a.topic], Partition: a.partition, Key: a.record.Key, Value: a.record.Value,
			Timestamp: time.UnixMilli(int64(a.record.Time)),
		})
	}
	r.sending.Lock()
	defer r.sending.Unlock()
	if err := r.client.ProduceSync(r.t.Context(), batch...).FirstErr(); err != nil {
		return fmt.Errorf("produce: %w", err) // what was written is not known any more
	}
	for _, sent := range batch {
		r.offsets = append(r.offsets, sent.Offset)
	}
	r.sent += len(batch)
	return nil
}

// disturb does something to a broker while nothing of ours is on its way to it. A broker that comes back forgets
// producers whose last records are old, as all of ours are; it would accept a batch twice that it had not yet answered.
func (r *fixture) disturb(action func()) {
	r.sending.Lock()
	defer r.sending.Unlock()
	action()
}

// sendGradually sends what is left in small portions within some seconds. finish waits for it.
func (r *fixture) sendGradually() { r.sendWithin(3 * time.Second) }

func (r *fixture) sendWithin(d time.Duration) {
	const every = 50 * time.Millisecond
	r.allSent = make(chan struct{})
	portion := len(r.w.records)/int(d/every) + 1
	go func() {
		defer close(r.allSent)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for r.sent < len(r.w.records) && r.broken == nil {
			r.broken = r.send(portion)
			<-tick.C
		}
	}()
}

// unsent reports that some of the traffic is still to be sent.
func (r *fixture) unsent() bool {
	select {
	case <-r.allSent:
		return false
	default:
		return true
	}
}

// sleep is time that passes while a process or a line is down: that is itself the fault.
func (r *fixture) sleep(d time.Duration) { time.Sleep(d) }

// remove deletes topics and databases that are no longer needed.
func (r *fixture) remove() {
	r.t.Helper()
	for _, topic := range append(slices.Collect(maps.Values(r.names)), r.kafka.CheckpointTopic()) {
		r.deleteTopic(topic)
	}
	for _, db := range []string{r.db, "truth_" + r.db} {
		if _, err := r.ask("", "DROP DATABASE "+db); err != nil {
			r.t.Fatal(err)
		}
	}
}

// sendAll sends what is left at once, or waits until it has been sent.
func (r *fixture) sendAll() {
	r.t.Helper()
	if r.allSent != nil {
		<-r.allSent
	}
	if r.broken != nil {
		r.t.Fatal(r.broken)
	}
	if err := r.send(len(r.w.records)); err != nil {
		r.t.Fatal(err)
	}
}

// start starts a worker's process, which may have faults.
func (r *fixture) start(name string, list ...fault) *testcluster.Process {
	r.t.Helper()
	addr, err := testcluster.FreeAddr()
	if err != nil {
		r.t.Fatal(err)
	}
	r.httpAddrs[name] = addr
	for i := range list {
		list[i].File = r.reachedFile(name)
	}
	k := r.kafka
	k.ClientID = name
	text, err := json.Marshal(workerSpec{
		Config: r.config, Kafka: k, ClickHouse: r.sinkConfig(r.db), Rules: r.rules.Encoded(), HTTP: r.httpAddrs[name], Faults: list, ChunkBytes: r.chunkBytes,
		Promote: r.promote,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := os.OpenFile(filepath.Join(r.dir, name+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { out.Close() })
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(text))
	p := testcluster.StartProcess(r.t, "worker "+name, cmd, out)
	r.workers[name] = p
	return p
}

func (r *fixture) reachedFile(name string) string { return filepath.Join(r.dir, name+".reached") }

// reached waits until a worker has come to its fault.
func (r *fixture) reached(name string) {
	r.t.Helper()
	until(r.t, name+" to reach its fault", func() bool {
		_, err := os.Stat(r.reachedFile(name))
		return err == nil
	})
}

// ended waits until a worker's process is gone.
func (r *fixture) ended(name string) {
	r.t.Helper()
	until(r.t, name+" to end", func() bool { return !r.workers[name].Running() })
}

// lines is a query of the fixture's database that must succeed.
func (r *fixture) lines(sql string) []string {
	r.t.Helper()
	lines, err := r.ask(r.db, sql)
	if err != nil {
		r.t.Fatal(err)
	}
	return lines
}

// number is a query with one number as its answer; -1 while there is none.
func (r *fixture) number(sql string) int {
	lines, err := r.ask(r.db, sql)
	if err != nil || len(lines) != 1 {
		return -1
	}
	n, err := strconv.Atoi(lines[0])
	if err != nil {
		return -1
	}
	return n
}

const inRun = " FROM progress_log FINAL "

// consumed is how many records ClickHouse knows to be taken into account.
func (r *fixture) consumed() int { return r.number("SELECT sum(consumed)" + inRun) }

// consumedAtLeast waits until so many are.
func (r *fixture) consumedAtLeast(n int) {
	r.t.Helper()
	until(r.t, fmt.Sprint(n, " records to be consumed"), func() bool { return r.consumed() >= n })
}

// await waits until ClickHouse says that everything sent has been consumed, and
// everything is closed and written.
func (r *fixture) await() {
	r.t.Helper()
	last := r.w.records[len(r.w.records)-1].record.Time
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("%d records are there; progress: %v", r.there(), r.lines("SELECT task, epoch, consumed, rejected, open_sessions, pending, rows_until, watermark, positions"+inRun))
		}
	})
	until(r.t, "all to be consumed, closed and written", func() bool {
		for name, p := range r.workers {
			if !p.Running() && p.Err() != nil && !strings.Contains(p.Err().Error(), "killed") {
				r.t.Fatalf("%s: %v", name, p.Err())
			}
		}
		return r.number(fmt.Sprintf("SELECT count() = %d AND sum(consumed) = %d AND sum(open_sessions) = 0 AND sum(pending) = 0 "+
			"AND min(toUnixTimestamp64Milli(rows_until)) > %d", r.w.partitions, r.there(), last-20_000)+inRun) == 1
	})
}

// stopAll stops the workers cleanly.
func (r *fixture) stopAll() {
	r.t.Helper()
	for name, p := range r.workers {
		if p.Running() && (!r.stop(p) || p.Err() != nil) {
			r.t.Errorf("%s did not stop cleanly: %v", name, p.Err())
		}
	}
}

// stop asks a worker to end, once it can hear that: a process that has only just
// started dies of it. It reports whether the worker ended by itself.
func (r *fixture) stop(p *testcluster.Process) bool {
	r.t.Helper()
	until(r.t, "a worker to have begun", func() bool { return p.Printed() != "" || !p.Running() })
	return p.Stop(time.Minute)
}

// finish sends what is left, waits, stops the workers and checks everything.
func (r *fixture) finish() {
	r.t.Helper()
	r.sendAll()
	r.await()
	r.stopAll()
	r.check()
}

// check is what every test of failures ends with: the tables are the oracle's,
// and every record is accounted for.
func (r *fixture) check() {
	r.t.Helper()
	r.balance()
	r.compare(r.truth())
}

// balance checks that every record sent has one fate.
func (r *fixture) balance() {
	r.t.Helper()
	got := r.lines("SELECT sum(consumed), sum(filtered + rejected + late + duplicates + capped + unattended + pending + in_sessions), " +
		"countIf(consumed != filtered + rejected + late + duplicates + capped + unattended + pending + in_sessions), sum(idle_overtaken)" + inRun)
	if want := fmt.Sprintf("%d\t%d\t0\t0", r.there(), r.there()); len(got) != 1 || got[0] != want {
		r.t.Errorf("consumed, accounted for, tasks out of balance, overtaken: %v, want %s", got, want)
	}
}

func (r *fixture) gone(i int) bool { return r.skipped != nil && r.skipped(i) }

// there is how many records can be read.
func (r *fixture) there() (n int) {
	for i := range r.sent {
		if !r.gone(i) {
			n++
		}
	}
	return n
}

// truth is the oracle's rows of each partition.
func (r *fixture) truth() []*score.Rows {
	r.t.Helper()
	var all []*score.Rows
	for p := range r.w.partitions {
		records := map[string][]event.Record{}
		for i, offset := range r.offsets {
			if a := r.w.records[i]; a.partition == int32(p) && !r.gone(i) {
				a.record.Offset = offset
				records[r.names[a.topic]] = append(records[r.names[a.topic]], a.record)
			}
		}
		all = append(all, oracleOf(r.t, r.rules, r.kafka.Topics, records))
	}
	return all
}

// compare puts the truth into a database of its own and compares what people read.
func (r *fixture) compare(truth []*score.Rows, views ...string) {
	r.t.Helper()
	s := r.openSink("truth_" + r.db)
	defer func() { _ = s.Close() }()
	if err := s.Register(r.t.Context(), "truth", "1"); err != nil {
		r.t.Fatal(err)
	}
	for p, rows := range truth {
		stamp := score.Stamp{Group: "truth", Run: "1", Task: uint16(p), Version: 1, Tasks: uint16(len(truth)), Settle: r.rules.Settle()}
		if err := s.Insert(r.t.Context(), []sink.Batch{{Stamp: stamp, Rows: rows}}); err != nil {
			r.t.Fatal(err)
		}
	}
	if len(views) == 0 {
		views = []string{"sessions", "step_visits", "signals", "step_scores", "step_panes", "step_panes_detail", "late_events", "rejected_events"}
	}
	for _, view := range views {
		r.compareView(view)
	}
}

// notCompared are columns that tell runs apart, or that the oracle has no name for.
var notCompared = map[string]bool{
	"run": true, "version": true, "ingested_at": true, "session_id": true, "signal_id": true, "rule_version": true, "final": true, "task": true,
}

func (r *fixture) compareView(view string) {
	r.t.Helper()
	columns := r.lines(fmt.Sprintf("SELECT name FROM system.columns WHERE database = '%s' AND table = '%s' ORDER BY position", r.db, view))
	var parts []string
	named := slices.Contains(columns, "session_id")
	for _, c := range columns {
		switch {
		case notCompared[c]:
		case c == "event_ids": // derived ones are hashes, which the oracle does not make
			parts = append(parts, "arrayMap(x -> if(toUUIDOrNull(x) IS NULL, x, ''), v.event_ids)")
		case view == "signals" && c == "visits":
			parts = append(parts, "arraySort(v.visits)")
		default:
			parts = append(parts, "v.`"+c+"`")
		}
	}
	text := func(db string) string {
		if !named {
			return fmt.Sprintf("SELECT toString(tuple(%s)) AS line FROM %s.%s AS v", strings.Join(parts, ", "), db, view)
		}
		return fmt.Sprintf("SELECT toString(tuple(n.name, %s)) AS line FROM %s.%s AS v LEFT JOIN (SELECT session_id, concat(app, '/', user, '/', toString(opened_at)) AS name FROM %s.sessions) AS n USING (session_id)",
			strings.Join(parts, ", "), db, view, db)
	}
	have, want := text(r.db), text("truth_"+r.db)
	counts := r.lines(fmt.Sprintf("SELECT (SELECT count() FROM (%s)), (SELECT count() FROM (%s))", have, want))
	missing := r.lines(fmt.Sprintf("SELECT * FROM (SELECT line FROM (%s) EXCEPT SELECT line FROM (%s)) ORDER BY line LIMIT 3", want, have))
	extra := r.lines(fmt.Sprintf("SELECT * FROM (SELECT line FROM (%s) EXCEPT SELECT line FROM (%s)) ORDER BY line LIMIT 3", have, want))
	a, b, _ := strings.Cut(counts[0], "\t")
	if a != b || a == "0" && view == "sessions" || len(missing)+len(extra) > 0 {
		r.t.Errorf("%s: %s rows, the oracle has %s\nmissing:\n  %s\nextra:\n  %s", view, a, b, strings.Join(missing, "\n  "), strings.Join(extra, "\n  "))
	}
}

var errNotReady = errors.New("not ready")

// ready asks a worker whether it is ready, and what it says.
func (r *fixture) ready(name string) (string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get("http://" + r.httpAddrs[name] + "/readyz")
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = errNotReady
	}
	return string(b), err
}

// metric is the sum of a worker's series of that name.
func (r *fixture) metric(name, series string) (sum float64) {
	r.t.Helper()
	res, err := http.Get("http://" + r.httpAddrs[name] + "/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		head, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, _, _ := strings.Cut(head, "{"); n == series {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				r.t.Fatal(err)
			}
			sum += v
		}
	}
	return sum
}
