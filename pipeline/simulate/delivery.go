package simulate

import (
	"time"

	"friction/pipeline/traffic"
)

// batch is what arrives at the collector in one piece.
type batch struct {
	key    string
	events []pendingEvent
}

// delivery is what trackers and the network do with events: it sends them in
// batches, some late and some twice, and hands them out as they arrive.
type delivery struct {
	disorder   float64 // wanted share of events that arrive after a younger one
	duplicates float64 // share of batches that are sent twice
	sent       uint64  // events
	overtaken  uint64  // events that a younger one would overtake if they were late
	outbox     traffic.Queue[*batch]
	spare      []*batch
	arrived    *batch // being handed out …
	next       int    // … from this event on
	at         int64  // when it arrived
}

// deliver plays the person's tracker over the page that was just played: it
// collects events for a while, sends them in order, and empties itself when a
// page is left.
func (d *delivery) deliver(p *person) {
	rec := &p.env.recorder
	sortByTime(rec.pending)
	rest := rec.pending
	for len(rest) > 0 {
		due := rest[0].at + int64(p.flush)
		n := 1
		for n < len(rest) && rest[n].at <= due {
			n++
		}
		d.send(p, rest[:n], min(due, max(p.now, rest[n-1].at)))
		rest = rest[n:]
	}
	clear(rec.pending)
	rec.pending = rec.pending[:0]
}

// send puts one batch on its way: later if the phone has no network, some of its
// events late, now and then the whole of it twice.
func (d *delivery) send(p *person, events []pendingEvent, at int64) {
	random := &p.link.random
	at += int64(random.LogNormal(p.latency, .4))
	at = max(at, p.link.offlineUntil, p.link.lastBatch+1)
	p.link.lastBatch = at
	b := d.newBatch(p.userID)
	var newest [topicCount]int64
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if d.isLate(random, e.stamp < newest[e.to]) {
			late := d.newBatch(p.userID)
			late.events = append(late.events, *e)
			d.outbox.Push(at+int64(random.Between(300*time.Millisecond, 3500*time.Millisecond)), late)
			e.value = nil
		}
		newest[e.to] = max(newest[e.to], e.stamp)
	}
	for _, e := range events {
		if e.value != nil {
			b.events = append(b.events, e)
		}
	}
	d.outbox.Push(at, b)
	if random.Chance(d.duplicates) {
		again := d.newBatch(p.userID)
		again.events = append(again.events, b.events...)
		d.outbox.Push(at+int64(random.LogNormal(2500*time.Millisecond, .4)), again)
	}
}

// isLate draws whether an event is late. Only those can be that a younger one of
// the same person and topic overtakes then; their probability is raised so that
// the share of all events comes out as wanted.
func (d *delivery) isLate(random *traffic.Random, overtaken bool) bool {
	d.sent++
	if !overtaken {
		return false
	}
	d.overtaken++
	return random.Chance(d.disorder * float64(d.sent) / float64(d.overtaken))
}

// nextRecord hands out the next event of the batch that has arrived.
func (d *delivery) nextRecord() Record {
	e := &d.arrived.events[d.next]
	r := Record{
		Topic: Clickstream, Key: d.arrived.key,
		Time: time.UnixMilli(e.stamp).UTC(), Deliver: time.Unix(0, d.at).UTC(), Value: e.value,
	}
	if e.to == telemetry {
		r.Topic = Telemetry
	}
	if d.next++; d.next == len(d.arrived.events) {
		clear(d.arrived.events)
		d.arrived.events = d.arrived.events[:0]
		d.spare = append(d.spare, d.arrived)
		d.arrived = nil
	}
	return r
}

// newBatch is an empty batch, a used one if possible.
func (d *delivery) newBatch(key string) *batch {
	if n := len(d.spare); n > 0 {
		b := d.spare[n-1]
		d.spare = d.spare[:n-1]
		b.key = key
		return b
	}
	return &batch{key: key}
}

// sortByTime sorts stably; the events of a page are nearly in order already.
func sortByTime(events []pendingEvent) {
	for i := 1; i < len(events); i++ {
		e, j := events[i], i
		for j > 0 && events[j-1].at > e.at {
			events[j] = events[j-1]
			j--
		}
		events[j] = e
	}
}
