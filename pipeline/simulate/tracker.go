package simulate

import "time"

// topic is where an event goes.
type topic uint8

const (
	clickstream topic = iota
	telemetry
	topics
)

// happening is one event of a scene that is yet to be delivered.
type happening struct {
	at    int64 // true time, Unix ns
	stamp int64 // device time, Unix ms
	to    topic
	value []byte
}

// batch is what arrives at the collector in one piece.
type batch struct {
	key    string
	events []happening
}

// deliver plays the person's tracker over the scene that was just lived: it
// gathers events for a while, sends them in order, and empties itself when a
// page is left.
func (s *Shop) deliver(p *person) {
	sortByTime(s.scene)
	rest := s.scene
	for len(rest) > 0 {
		due := rest[0].at + int64(p.flush)
		n := 1
		for n < len(rest) && rest[n].at <= due {
			n++
		}
		s.send(p, rest[:n], min(due, max(p.now, rest[n-1].at)))
		rest = rest[n:]
	}
	clear(s.scene)
	s.scene = s.scene[:0]
}

// send puts one batch on its way: later if the phone is out of reach, some of
// its events as stragglers, now and then the whole of it twice.
func (s *Shop) send(p *person, events []happening, at int64) {
	at += int64(p.wire.LogNormal(p.latency, .4))
	at = max(at, p.dark, p.sent+1)
	p.sent = at
	b := s.batch(p.key)
	var newest [topics]int64
	for i := len(events) - 1; i >= 0; i-- {
		h := &events[i]
		if s.straggles(p, h.stamp < newest[h.to]) {
			late := s.batch(p.key)
			late.events = append(late.events, *h)
			s.outbox.Push(at+int64(p.wire.Between(300*time.Millisecond, 3500*time.Millisecond)), late)
			h.value = nil
		}
		newest[h.to] = max(newest[h.to], h.stamp)
	}
	for _, h := range events {
		if h.value != nil {
			b.events = append(b.events, h)
		}
	}
	s.outbox.Push(at, b)
	if p.wire.Chance(s.duplicates) {
		again := s.batch(p.key)
		again.events = append(again.events, b.events...)
		s.outbox.Push(at+int64(p.wire.LogNormal(2500*time.Millisecond, .4)), again)
	}
}

// straggles draws whether an event falls behind. Only those can that a younger
// one of the same person and topic overtakes; their chance is raised so that
// the share of all events comes out as wanted.
func (s *Shop) straggles(p *person, overtaken bool) bool {
	s.posted++
	if !overtaken {
		return false
	}
	s.overtaken++
	return p.wire.Chance(s.disorder * float64(s.posted) / float64(s.overtaken))
}

// batch is an empty batch, used before if possible.
func (s *Shop) batch(key string) *batch {
	if n := len(s.spare); n > 0 {
		b := s.spare[n-1]
		s.spare = s.spare[:n-1]
		b.key = key
		return b
	}
	return &batch{key: key}
}

// sortByTime sorts stably; a scene is nearly in order already.
func sortByTime(scene []happening) {
	for i := 1; i < len(scene); i++ {
		h, j := scene[i], i
		for j > 0 && scene[j-1].at > h.at {
			scene[j] = scene[j-1]
			j--
		}
		scene[j] = h
	}
}
