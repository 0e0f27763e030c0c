//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/simulate"
)

// failure is a row of the failure table of docs/OPERATING.md.
type failure struct {
	name string
	run  func(*fixture)
}

// serverFailures disturb Kafka or ClickHouse themselves, so nothing else may run beside them.
var serverFailures = []failure{
	{"insert without an answer, acked or not", insertWithoutAnswer},
	{"ClickHouse killed during inserts", clickHouseKilled},
	{"told to stop before it has begun", stoppedBeforeItHasBegun},
	{"ClickHouse down for long", clickHouseDown},
	{"broker restarts under load", brokerRestarts},
	{"Kafka's network cut and slow", networkCut},
}

// workerFailures disturb only what is their own: workers, topics, records.
var workerFailures = []failure{
	{"crash while processing", crashWhileProcessing},
	{"crash during append, some chunks", func(r *fixture) { r.crash(fault{At: "append", N: 30, Do: dieBefore}) }},
	{"crash after append, the answer lost", func(r *fixture) { r.crash(fault{At: "append", N: 30, Do: dieAfter}) }},
	{"answers of appends lost, some written and some not", answersLost},
	{"crash after append, before insert", func(r *fixture) { r.crash(fault{At: "insert", N: 6, Do: dieBefore}) }},
	{"crash during insert, half of it in", func(r *fixture) { r.crash(fault{At: "insert", N: 6, Do: dieHalf}) }},
	{"crash after insert, before the next epoch", func(r *fixture) { r.crash(fault{At: "insert", N: 6, Do: dieAfter}) }},
	{"crash after insert, before commit", crashBeforeCommit},
	{"clean rebalance", cleanRebalance},
	{"evicted because too slow", evicted},
	{"zombie wakes and inserts an old outbox", func(r *fixture) { r.zombie(fault{At: "insert", N: 6, Do: freezeBefore}) }},
	{"zombie wakes and appends", func(r *fixture) { r.zombie(fault{At: "append", N: 30, Do: freezeBefore}) }},
	{"zombie is told to stop as it wakes", zombieStops},
	{"poison record", poisonRecord},
	{"poison row", poisonRow},
	{"source retention passes our offset", retentionPasses},
	{"source retention passes what recovery must read again", retentionPassesRecovery},
	{"checkpoint topic lost", checkpointsLost},
	{"checkpoint topic lost, and the inputs are not whole", checkpointsLostForGood},
	{"the log lost its last epochs, ClickHouse has them", logLostItsEnd},
	{"input topic made anew", inputMadeAnew},
	{"configuration changed", configurationChanged},
	{"one event with a clock in 2031", clockIn2031},
	{"a phone 4 minutes fast", fastPhone},
	{"hot key", hotKey},
	{"session longer than max", longSession},
	{"traffic stops", trafficStops},
	{"an hour without traffic, then one record", anHourWithout},
	{"one topic hours behind the other", oneTopicBehind},
	{"another worker joins during recovery", joinsDuringRecovery},
	{"aborted transactions and control batches in the input", abortedTransactions},
}

// The failure table, row by row, on a real Apache Kafka and a ClickHouse that are disturbed from outside. Each row ends
// with the same two checks: the tables are the oracle's, and every record has one fate.
func TestFailureTable(t *testing.T) {
	g := newCluster(t, 1)
	shop := shopTraffic(t, 1, 2, 45*time.Minute, 4).end()
	for _, row := range serverFailures {
		t.Run(row.name, func(t *testing.T) { row.run(g.fixture(t, shop)) })
	}
	t.Run("workers", func(t *testing.T) {
		for _, row := range workerFailures {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				row.run(g.fixture(t, shop))
			})
		}
	})
}

func crashWhileProcessing(r *fixture) {
	r.sendGradually()
	for i := range 5 {
		p := r.start("a")
		r.consumedAtLeast((i + 1) * len(r.w.records) / 10)
		p.Kill()
	}
	r.start("b")
	r.finish()
}

// crash runs a worker into a fault that ends it, and another one after it.
func (r *fixture) crash(f fault) {
	r.start("a", f)
	r.sendGradually()
	r.ended("a")
	r.start("b")
	r.finish()
}

func answersLost(r *fixture) {
	r.start("a", fault{At: "append", N: 20, Do: loseAnswer}, fault{At: "append", N: 31, Do: loseRequest}, fault{At: "append", N: 32, Do: loseAnswer})
	r.sendGradually()
	r.reached("a")
	r.finish()
}

// Positions are committed every five seconds, rows inserted all the time: a kill
// nearly always comes between the two.
func crashBeforeCommit(r *fixture) {
	r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 4)
	r.workers["a"].Kill()
	if committed, consumed := r.committed(), r.consumed(); committed >= consumed {
		r.t.Errorf("the group shows %d records as done, ClickHouse %d: this is no crash before a commit", committed, consumed)
	}
	r.start("b")
	r.finish()
}

// committed is the sum of the positions that the group shows.
func (r *fixture) committed() (sum int) {
	r.t.Helper()
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Group = r.kafka.Group
	g := kmsg.NewOffsetFetchRequestGroup()
	g.Group = r.kafka.Group
	req.Groups = append(req.Groups, g)
	res, err := req.RequestWith(r.t.Context(), r.client)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, g := range res.Groups {
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				sum += int(max(p.Offset, 0))
			}
		}
	}
	return sum
}

func insertWithoutAnswer(r *fixture) {
	r.start("a")
	r.sendGradually()
	for i := range 4 {
		r.consumedAtLeast((i + 1) * len(r.w.records) / 10)
		r.proxy.CutAnswersAfter(int64(i % 2 * 20)) // the answer is lost, or cut in the middle
	}
	r.finish()
}

func clickHouseKilled(r *fixture) {
	r.start("a")
	r.sendGradually()
	for i := range 3 {
		r.consumedAtLeast((i + 1) * len(r.w.records) / 10)
		r.clickhouse.Kill()
		r.startClickHouse(r.t)
	}
	r.finish()
}

func cleanRebalance(r *fixture) {
	a := r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 8)
	r.start("b")
	r.works("b")
	if !a.Stop(time.Minute) || a.Err() != nil {
		r.t.Errorf("the worker did not stop cleanly: %v", a.Err())
	}
	r.finish()
}

func stoppedBeforeItHasBegun(r *fixture) {
	r.brokers.Proxy(0).Down()
	a := r.start("a")
	until(r.t, "a to look for Kafka", func() bool { return strings.Contains(a.Printed(), "trying again") })
	if !a.Stop(time.Minute) || a.Err() != nil {
		r.t.Errorf("the worker did not stop cleanly: %v", a.Err())
	}
	r.brokers.Proxy(0).Up()
	r.start("b")
	r.finish()
}

// works waits until a worker says that it is ready.
func (r *fixture) works(name string) {
	r.t.Helper()
	until(r.t, name+" to be ready", func() bool { _, err := r.ready(name); return err == nil })
}

func evicted(r *fixture) {
	a := r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 8)
	a.Freeze()
	r.start("b")
	r.consumedAtLeast(len(r.w.records) / 4)
	a.Thaw()
	r.works("a")
	r.finish()
}

// zombie freezes a worker, lets others take over, and wakes it.
func (r *fixture) zombie(f fault) {
	a := r.start("a", f)
	r.sendGradually()
	r.reached("a")
	before := max(r.consumed(), 0)
	r.start("b")
	r.consumedAtLeast(before + len(r.w.records)/6)
	a.Thaw()
	r.works("a")
	r.finish()
}

func zombieStops(r *fixture) {
	a := r.start("a", fault{At: "append", N: 30, Do: freezeBefore})
	r.sendGradually()
	r.reached("a")
	before := max(r.consumed(), 0)
	r.start("b")
	r.consumedAtLeast(before + len(r.w.records)/6)
	stopped := make(chan bool)
	go func() { stopped <- a.Stop(time.Minute) }()
	a.Thaw()
	if !<-stopped || a.Err() != nil {
		r.t.Errorf("it did not stop cleanly: %v", a.Err())
	}
	r.finish()
}

func clickHouseDown(r *fixture) {
	r.config.Memory = 256 << 10
	r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 8)
	r.works("a")
	generations := r.metric("a", "friction_group_generations_total")
	r.clickhouse.Freeze()
	until(r.t, "readiness to turn false", func() bool {
		text, err := r.ready("a")
		return err != nil && strings.Contains(text, "clickhouse")
	})
	<-r.allSent
	r.sleep(2 * r.kafka.Membership.SessionTimeout)
	until(r.t, "the lag to show that fetching has stopped", func() bool { return r.metric("a", "friction_consumer_lag_records") > 1000 })
	if bytes := r.metric("a", "friction_unflushed_bytes"); bytes > 4*64<<10 {
		r.t.Errorf("%v bytes of rows wait for ClickHouse, the limit is %d", bytes, 64<<10)
	}
	if now := r.metric("a", "friction_group_generations_total"); now != generations {
		r.t.Errorf("%v generations joined while ClickHouse was away: heartbeats did not go on", now-generations)
	}
	r.clickhouse.Thaw()
	r.finish()
}

func poisonRecord(r *fixture) {
	w := *r.w
	w.records = slices.Clone(w.records)
	for i := range w.records {
		if i%5 == 0 && string(w.records[i].record.Key) != "end" {
			w.records[i].record.Value = []byte("\xff{poison")
		}
	}
	r.w = &w
	r.start("a")
	r.finish()
}

// removeUpTo removes every record of the inputs before the n-th of the traffic, as
// retention does.
func (r *fixture) removeUpTo(n int) (first map[string]int64) {
	r.t.Helper()
	first = map[string]int64{}
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.TimeoutMillis = 30_000
	for _, topic := range r.w.topics {
		tp := kmsg.NewDeleteRecordsRequestTopic()
		tp.Topic = r.names[topic]
		for p := range r.w.partitions {
			part := kmsg.NewDeleteRecordsRequestTopicPartition()
			part.Partition = int32(p)
			for i := range n {
				if a := &r.w.records[i]; a.topic == topic && a.partition == part.Partition {
					part.Offset = r.offsets[i] + 1
				}
			}
			first[partitionName(topic, part.Partition)] = part.Offset
			tp.Partitions = append(tp.Partitions, part)
		}
		req.Topics = append(req.Topics, tp)
	}
	for _, shard := range r.client.RequestSharded(r.t.Context(), req) {
		if shard.Err != nil {
			r.t.Fatal(shard.Err)
		}
	}
	return first
}

func partitionName(topic string, partition int32) string { return fmt.Sprint(topic, "/", partition) }

// poisonRow lets ClickHouse refuse the sessions of one user: everything else arrives.
func poisonRow(r *fixture) {
	victim := string(r.w.records[0].record.Key)
	if _, err := r.ask(r.db, fmt.Sprintf("ALTER TABLE sessions_log ADD CONSTRAINT no_poison CHECK user != '%s'", victim)); err != nil {
		r.t.Fatal(err)
	}
	r.start("a")
	r.sendAll()
	r.await()
	truth, refused := r.truth(), 0
	for _, rows := range truth {
		all := len(rows.Sessions)
		rows.Sessions = slices.DeleteFunc(rows.Sessions, func(x score.SessionRow) bool { return x.User == victim })
		refused += all - len(rows.Sessions)
	}
	if n := r.metric("a", "friction_sink_refused_rows_total"); refused == 0 || n != float64(refused) {
		r.t.Errorf("%v rows are said to be refused, %d must be", n, refused)
	}
	r.stopAll()
	r.balance()
	r.compare(truth)
}

// Workers are away while retention removes records: those are lost and counted,
// and all others are there.
func retentionPasses(r *fixture) {
	r.start("a")
	third := len(r.w.records) / 3
	if err := r.send(third); err != nil {
		r.t.Fatal(err)
	}
	r.consumedAtLeast(third)
	r.stopAll()
	if err := r.send(third); err != nil {
		r.t.Fatal(err)
	}
	r.removeUpTo(2*third - third/2)
	lost := third - third/2
	r.start("b")
	r.skipped = func(i int) bool { return i >= third && i < third+lost }
	r.sendAll()
	r.await()
	if missed := r.metric("b", "friction_events_missed_total"); missed != float64(lost) {
		r.t.Errorf("%v records are said to be missed, %d were removed", missed, lost)
	}
	r.stopAll()
	r.check()
	r.said("b", "removed by retention before they were read")
}

// Retention removes even what recovery needs: the rows that were logged stand,
// what is lost is counted, and work goes on.
func retentionPassesRecovery(r *fixture) {
	r.config.ReplayTime, r.config.BaseEvery = time.Hour, time.Hour
	a := r.start("a")
	half := len(r.w.records) / 2
	if err := r.send(half); err != nil {
		r.t.Fatal(err)
	}
	r.consumedAtLeast(half)
	a.Kill()
	before := r.lines("SELECT session_id, events FROM sessions ORDER BY session_id")
	r.removeUpTo(half / 2)
	r.start("b")
	r.skipped = func(i int) bool { return i < half/2 }
	r.sendAll()
	r.await()
	if missed := r.metric("b", "friction_events_missed_total"); missed != float64(half/2) {
		r.t.Errorf("%v records are said to be missed, %d were removed", missed, half/2)
	}
	r.workers["b"].Kill() // what was made of it can be recovered in turn
	r.start("c")
	r.works("c")
	r.stopAll()
	r.balance()
	r.said("b", "the state they made is lost")
	for _, line := range before {
		if !slices.Contains(r.lines("SELECT session_id, events FROM sessions ORDER BY session_id"), line) {
			r.t.Errorf("session %s is not there any more", line)
		}
	}
}

// said checks that a worker has logged it.
func (r *fixture) said(name, words string) {
	r.t.Helper()
	if !strings.Contains(r.log(name), words) {
		r.t.Errorf("%s did not say %q", name, words)
	}
}

// log is all that a worker has logged.
func (r *fixture) log(name string) string {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, name+".log"))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func checkpointsLostForGood(r *fixture) {
	r.start("a")
	r.sendAll()
	r.await()
	r.stopAll()
	r.check()
	r.removeUpTo(len(r.w.records) / 2)
	r.deleteTopic(r.kafka.CheckpointTopic())
	b := r.start("b")
	r.ended("b")
	if err := b.Err(); err == nil || !strings.Contains(err.Error(), "they cannot be made again") || !strings.Contains(err.Error(), "--run NAME") {
		r.t.Errorf("a worker without its log: %v", err)
	}
	r.check()
}

func checkpointsLost(r *fixture) {
	a := r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 3)
	a.Kill()
	r.deleteTopic(r.kafka.CheckpointTopic())
	r.start("b")
	r.finish()
}

func (r *fixture) deleteTopic(name string) {
	r.t.Helper()
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TopicNames, req.TimeoutMillis = []string{name}, 30_000
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = new(name)
	req.Topics = append(req.Topics, t)
	res, err := req.RequestWith(r.t.Context(), r.client)
	if err != nil || res.Topics[0].ErrorCode != 0 {
		r.t.Fatalf("delete topic %s: %+v, %v", name, res, err)
	}
	until(r.t, name+" to be gone", func() bool {
		m := kmsg.NewPtrMetadataRequest()
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = new(name)
		m.Topics = append(m.Topics, topic)
		res, err := m.RequestWith(r.t.Context(), r.client)
		return err == nil && res.Topics[0].ErrorCode != 0
	})
}

// A broker came back without the end of the log.
func logLostItsEnd(r *fixture) {
	a := r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 3)
	a.Kill()
	topic := r.kafka.CheckpointTopic()
	kept := r.readTopic(topic)
	r.deleteTopic(topic)
	r.brokers.CreateTopic(topic, r.w.partitions, map[string]string{"cleanup.policy": "delete"})
	for _, list := range kept {
		if err := r.client.ProduceSync(r.t.Context(), list[:len(list)*2/3]...).FirstErr(); err != nil {
			r.t.Fatal(err)
		}
	}
	r.start("b")
	r.finish()
}

// readTopic is every record of a topic, by partition, ready to be produced again.
func (r *fixture) readTopic(topic string) map[int32][]*kgo.Record {
	r.t.Helper()
	c := r.brokers.Client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer c.Close()
	req := kmsg.NewPtrListOffsetsRequest()
	topicReq := kmsg.NewListOffsetsRequestTopic()
	topicReq.Topic = topic
	for p := range r.w.partitions {
		part := kmsg.NewListOffsetsRequestTopicPartition()
		part.Partition, part.Timestamp = int32(p), -1
		topicReq.Partitions = append(topicReq.Partitions, part)
	}
	req.Topics = append(req.Topics, topicReq)
	res, err := req.RequestWith(r.t.Context(), r.client)
	if err != nil {
		r.t.Fatal(err)
	}
	left := 0
	for _, p := range res.Topics[0].Partitions {
		left += int(p.Offset)
	}
	out := map[int32][]*kgo.Record{}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	for left > 0 && ctx.Err() == nil {
		c.PollFetches(ctx).EachRecord(func(x *kgo.Record) {
			out[x.Partition] = append(out[x.Partition], &kgo.Record{Topic: topic, Partition: x.Partition, Key: x.Key, Value: x.Value, Timestamp: x.Timestamp})
			left--
		})
	}
	return out
}

func inputMadeAnew(r *fixture) {
	r.start("a")
	r.sendAll()
	r.await()
	r.stopAll()
	r.check() // before: the tables stay as they are
	topic := r.names[simulate.Clickstream]
	r.deleteTopic(topic)
	r.brokers.CreateTopic(topic, r.w.partitions, nil)
	r.kafka.DoubtTime = 3 * time.Second
	b := r.start("b")
	r.ended("b")
	if err := b.Err(); err == nil || !strings.Contains(err.Error(), "input topic is not the one that was read") || !strings.Contains(err.Error(), "--run NAME") {
		r.t.Errorf("a worker on a topic made anew: %v", err)
	}
	r.check()
}

// configurationChanged has workers of two configurations in one group. The second one waits, while the first one works,
// also through a crash. Then one command changes the group: who has waited works, and the first one waits.
func configurationChanged(r *fixture) {
	old, third := r.rules, len(r.w.records)/3
	consume := func() {
		if err := r.send(third); err != nil {
			r.t.Fatal(err)
		}
		r.consumedAtLeast(r.sent)
	}
	r.start("a")
	consume()
	e := old.Engine
	e.OutboxBytes *= 2
	changed, err := rules.New(e, old.Decode)
	if err != nil {
		r.t.Fatal(err)
	}
	r.rules = changed
	r.start("b")
	first, second := "1-"+old.Revision, "2-"+changed.Revision
	r.refused("b", first, fmt.Sprintf("limits.outbox_bytes: %d → %d", old.Engine.OutboxBytes, e.OutboxBytes), "friction run --promote-config "+first)
	r.workers["a"].Kill()
	r.rules = old
	r.start("a")
	consume()
	if got := r.lines("SELECT DISTINCT config_revision" + inRun); len(got) != 1 || got[0] != old.Revision {
		r.t.Errorf("rows are made by %v, in force is %s", got, old.Revision)
	}
	r.rules, r.promote = changed, first
	r.start("c")
	r.refused("a", second, fmt.Sprintf("%d → %d", e.OutboxBytes, old.Engine.OutboxBytes))
	until(r.t, "b and c to share the tasks", func() bool {
		_, b := r.ready("b")
		_, c := r.ready("c")
		return b == nil && c == nil && strings.Contains(r.log("b"), "generation joined")
	})
	r.finish()
	if got := r.lines("SELECT DISTINCT config_revision" + inRun); len(got) != 1 || got[0] != changed.Revision {
		r.t.Errorf("in the end tasks work by %v, want %s", got, changed.Revision)
	}
}

// refused waits until a worker is not ready because of its configuration, and says certain things.
func (r *fixture) refused(name string, says ...string) {
	r.t.Helper()
	until(r.t, name+" to say that it waits", func() bool {
		text, err := r.ready(name)
		for _, s := range says {
			if !strings.Contains(text, s) {
				return false
			}
		}
		return errors.Is(err, errNotReady)
	})
}

// with gives the fixture traffic of its own.
func (r *fixture) with(change func(w *traffic)) {
	w := shopTraffic(r.t, 2, r.w.partitions, 20*time.Minute, 4)
	change(w)
	r.w = w.end()
}

func clockIn2031(r *fixture) {
	r.with(func(w *traffic) {
		w.more("u-2031", simulate.Clickstream, every(time.Minute, 15), func(i int, at event.Millis) string {
			if i == 7 {
				at = millis(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
			}
			return click("u-2031", at)
		})
	})
	r.start("a")
	r.finish()
	if got := r.lines("SELECT count() FROM rejected_events WHERE reason = 'time_future'"); got[0] != "1" {
		r.t.Errorf("%s events from the future were set aside, want 1", got[0])
	}
}

func fastPhone(r *fixture) {
	r.with(func(w *traffic) {
		w.more("u-fast", simulate.Clickstream, every(20*time.Second, 50), func(_ int, at event.Millis) string {
			return click("u-fast", at+event.Millis(4*time.Minute/time.Millisecond))
		})
	})
	r.start("a")
	r.finish()
	if got := r.lines("SELECT sum(clock_ahead)" + inRun); got[0] != "50" {
		r.t.Errorf("%s events with a clock ahead, want 50", got[0])
	}
}

func hotKey(r *fixture) {
	r.with(func(w *traffic) {
		e := w.rules.Engine
		e.Sessions.MaxEvents = 1000
		rules, err := rules.New(e, w.rules.Decode)
		if err != nil {
			r.t.Fatal(err)
		}
		w.rules, r.rules = rules, rules
		w.more("bot", simulate.Clickstream, every(200*time.Millisecond, len(w.records)/2), func(_ int, at event.Millis) string { return click("bot", at) })
	})
	r.start("a")
	r.finish()
	if capped := r.number("SELECT sum(capped)" + inRun); capped < 1000 {
		r.t.Errorf("%d events were capped", capped)
	}
}

func longSession(r *fixture) {
	r.with(func(w *traffic) {
		w.more("u-long", simulate.Clickstream, every(20*time.Minute, 100), func(_ int, at event.Millis) string { return click("u-long", at) })
	})
	r.start("a")
	r.finish()
	if n := r.number("SELECT count() FROM sessions WHERE user = 'u-long'"); n != 2 {
		r.t.Errorf("%d sessions of a user who stayed for 33 hours, want 2", n)
	}
}

// trafficStops: nothing pushes time on but idleness itself.
func trafficStops(r *fixture) {
	e := r.rules.Engine
	e.Sessions.Gap, e.Sessions.Grace, e.Sessions.Disorder = 3*time.Second, time.Second, time.Second
	rules, err := rules.New(e, r.rules.Decode)
	if err != nil {
		r.t.Fatal(err)
	}
	w := &traffic{partitions: r.w.partitions, topics: r.w.topics, rules: rules}
	start := time.Now().Add(-time.Minute).Truncate(time.Second)
	for i := range 400 {
		user := fmt.Sprint("u", i%40)
		at := millis(start.Add(time.Duration(i) * 50 * time.Millisecond))
		w.records = append(w.records, arrival{simulate.Clickstream, partitionOf(user, w.partitions), record(at, user, click(user, at))})
	}
	r.w, r.rules = w, rules
	r.config.IdleTimeout = 500 * time.Millisecond
	r.start("a")
	r.sendAll()
	until(r.t, "the last sessions to appear", func() bool {
		return r.number("SELECT sum(open_sessions) = 0 AND sum(consumed) = 400 AND min(rows_until) > 0"+inRun) == 1 && r.number("SELECT countIf(NOT final) FROM step_scores") == 0
	})
	r.stopAll()
	r.balance()
	r.compare(r.truth(), "sessions", "signals")
}

func anHourWithout(r *fixture) {
	r.with(func(w *traffic) {
		w.more("u-last", simulate.Clickstream, []time.Duration{110 * time.Minute}, func(_ int, at event.Millis) string { return click("u-last", at) })
	})
	r.config.IdleTimeout, r.config.MaxWait = 300*time.Millisecond, 300*time.Millisecond
	r.start("a")
	i := slices.IndexFunc(r.w.records, func(a arrival) bool { return string(a.record.Key) == "u-last" })
	if err := r.send(i); err != nil {
		r.t.Fatal(err)
	}
	r.consumedAtLeast(i)
	stood := r.number("SELECT min(toUnixTimestamp64Milli(watermark))" + inRun)
	until(r.t, "idleness to move the watermark", func() bool {
		return r.number("SELECT min(toUnixTimestamp64Milli(watermark))"+inRun) > stood+1000
	})
	r.finish()
}

func oneTopicBehind(r *fixture) {
	w := *r.w
	w.records = slices.Clone(w.records)
	slices.SortStableFunc(w.records, func(a, b arrival) int { return strings.Compare(a.topic, b.topic) })
	r.w = &w
	r.config.Memory = 3 << 20
	r.start("a")
	half := slices.IndexFunc(w.records, func(a arrival) bool { return a.topic == simulate.Telemetry })
	if err := r.send(half); err != nil {
		r.t.Fatal(err)
	}
	r.consumedAtLeast(half / 4)
	r.finish()
}

func brokerRestarts(r *fixture) {
	r.start("a")
	r.start("b")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 10)
	r.disturb(r.brokers.Node(0).Kill)
	r.brokers.Start(0)
	r.brokers.AwaitReady(r.t)
	r.consumedAtLeast(len(r.w.records) / 4)
	r.disturb(r.brokers.Node(0).Freeze)
	r.sleep(2 * r.kafka.Membership.SessionTimeout)
	r.brokers.Node(0).Thaw()
	r.consumedAtLeast(len(r.w.records) / 3)
	r.disturb(func() {
		if !r.brokers.Node(0).Stop(time.Minute) {
			r.t.Error("the broker did not stop")
		}
	})
	r.brokers.Start(0)
	r.finish()
}

func networkCut(r *fixture) {
	r.start("a")
	r.sendGradually()
	p := r.brokers.Proxy(0)
	for i := range 4 {
		r.consumedAtLeast((i + 1) * len(r.w.records) / 12)
		p.CutAnswersAfter(int64(i * 1000))
	}
	p.Delay(20 * time.Millisecond)
	r.consumedAtLeast(len(r.w.records) / 2)
	p.Delay(0)
	p.Freeze()
	r.sleep(2 * r.kafka.Membership.SessionTimeout)
	p.Thaw()
	r.finish()
}

func joinsDuringRecovery(r *fixture) {
	r.config.ReplayTime, r.config.BaseEvery = time.Hour, time.Hour // all is to be processed again
	a := r.start("a")
	r.sendGradually()
	r.consumedAtLeast(len(r.w.records) / 2)
	a.Kill()
	r.start("b")
	r.start("c")
	r.start("d")
	r.finish()
}

func abortedTransactions(r *fixture) {
	writer := r.brokers.Client(kgo.TransactionalID(r.db))
	transaction := func(how kgo.TransactionEndTry) {
		if err := writer.BeginTransaction(); err != nil {
			r.t.Fatal(err)
		}
		var list []*kgo.Record
		for p := range r.w.partitions {
			for _, topic := range r.names {
				list = append(list, &kgo.Record{
					Topic: topic, Partition: int32(p), Key: []byte("ghost"), Value: []byte(click("ghost", millis(opening()))), Timestamp: opening(),
				})
			}
		}
		if err := writer.ProduceSync(r.t.Context(), list...).FirstErr(); err != nil {
			r.t.Fatal(err)
		}
		if err := writer.EndTransaction(r.t.Context(), how); err != nil {
			r.t.Fatal(err)
		}
	}
	a := r.start("a")
	for range 10 {
		if err := r.send(len(r.w.records) / 12); err != nil {
			r.t.Fatal(err)
		}
		transaction(kgo.TryAbort)
	}
	r.consumedAtLeast(len(r.w.records) / 2)
	a.Kill()
	r.start("b")
	r.sendAll()
	transaction(kgo.TryAbort) // a tail of nothing but markers and aborted records
	r.finish()
	if n := r.number("SELECT count() FROM sessions WHERE user = 'ghost'"); n != 0 {
		r.t.Errorf("%d sessions of records that were never committed", n)
	}
}
