package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// crowd is what one partition makes of some records.
type crowd struct {
	rows     map[string][]string // last versions of rows of a user, as text
	made     map[string]int      // rows made of a user, all versions
	counters event.Counters
	state    int // bytes, the most at any time
}

// press is one click: who, when (ms after the start), and an id or none.
type press struct {
	user string
	at   int
	id   string
}

// run takes records through decoder and engine, in epochs of a minute.
func run(t *testing.T, change func(*engine.Config), presses []press) *crowd {
	t.Helper()
	config := engine.DefaultConfig()
	change(&config)
	rules, err := rules.New(config, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	e, d, err := rules.Build([]string{"t"})
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{rows: map[string][]string{}, made: map[string]int{}}
	last := map[string]map[string]string{}
	process := func() {
		for done := false; !done; {
			done = e.Run()
			c.keep(e.TakeRows(), last)
		}
	}
	const start, minute = 1_700_000_000_000, 60_000
	epoch := 0
	for i, x := range presses {
		if x.at/minute > epoch {
			epoch = x.at / minute
			e.Advance(e.Reachable(nil))
			process()
			c.state = max(c.state, len(e.AppendState(nil)))
		}
		value := fmt.Appendf(nil, `{"time":%d,"user":%q,"type":"click","target":"#pay","page":"/pay"`, start+x.at, x.user)
		if x.id != "" {
			value = fmt.Appendf(value, `,"id":%q`, x.id)
		}
		rec := event.Record{Offset: int64(i), Time: event.Millis(start + x.at), Key: []byte(x.user), Value: append(value, '}')}
		if why := d.Decode(&rec, e.Slot()); why.Reason != event.Accepted {
			t.Fatalf("%s: %v", value, why)
		}
		e.Add(&rec)
	}
	e.Advance(e.ClosingWatermark())
	process()
	c.counters = e.Counters()
	if !c.counters.Balanced() {
		t.Errorf("counters do not balance: %+v", c.counters)
	}
	for user, rows := range last {
		for key, row := range rows {
			c.rows[user] = append(c.rows[user], key+" "+row)
		}
	}
	return c
}

// take keeps the last version of what is about one user.
func (c *crowd) keep(r *score.Rows, last map[string]map[string]string) {
	put := func(user, key string, row any) {
		if last[user] == nil {
			last[user] = map[string]string{}
		}
		last[user][key] = fmt.Sprintf("%+v", row)
		c.made[user]++
	}
	for _, x := range r.Sessions {
		put(x.User, "session "+x.SessionID.String(), x)
	}
	for _, x := range r.Visits {
		put(x.User, fmt.Sprint("visit ", x.SessionID, x.Journey, x.Step, x.Attempt, x.Visit), x)
	}
	for _, x := range r.Signals {
		put(x.User, "signal "+x.SignalID.String(), x)
	}
}

// shoppers are people who click now and then for an hour.
func shoppers(n int) (all []press) {
	for at := range 60 {
		for who := range n {
			if (at+who)%7 == 0 {
				all = append(all, press{user: fmt.Sprint("shopper ", who), at: at*60_000 + who*37})
			}
		}
	}
	return all
}

// among puts the clicks of one user, evenly over 25 minutes, among those of others.
func among(others []press, user string, n int) []press {
	all := make([]press, 0, len(others)+n)
	const span = 1_500_000
	for i, k := 0, 0; i < len(others) || k < n; {
		if at := int(int64(k) * span / int64(n)); i == len(others) || k < n && at < others[i].at {
			all = append(all, press{user: user, at: at})
			k++
		} else {
			all = append(all, others[i])
			i++
		}
	}
	return all
}

func sameRows(t *testing.T, what string, with, without *crowd, user string) {
	t.Helper()
	a, b := map[string]bool{}, map[string]bool{}
	for _, row := range with.rows[user] {
		a[row] = true
	}
	for _, row := range without.rows[user] {
		b[row] = true
	}
	if len(b) == 0 {
		t.Fatalf("%s: %s has no rows even alone", what, user)
	}
	for row := range b {
		if !a[row] {
			t.Errorf("%s: %s has not\n%s", what, user, row)
			return
		}
	}
	if len(a) != len(b) {
		t.Errorf("%s: %d rows of %s, want %d", what, len(a), user, len(b))
	}
}

// A bot with a million clicks and a key with a third of all events change no row of
// others. What they cost is bounded: in events kept, in rows made, in state.
func TestABotHurtsNobody(t *testing.T) {
	clicks := 1_000_000
	if testing.Short() {
		clicks = 150_000
	}
	const people = 200
	others := shoppers(people)
	alone := run(t, func(*engine.Config) {}, others)
	for name, n := range map[string]int{"a bot": clicks, "a hot key": len(others) * 3 / 7} {
		with := run(t, func(*engine.Config) {}, among(others, "hot", n))
		for who := range people {
			sameRows(t, name, with, alone, fmt.Sprint("shopper ", who))
		}
		limit := engine.DefaultConfig().Sessions.MaxEvents
		if want := uint64(max(0, n-limit)); with.counters.Capped != want {
			t.Errorf("%s: %d events capped, want %d", name, with.counters.Capped, want)
		}
		if session := strings.Join(with.rows["hot"], "\n"); !strings.Contains(session, fmt.Sprintf("Events:%d", min(n, limit))) {
			t.Errorf("%s: its session is not one of %d events:\n%.400s", name, min(n, limit), session)
		}
		if made := with.made["hot"]; made > 400 {
			t.Errorf("%s: %d rows were made of %d events", name, made, n)
		}
		if with.state > alone.state+4<<20 {
			t.Errorf("%s: state grew from %d to %d bytes", name, alone.state, with.state)
		}
	}
}

// Each limit that is counted in keys or records is reached: what is beyond it is
// counted and left out, and what was there before goes on.
func TestLimitsThatAreCounted(t *testing.T) {
	t.Run("open sessions", func(t *testing.T) {
		others := shoppers(50)
		c := run(t, func(c *engine.Config) { c.Sessions.MaxOpen = 20 }, others)
		if c.counters.SessionsOpened != 20 || c.counters.Capped == 0 || c.counters.Capped+c.counters.InSessions != uint64(len(others)) {
			t.Errorf("%+v", c.counters)
		}
	})
	t.Run("events of a session", func(t *testing.T) {
		c := run(t, func(c *engine.Config) { c.Sessions.MaxEvents = 100 }, among(nil, "u", 1000))
		if c.counters.InSessions != 100 || c.counters.Capped != 900 {
			t.Errorf("%+v", c.counters)
		}
	})
	t.Run("ids of a session", func(t *testing.T) {
		clicks := among(nil, "u", 1000)
		for i := range clicks {
			clicks[i].id = fmt.Sprint(i % 500) // each twice
		}
		c := run(t, func(c *engine.Config) { c.Sessions.MaxIDs = 300 }, clicks)
		if c.counters.InSessions != 300 || c.counters.Duplicates != 300 || c.counters.Capped != 400 {
			t.Errorf("%+v", c.counters)
		}
	})
}

// offered is a reader of two topics that is given batches by hand.
type offered struct {
	*reader
	sent [2]int
}

func newOffered(t *testing.T, c Config) *offered {
	t.Helper()
	inForce, err := rules.New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMachine(inForce, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	r := &offered{reader: &reader{config: c, inputs: newInputs(m.topics), machine: m, metrics: NewMetrics("test"), log: zap.NewNop()}}
	for _, in := range r.inputs.list {
		in.batches = make(chan fetched, 1)
	}
	return r
}

// offer puts a batch of clicks, one a second from second at on, before a topic.
func (r *offered) offer(topic, at, records, bytes int) {
	b := &source.Batch{Bytes: bytes, End: 1 << 40}
	for i := range records {
		ms := event.Millis(1_700_000_000_000 + (at+i)*1000)
		b.Records = append(b.Records, event.Record{
			Offset: int64(r.sent[topic]), Time: ms, Key: []byte("u"), Value: fmt.Appendf(nil, `{"time":%d,"user":"u","type":"click","page":"/p"}`, ms),
		})
		r.sent[topic]++
	}
	b.Next = int64(r.sent[topic])
	r.inputs.list[topic].batches <- fetched{batch: b}
}

// take reads one epoch and returns how many records it took.
func (r *offered) take(t *testing.T, patience time.Duration) int {
	t.Helper()
	n, err := r.read(t.Context(), time.Now().Add(patience), func(int, time.Duration) {})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What is read and not yet logged, and what is read and not yet taken, is bounded in
// bytes: an epoch ends, a topic that is ahead is paused, and both go on afterwards.
func TestLimitsInBytes(t *testing.T) {
	t.Run("of an epoch", func(t *testing.T) {
		c := DefaultConfig()
		c.EpochBytes = 256 << 10
		r := newOffered(t, c)
		const batches = 12
		go func() {
			for i := range batches {
				r.offer(0, 100*i, 100, 100<<10)
				select {
				case r.inputs.wake <- struct{}{}:
				default:
				}
			}
		}()
		for epoch := range batches / 3 {
			if n := r.take(t, time.Hour); n != 300 { // only bytes end it
				t.Fatalf("epoch %d took %d records, want 300: three batches of 100 KiB pass 256 KiB", epoch, n)
			}
		}
	})
	t.Run("of a topic that is ahead", func(t *testing.T) {
		c := DefaultConfig()
		r := newOffered(t, c)
		b := &budget{}
		b.limit.Store(100 * pendingBytes)
		r.waiting = &share{of: b}
		read := 0
		for i := range 20 {
			if len(r.inputs.list[0].batches) == 0 {
				r.offer(0, 30*i, 30, 1000)
			}
			read += r.take(t, time.Millisecond)
		}
		if pending := int(r.machine.counters().Pending); read != 120 || pending < 100 || pending > 130 {
			t.Errorf("%d records were read and %d wait, want four batches of 30 and no more than a batch above 100", read, pending)
		}
		r.offer(1, 600, 1, 1000) // the other topic comes up to it
		for range 5 {
			read += r.take(t, time.Millisecond)
		}
		if read < 151 {
			t.Errorf("%d records read in all: the topic is still paused", read)
		}
	})
}
