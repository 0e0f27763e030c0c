//go:build verifydata

package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"friction/pipeline/config"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/oracle"
	"friction/pipeline/pipetest/shoptest"
	madeup "friction/pipeline/pipetest/world"
	"friction/pipeline/source"
)

// dataset is a file of real data with facts that other code has counted.
type dataset struct {
	name   string
	file   string
	flags  []string // of produce: what the file holds
	config string   // YAML, without servers
	lines  func(t *testing.T, raw []string) (header string, lines []timed)
	want   []fact
}

// timed is a line with what decides its place in a shuffle.
type timed struct {
	line string
	key  string
	at   int64 // ms
}

type fact struct{ name, sql, want string }

const inForce = " WHERE run = 'GROUP/1'"

var (
	sessionCount = "SELECT count() FROM friction.sessions_log FINAL" + inForce
	retryCount   = "SELECT sum(count) FROM friction.signals_log FINAL" + inForce + " AND kind = 'retry'"
	backCount    = "SELECT sum(count) FROM friction.signals_log FINAL" + inForce + " AND kind = 'quick_back'"
)

func datasets() []dataset {
	return []dataset{
		{
			name: "page visits", file: "clickstream/webtrackr_testdt_tracking.csv.gz",
			flags: []string{"--format", "csv", "--map", "time=timestamp:s,user=panelist_id,page=url,type='page_view'"},
			config: `
input:
  pages: {key: url, normalise: false}
signals: {quick_back: {within: 10s}}
`,
			lines: visitLines,
			want:  []fact{{"sessions", sessionCount, "579"}, {"quick backs", backCount, "2446"}}, // TestVerifyDataCountsBacks
		},
		{
			name: "NASA day", file: "accesslog/nasa_ksc_1995-08-01.tsv.gz",
			flags: []string{"--format", "tsv", "--map", "time=time:s,user=host,op=method+' '+url,status=response,type='request'"},
			config: `
input:
  ops: {key: url, normalise: false}
  not_before: 1990-01-01
sessions: {acts: all} # all that is known are requests
signals: {retry: {within: 60s}}
`,
			lines: tsvLines,
			want:  []fact{{"sessions", sessionCount, "2989"}, {"retries", retryCount, "60"}},
		},
		{
			name: "Apache log", file: "accesslog/elastic_apache_10k.log.gz",
			config: `
input:
  format: ncsa
  ops: {key: url, normalise: false}
sessions: {disorder: 60s}
signals: {retry: {within: 60s}}
`,
			lines: logLines,
			want:  []fact{{"sessions", sessionCount, "3052"}, {"retries", retryCount, "19"}},
		},
		{
			name: "Apache log, disorder 10s", file: "accesslog/elastic_apache_10k.log.gz",
			config: `
input:
  format: ncsa
  ops: {key: url, normalise: false}
sessions: {disorder: 10s}
signals: {retry: {within: 60s}}
`,
			lines: logLines,
			want:  []fact{{"sessions", sessionCount, "3052"}},
		},
	}
}

func visitLines(t *testing.T, raw []string) (string, []timed) {
	lines := csvLines(t, raw[1:])
	slices.SortStableFunc(lines, func(a, b timed) int { return int(a.at - b.at) })
	return raw[0], lines
}

func csvLines(t *testing.T, raw []string) (lines []timed) {
	t.Helper()
	for _, line := range raw {
		f, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil {
			t.Fatal(err)
		}
		seconds, fraction, _ := strings.Cut(f[2], ".")
		s, _ := strconv.ParseInt(seconds, 10, 64)
		ms, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
		lines = append(lines, timed{line, f[0], s*1000 + ms})
	}
	return lines
}

func tsvLines(_ *testing.T, raw []string) (string, []timed) {
	var lines []timed
	for _, line := range raw[1:] {
		f := strings.Split(line, "\t")
		s, _ := strconv.ParseInt(f[2], 10, 64)
		lines = append(lines, timed{line, f[0], s * 1000})
	}
	return raw[0], lines
}

func logLines(t *testing.T, raw []string) (string, []timed) {
	t.Helper()
	var lines []timed
	for _, line := range raw {
		_, rest, _ := strings.Cut(line, "[")
		stamp, _, _ := strings.Cut(rest, "]")
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", stamp)
		if err != nil {
			t.Fatal(err)
		}
		user, _, _ := strings.Cut(line, " ")
		lines = append(lines, timed{line, user, at.UnixMilli()})
	}
	return "", lines
}

// shuffle moves lines later by less than bound, equal times of a key together.
func shuffle(lines []timed, bound time.Duration, seed uint64) []timed {
	out := slices.Clone(lines)
	slices.SortStableFunc(out, func(a, b timed) int { return int(a.at - b.at) })
	place := func(l timed) int64 {
		h := fnv.New64a()
		_, _ = fmt.Fprintln(h, seed, l.at)
		_, _ = io.WriteString(h, l.key)
		return l.at + int64(h.Sum64()%uint64(bound.Milliseconds()))
	}
	slices.SortStableFunc(out, func(a, b timed) int { return int(place(a) - place(b)) })
	return out
}

// bench is the servers and the program of a verification.
type bench struct {
	*shoptest.Servers
	program string
	dir     string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{Servers: shoptest.Start(t, shoptest.FakeKafka, 8), program: binary(t), dir: t.TempDir()}
}

// readData is the lines of a file of real data.
func readData(t *testing.T, name string) []string {
	t.Helper()
	dir := os.Getenv("FRICTION_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		fmt.Fprintf(os.Stderr, "SKIPPED %s: the real data is not here (%v); set FRICTION_DATA to its folder\n", t.Name(), err)
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		lines = append(lines, sc.Text())
	}
	if sc.Err() != nil {
		t.Fatal(sc.Err())
	}
	return lines
}

// configure writes the configuration of one run, of a group and topic of its own.
func (b *bench) configure(t *testing.T, d dataset, group string) string {
	t.Helper()
	text := d.config + fmt.Sprintf(`
kafka:
  brokers: [%q]
  topics: [%q]
  group: %q
  membership: {session_timeout: 3s, heartbeat_every: 500ms}
  checkpoints: {replication: 1}
clickhouse: {dsn: %q}
worker: {when_idle: close, idle_timeout: 5s, epoch_every: 200ms, insert_every: 200ms, base_every: 2s}
http: {addr: "127.0.0.1:0"}
`, b.Kafka.Brokers[0], group, group, b.ClickHouse.DSN)
	path := filepath.Join(b.dir, group+".yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *bench) topic(t *testing.T, name string) {
	t.Helper()
	k, err := source.ConnectTo(b.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := k.CreateTopics(t.Context(), source.Topic{Name: name, Partitions: 8, Replication: 1}); err != nil {
		t.Fatal(err)
	}
}

// produce starts sending lines; wait returns when all are sent.
func (b *bench) produceLines(t *testing.T, d dataset, config, topic, header string, lines []timed, rate int) (wait func()) {
	t.Helper()
	path := filepath.Join(b.dir, topic+".txt")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	if header != "" {
		_, _ = fmt.Fprintln(w, header)
	}
	for _, l := range lines {
		_, _ = fmt.Fprintln(w, l.line)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	args := append([]string{"produce", "--config", config, "--topic", topic, "--rate", strconv.Itoa(rate)}, d.flags...)
	c := exec.Command(b.program, append(args, path)...)
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := c.Wait(); err != nil {
			t.Fatalf("produce: %v", err)
		}
	}
}

// worker is a process of the program.
type workerProcess struct {
	*exec.Cmd
	log string
}

func (b *bench) worker(t *testing.T, config string, n int) *workerProcess {
	t.Helper()
	w := &workerProcess{exec.Command(b.program, "run", "--config", config), fmt.Sprintf("%s.%d.log", config, n)}
	f, err := os.OpenFile(w.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w.Stderr = f
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	t.Cleanup(func() { _ = w.Process.Kill(); _, _ = w.Process.Wait() })
	return w
}

func (w *workerProcess) stop(t *testing.T) {
	t.Helper()
	_ = w.Process.Signal(syscall.SIGTERM)
	if err := w.Wait(); err != nil {
		out, _ := os.ReadFile(w.log)
		t.Errorf("worker: %v\n%s", err, out[max(0, len(out)-4000):])
	}
}

func (w *workerProcess) kill() {
	_ = w.Process.Kill()
	_ = w.Wait()
}

// settled waits until the group has consumed n records and nothing is open.
func (b *bench) settled(t *testing.T, group string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	sql := "SELECT sum(consumed), sum(open_sessions), sum(pending) FROM friction.progress_log FINAL" + strings.ReplaceAll(inForce, "GROUP", group)
	want, last := fmt.Sprintf("%d\t0\t0", n), ""
	for ctx.Err() == nil {
		if last = strings.Join(b.Query(t, sql), ""); last == want {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	t.Fatalf("group %s stands at (consumed, open, pending) %s, want %s", group, last, want)
}

func (b *bench) check(t *testing.T, d dataset, group string) {
	t.Helper()
	for _, f := range d.want {
		got := strings.Join(b.Query(t, strings.ReplaceAll(f.sql, "GROUP", group)), "")
		verdict := "as counted by other code"
		if got != f.want {
			verdict = "WRONG, other code counted " + f.want
			t.Errorf("%s: %s %s: %s", d.name, f.name, got, verdict)
		}
		fmt.Printf("  %-28s %-12s %6s  %s\n", d.name, f.name, got, verdict)
	}
	balance := b.Query(t, strings.ReplaceAll(`SELECT sum(consumed) - sum(filtered) - sum(rejected) - sum(late) - sum(duplicates) - sum(capped) - sum(unattended) - sum(pending)
		- sum(in_sessions) FROM friction.progress_log FINAL`+inForce, "GROUP", group))
	if balance[0] != "0" {
		t.Errorf("%s: %s records unaccounted for", d.name, balance[0])
	}
}

// tables whose rows must be equal, and the columns that need not be.
var compared = []string{"sessions_log", "step_visits_log", "signals_log", "step_panes_log", "step_windows_log", "late_events_log", "rejected_events_log"}

// equal compares all public columns of two groups, both ways.
func (b *bench) equal(t *testing.T, what, one, other string, tables ...string) {
	t.Helper()
	for _, table := range tables {
		columns := strings.Join(b.Query(t, `SELECT name FROM system.columns WHERE database = 'friction' AND table = '`+table+`'
			AND name NOT IN ('run', 'version', 'ingested_at', 'group', 'topic') ORDER BY position`), ", ")
		side := func(g string) string {
			return "SELECT " + columns + " FROM friction." + table + " FINAL" + strings.ReplaceAll(inForce, "GROUP", g)
		}
		for _, pair := range [][2]string{{one, other}, {other, one}} {
			if n := b.Query(t, "SELECT count() FROM ("+side(pair[0])+" EXCEPT "+side(pair[1])+")"); n[0] != "0" {
				t.Errorf("%s: %s rows of %s in %s are not in %s", what, n[0], table, pair[0], pair[1])
			}
		}
	}
}

// Real data through Kafka, worker and ClickHouse gives what other code has counted:
// from one process, from two, shuffled, replayed, and killed again and again.
func TestVerifyData(t *testing.T) {
	b := newBench(t)
	for i, d := range datasets() {
		header, lines := d.lines(t, readData(t, d.file))
		group := fmt.Sprintf("one-%d", i)
		t.Run(d.name+"/one process", func(t *testing.T) {
			config := b.configure(t, d, group)
			b.topic(t, group)
			b.produceLines(t, d, config, group, header, lines, 0)()
			w := b.worker(t, config, 0)
			b.settled(t, group, len(lines))
			w.stop(t)
			b.check(t, d, group)
			if strings.HasSuffix(d.name, "10s") {
				got := strings.Join(b.Query(t, strings.ReplaceAll(retryCount, "GROUP", group)), "")
				fmt.Printf("  %-28s %-12s %6s  (with disorder 60s: 19)\n", d.name, "retries", got)
				if got == "19" {
					t.Error("with disorder 10s the retries should not all be seen")
				}
			}
		})
		t.Run(d.name+"/two processes, shuffled", func(t *testing.T) {
			bound := 10 * time.Second
			if strings.HasPrefix(d.name, "Apache") {
				bound = 60 * time.Second
			}
			if strings.HasSuffix(d.name, "10s") {
				t.Skip("the file itself is out of order by more than the bound")
			}
			two := fmt.Sprintf("two-%d", i)
			config := b.configure(t, d, two)
			b.topic(t, two)
			sent := b.produceLines(t, d, config, two, header, shuffle(lines, bound, 7), 10_000)
			workers := []*workerProcess{b.worker(t, config, 1), b.worker(t, config, 2)}
			sent()
			b.settled(t, two, len(lines))
			for _, w := range workers {
				w.stop(t)
			}
			b.check(t, d, two)
			for k, w := range workers {
				out, _ := os.ReadFile(w.log)
				if n := strings.Count(string(out), `"message":"task recovered"`); n == 0 {
					t.Errorf("worker %d had no task", k+1)
				} else {
					fmt.Printf("  %-28s worker %d had %d tasks\n", d.name, k+1, n)
				}
			}
		})
		t.Run(d.name+"/killed", func(t *testing.T) {
			if i != 1 {
				t.Skip("one data set is killed")
			}
			killed := fmt.Sprintf("killed-%d", i)
			config := b.configure(t, d, killed)
			b.topic(t, killed)
			dice := rand.New(rand.NewPCG(1, 2))
			sent := b.produceLines(t, d, config, killed, header, lines, len(lines)/60)
			kills := 0
			for ; kills < 12; kills++ {
				w := b.worker(t, config, kills)
				time.Sleep(3500*time.Millisecond + time.Duration(dice.IntN(1500))*time.Millisecond)
				w.kill()
			}
			sent()
			w := b.worker(t, config, kills)
			b.settled(t, killed, len(lines))
			w.stop(t)
			fmt.Printf("  %-28s killed %d times\n", d.name, kills)
			b.check(t, d, killed)
			b.equal(t, "killed", group, killed, compared...)
		})
	}
}

// Page visits as they stand in the file are sorted by user and not by time, so that many come when their session is
// closed already. How many sessions there are and which visits are late is what a second reading of the rules says of
// the same records, partition by partition as they lie in the topic.
func TestVerifyDataUnsorted(t *testing.T) {
	b := newBench(t)
	d := datasets()[0]
	raw := readData(t, d.file)
	config := b.configure(t, d, "unsorted")
	b.topic(t, "unsorted")
	lines := csvLines(t, raw[1:])
	b.produceLines(t, d, config, "unsorted", raw[0], lines, 0)()
	w := b.worker(t, config, 0)
	b.settled(t, "unsorted", len(lines))
	w.stop(t)
	sessions, late := b.oracleOf(t, config, "unsorted", len(lines))
	if late < len(lines)/10 {
		t.Errorf("%d of %d visits are late by the rules: this is not what the test is about", late, len(lines))
	}
	d.name = "page visits as in the file"
	d.want = []fact{
		{"sessions", sessionCount, strconv.Itoa(sessions)},
		{"late events", "SELECT count() FROM friction.late_events_log FINAL" + inForce, strconv.Itoa(late)},
	}
	b.check(t, d, "unsorted")
}

// oracleOf reads n page visits of a topic and counts sessions and late visits by the second reading of the rules.
func (b *bench) oracleOf(t *testing.T, configFile, topic string, n int) (sessions, late int) {
	t.Helper()
	cfg, err := config.Load(config.Layers{File: configFile})
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Kafka.Brokers...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	partitions := map[int32]*madeup.World{}
	for read := 0; read < n; {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			read++
			if partitions[r.Partition] == nil {
				partitions[r.Partition] = &madeup.World{Config: cfg.Engine(), Topics: []string{topic}}
			}
			var visit struct {
				Time time.Time
				User string
			}
			if err := json.Unmarshal(r.Value, &visit); err != nil {
				t.Fatalf("%v: %s", err, r.Value)
			}
			e := event.Event{Type: event.PageView, User: visit.User, Time: event.Millis(visit.Time.UnixMilli()), Recorded: event.Millis(r.Timestamp.UnixMilli())}
			p := partitions[r.Partition]
			p.Log = append(p.Log, madeup.Record{Event: e})
		}
	}
	for _, p := range partitions {
		rows, _ := oracle.Rows(p)
		sessions += len(rows.Sessions)
		late += len(rows.Late)
	}
	return sessions, late
}

// The count of quick backs is made a second way: over the lines, without sessions of ours. Views of one page within 500 ms
// are one view; without that rule, it is the count that other code has published for this file.
func TestVerifyDataCountsBacks(t *testing.T) {
	_, lines := visitLines(t, readData(t, "clickstream/webtrackr_testdt_tracking.csv.gz"))
	for within, want := range map[int64]int{-1: 2373, 500: 2446} {
		if got := quickBacks(t, lines, within); got != want {
			t.Errorf("%d quick backs if views within %d ms are one, want %d", got, within, want)
		}
	}
}

// view is a page that a person was on.
type view struct {
	page        string
	first, last int64 // when it was seen first, and last, ms
}

// quickBacks counts pages A, B, A of one session, the third at most 10 s after the second.
func quickBacks(t *testing.T, lines []timed, within int64) (n int) {
	seen, latest := map[string][]view{}, map[string]int64{}
	for _, l := range lines {
		f, err := csv.NewReader(strings.NewReader(l.line)).Read()
		if err != nil {
			t.Fatal(err)
		}
		if l.at-latest[l.key] > (30 * time.Minute).Milliseconds() {
			seen[l.key] = nil
		}
		latest[l.key] = l.at
		views, page := seen[l.key], f[3]
		if k := len(views) - 1; k >= 0 && views[k].page == page && l.at-views[k].last <= within {
			views[k].last = l.at
			continue
		}
		if k := len(views); k >= 2 && views[k-2].page == page && views[k-1].page != page && l.at-views[k-1].first <= 10_000 {
			n++
		}
		seen[l.key] = append(views, view{page, l.at, l.at})
	}
	return n
}
