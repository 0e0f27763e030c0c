//go:build unix

package worker

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/pipetest/testcluster"
)

// make chaos sets these.
var (
	chaosMinutes = flag.Float64("minutes", 0.5, "how long TestChaos goes on")
	chaosKills   = flag.Int("kills", 0, "kill workers, and do nothing else, until so many have been killed")
	chaosSeed    = flag.Uint64("seed", 7, "of TestChaos")
	chaosLoad    = flag.Float64("load", 200, "records a second that TestChaos sends")
)

// Whatever happens to workers, brokers, ClickHouse and the lines between them, in
// whatever order, the tables are the oracle's and every record has one fate.
func TestChaos(t *testing.T) {
	g := newCluster(t, 1)
	c := &chaos{g: g, did: map[string]int{}, began: time.Now()}
	t.Logf("seed %d", *chaosSeed)
	for c.continues() && !t.Failed() {
		t.Run(fmt.Sprint("round ", c.rounds+1), c.round)
		t.Logf("%s", c)
	}
	if c.records == 0 {
		t.Error("no round was finished")
	}
}

// chaos is what has been done in all rounds.
type chaos struct {
	g       *cluster
	began   time.Time
	rounds  int
	records int
	rows    int
	did     map[string]int
}

func (c *chaos) String() string {
	var actions []string
	for _, name := range slices.Sorted(maps.Keys(c.did)) {
		actions = append(actions, fmt.Sprintf("%d × %s", c.did[name], name))
	}
	return fmt.Sprintf("%v, %d rounds: %d records in, %d rows compared, none lost, none doubled; %s",
		time.Since(c.began).Round(time.Second), c.rounds, c.records, c.rows, strings.Join(actions, ", "))
}

func (c *chaos) continues() bool {
	if *chaosKills > 0 {
		return c.did[workerKilled] < *chaosKills
	}
	return time.Since(c.began).Minutes() < *chaosMinutes || c.rounds == 0
}

const workerKilled = "worker killed"

// round disturbs one fixture while its traffic is sent, mends everything, and checks.
func (c *chaos) round(t *testing.T) {
	c.rounds++
	dice := rand.New(rand.NewPCG(*chaosSeed, uint64(c.rounds)))
	lasts := 3 * time.Minute
	if *chaosKills == 0 {
		left := time.Duration((*chaosMinutes - time.Since(c.began).Minutes()) * float64(time.Minute))
		lasts = max(20*time.Second, min(lasts, left))
	}
	const perSession = 75 // records, about
	w := shopTraffic(t, dice.Uint64(), 4, 90*time.Minute, *chaosLoad*lasts.Seconds()/perSession/90).end()
	p := c.g.fixture(t, w)
	p.config.Memory, p.config.StopTimeout = 8<<20, 5*time.Second
	h := &faultSchedule{chaos: c, fixture: p, dice: dice}
	for range 3 {
		h.startWorker()
	}
	p.sendWithin(lasts)
	for p.unsent() && !t.Failed() {
		h.next()
		h.revive()
	}
	h.end()
	p.finish()
	if !t.Failed() {
		c.records += p.sent
		c.rows += p.number("SELECT (SELECT count() FROM sessions) + (SELECT count() FROM step_visits) + (SELECT count() FROM signals)" +
			" + (SELECT count() FROM step_scores) + (SELECT count() FROM step_panes_detail)")
		p.remove()
	}
}

// faultSchedule is the random faults of one round.
type faultSchedule struct {
	*chaos
	fixture *fixture
	dice    *rand.Rand
	names   int
}

// startWorker starts one more worker, which may have a fault in it.
func (h *faultSchedule) startWorker() {
	h.names++
	name := fmt.Sprint("w", h.names)
	var list []fault
	if *chaosKills == 0 && h.dice.IntN(3) == 0 {
		f := fault{At: "append", N: 1 + h.dice.IntN(120), Do: []string{dieBefore, dieAfter, freezeBefore, loseAnswer, loseRequest}[h.dice.IntN(5)]}
		if h.dice.IntN(2) == 0 {
			f = fault{At: "insert", N: 1 + h.dice.IntN(20), Do: []string{dieBefore, dieAfter, dieHalf, freezeBefore}[h.dice.IntN(4)]}
		}
		list = append(list, f)
		h.did[f.At+": "+f.Do]++
	}
	h.fixture.start(name, list...)
}

// randomWorker is a running worker, nil when there is none.
func (h *faultSchedule) randomWorker() *testcluster.Process {
	var running []string
	for name, p := range h.fixture.workers {
		if p.Running() {
			running = append(running, name)
		}
	}
	if len(running) == 0 {
		return nil
	}
	slices.Sort(running)
	return h.fixture.workers[running[h.dice.IntN(len(running))]]
}

// waitUpTo lets a random time pass, at most so long.
func (h *faultSchedule) waitUpTo(most time.Duration) {
	h.fixture.sleep(time.Duration(h.dice.Int64N(int64(most))))
}

// next does one thing, and mends it where it does not mend itself.
func (h *faultSchedule) next() {
	h.waitUpTo(1500 * time.Millisecond)
	p, broker, line, db := h.randomWorker(), h.g.brokers.Node(0), h.g.brokers.Proxy(0), h.g.proxy
	actions := []struct {
		name   string
		weight int
		do     func()
	}{
		{workerKilled, 6, func() { p.Kill(); h.startWorker() }},
		{"worker stopped", 2, func() { h.fixture.stop(p); h.startWorker() }},
		{"worker frozen", 3, func() { p.Freeze(); h.waitUpTo(6 * time.Second); p.Thaw() }},
		{"worker more", 1, h.startWorker},
		{"worker less", 1, func() { p.Kill() }},
		{"broker killed", 1, func() {
			h.fixture.disturb(broker.Kill)
			h.waitUpTo(3 * time.Second)
			h.g.brokers.Start(0)
			h.g.brokers.AwaitReady(h.fixture.t)
		}},
		{"broker stopped", 1, func() {
			h.fixture.disturb(func() { broker.Stop(time.Minute) })
			h.g.brokers.Start(0)
			h.g.brokers.AwaitReady(h.fixture.t)
		}},
		{"broker frozen", 1, func() { h.fixture.disturb(broker.Freeze); h.waitUpTo(5 * time.Second); broker.Thaw() }},
		{"answer of Kafka lost", 3, func() { line.CutAnswersAfter(h.dice.Int64N(4000)) }},
		{"Kafka's line down", 1, func() { line.Down(); h.waitUpTo(4 * time.Second); line.Up() }},
		{"Kafka's line frozen", 1, func() { line.Freeze(); h.waitUpTo(4 * time.Second); line.Thaw() }},
		{"Kafka's line slow", 1, func() { line.Delay(20 * time.Millisecond); h.waitUpTo(3 * time.Second); line.Delay(0) }},
		{"ClickHouse killed", 1, func() { h.g.clickhouse.Kill(); h.waitUpTo(3 * time.Second); h.g.startClickHouse(h.g.t) }},
		{"ClickHouse frozen", 1, func() { h.g.clickhouse.Freeze(); h.waitUpTo(8 * time.Second); h.g.clickhouse.Thaw() }},
		{"answer of ClickHouse lost", 3, func() { db.CutAnswersAfter(h.dice.Int64N(400)) }},
		{"ClickHouse's line down", 1, func() { db.Down(); h.waitUpTo(5 * time.Second); db.Up() }},
	}
	if *chaosKills > 0 {
		actions = actions[:1]
	}
	all := 0
	for _, d := range actions {
		all += d.weight
	}
	n := h.dice.IntN(all)
	for _, d := range actions {
		if n -= d.weight; n < 0 {
			if p == nil {
				h.startWorker()
				return
			}
			h.did[d.name]++
			d.do()
			return
		}
	}
}

// revive wakes workers that a fault has frozen, and fails when one has given up.
func (h *faultSchedule) revive() {
	running := 0
	for name, p := range h.fixture.workers {
		p.Thaw()
		if p.Running() {
			running++
		} else if err := p.Err(); err != nil && !strings.Contains(err.Error(), "killed") {
			h.fixture.t.Errorf("%s gave up: %v", name, err)
		}
	}
	for ; running < 2; running++ {
		h.startWorker()
	}
	for ; running > 5; running-- {
		h.randomWorker().Kill()
	}
}

// end leaves nothing broken behind: workers without faults.
func (h *faultSchedule) end() {
	h.revive()
	for _, p := range h.fixture.workers {
		p.Kill()
	}
	h.fixture.start("last a")
	h.fixture.start("last b")
}
