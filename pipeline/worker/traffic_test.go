package worker

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/oracle"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/pipetest/tables"
	madeup "friction/pipeline/pipetest/world"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/simulate"
)

// traffic is what is sent to the input topics, and what is true of it.
type traffic struct {
	partitions int
	topics     []string
	records    []arrival // in the order of arrival
	rules      *rules.Rules
}

// arrival is a record on its way to a partition.
type arrival struct {
	topic     string
	partition int32
	record    event.Record // its Time is that of arrival; the offset is not known yet
}

// opening is when the traffic of tests begins: long ago, so that nothing in it is
// judged by today's clock. It crosses the end of a month, so that inserts span two partitions of each table.
func opening() time.Time { return time.Date(2026, 2, 28, 23, 35, 0, 0, time.UTC) }

// shopTraffic is the simulated shop with duplicates, junk, and events that come
// late. It has no end yet.
func shopTraffic(t testing.TB, seed uint64, partitions int, open time.Duration, rate float64) *traffic {
	t.Helper()
	shop, err := simulate.New(simulate.Options{Seed: seed, Start: opening(), End: opening().Add(open), Rate: rate, Duplicates: 0.05, Flat: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &traffic{partitions: partitions, topics: []string{simulate.Clickstream, simulate.Telemetry}, rules: shopRules(t)}
	var held []arrival
	n := 0
	for r := range shop.Records(time.Time{}) {
		at := event.Millis(r.Deliver.UnixMilli())
		for len(held) > 0 && held[0].record.Time <= at {
			w.records, held = append(w.records, held[0]), held[1:]
		}
		s := arrival{r.Topic, partitionOf(r.Key, partitions), event.Record{Time: at, Key: []byte(r.Key), Value: r.Value}}
		n++
		switch {
		case n%97 == 0:
			s.record.Value = s.record.Value[:len(s.record.Value)/2] // junk
		case n%173 == 0: // its session may have ended when it comes
			s.record.Time += event.Millis(40 * time.Minute / time.Millisecond)
			held = append(held, s)
			continue
		}
		w.records = append(w.records, s)
	}
	w.records = append(w.records, held...)
	for i := range 4 { // offline for longer than a session stays open
		user, sent := fmt.Sprintf("offline %d", i), max(open-time.Minute, 40*time.Minute)
		w.more(user, simulate.Clickstream, []time.Duration{sent, sent, sent}, func(k int, _ event.Millis) string {
			at := millis(opening().Add(time.Duration(i+k) * time.Minute))
			return fmt.Sprintf(`{"time":%d,"user":%q,"app":"shop","type":%s}`, at, user,
				[]string{`"screen_view","page":"/cart"`, `"screen_view","page":"/pay"`, `"crash","page":"/pay"`}[k])
		})
	}
	return w
}

// endMark is the name of events that a filter drops and that move time all the
// same.
const endMark = "end of the test"

// end adds a mark to every partition that lets time pass, so that everything closes.
func (w *traffic) end() *traffic {
	last := event.Millis(0)
	for i := range w.records {
		last = max(last, w.records[i].record.Time)
	}
	last += 2 * w.rules.Settle()
	for p := range w.partitions {
		for _, topic := range w.topics {
			value := fmt.Appendf(nil, `{"time":%d,"user":"end","type":"custom","name":%q}`, last, endMark)
			w.records = append(w.records, arrival{topic, int32(p), event.Record{Time: last, Key: []byte("end"), Value: value}})
		}
	}
	return w
}

func partitionOf(key string, partitions int) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return int32(h.Sum32() % uint32(partitions))
}

func shopRules(t testing.TB) *rules.Rules {
	t.Helper()
	config := engine.DefaultConfig()
	config.Journeys.List = shoptest.Journeys()
	config.Filter = []journey.Match{{Name: journey.Values{endMark}}}
	config.OutboxBytes = 64 << 10
	rules, err := rules.New(config, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// more adds events of a user, each so long after the opening, at their places
// among what arrives.
func (w *traffic) more(user string, topic string, after []time.Duration, event func(i int, at event.Millis) string) {
	p := partitionOf(user, w.partitions)
	for i, d := range after {
		at := millis(opening().Add(d))
		w.records = append(w.records, arrival{topic, p, record(at, user, event(i, at))})
	}
	slices.SortStableFunc(w.records, func(a, b arrival) int { return cmp.Compare(a.record.Time, b.record.Time) })
}

func record(at event.Millis, key, value string) event.Record {
	return event.Record{Time: at, Key: []byte(key), Value: []byte(value)}
}

func millis(t time.Time) event.Millis { return event.Millis(t.UnixMilli()) }

// every is n moments, one step apart.
func every(step time.Duration, n int) (all []time.Duration) {
	for i := range n {
		all = append(all, time.Duration(i)*step)
	}
	return all
}

func click(user string, at event.Millis) string {
	return fmt.Sprintf(`{"time":%d,"user":%q,"app":"shop","type":"click","page":"/cart","target":"pay"}`, at, user)
}

// truth is the tables that the oracle makes of one partition, with the records
// that cannot be decoded; where nothing else is in the topics, offsets count on.
func (w *traffic) truth(t testing.TB, p int32) *score.Rows {
	t.Helper()
	records := map[string][]event.Record{}
	for i := range w.records {
		if a := w.records[i]; a.partition == p {
			a.record.Offset = int64(len(records[a.topic]))
			records[a.topic] = append(records[a.topic], a.record)
		}
	}
	return oracleOf(t, w.rules, w.topics, records)
}

func oracleOf(t testing.TB, rules *rules.Rules, topics []string, records map[string][]event.Record) *score.Rows {
	t.Helper()
	d, err := decode.New(rules.Decode)
	if err != nil {
		t.Fatal(err)
	}
	world := &madeup.World{Config: rules.Engine, Topics: topics}
	var rejected []score.RejectedRow
	taken := map[string]map[int64]int64{} // offset in the world → in the topic
	for i, topic := range topics {
		taken[topic] = map[int64]int64{}
		n := int64(0)
		for k := range records[topic] {
			rec := &records[topic][k]
			rec.Topic = uint8(i)
			var e event.Event
			if why := d.Decode(rec, &e); why.Reason != event.Accepted {
				rejected = append(rejected, score.RejectedRow{
					Topic: topic, Offset: rec.Offset, RecordTime: rec.Time, Reason: why.Reason.String(), Detail: why.Detail, Bytes: uint32(rec.Bytes()),
				})
				continue
			}
			e.Recorded = rec.Time
			e.App, e.User, e.Page = strings.Clone(e.App), strings.Clone(e.User), strings.Clone(e.Page)
			world.Log = append(world.Log, madeup.Record{Topic: i, Event: e})
			taken[topic][n] = rec.Offset
			n++
		}
	}
	rows, _ := oracle.Rows(world)
	rows.Rejected = rejected
	for i := range rows.Late {
		rows.Late[i].Offset = taken[rows.Late[i].Topic][rows.Late[i].Offset]
	}
	return rows
}

// overdue counts the sessions that came long after they happened.
func overdue(sessions []score.SessionRow) (n int) {
	for i := range sessions {
		if sessions[i].Overdue {
			n++
		}
	}
	return n
}

// The traffic holds what the tests are about.
func TestTrafficHasItAll(t *testing.T) {
	w := shopTraffic(t, 1, 2, 90*time.Minute, 4).end()
	var all []*score.Rows
	for p := range w.partitions {
		all = append(all, w.truth(t, int32(p)))
	}
	rows := tables.Sum(all...)
	t.Logf("%d records: %d sessions, %d visits, %d signals, %d windows, %d panes, %d late, %d rejected", len(w.records),
		len(rows.Sessions), len(rows.Visits), len(rows.Signals), len(rows.Windows), len(rows.Panes), len(rows.Late), len(rows.Rejected))
	if slices.Min([]int{len(rows.Sessions), len(rows.Visits), len(rows.Signals), len(rows.Windows), len(rows.Panes), len(rows.Late), len(rows.Rejected), overdue(rows.Sessions)}) < 4 {
		t.Error("there is too little of something")
	}
}
