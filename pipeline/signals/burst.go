package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// bursts finds bursts of events with the same key. A burst begins with `count` events, if the first and the last are
// at most `within` apart or, with gap, each is at most that after the one before. It continues while another follows
// within `within` of the last, by event time. A silence of `within` in effective time also ends it, and makes events
// that are in no burst be forgotten.
type bursts struct {
	*burstRule
	list []burst
}

type burstRule struct {
	count  int
	within event.Millis
	gap    bool
	less   uint32            // how many events of a burst are not counted: 1 if only repeats count
	enough func([]item) bool // another condition for a burst to begin; nil for none
}

// burst is the state of one key.
type burst struct {
	key    string
	recent []item        // in no burst; the latest detect.Most
	open   detect.Signal // Count 0: none
	now    event.Millis  // effective time of the last event
}

// mark is one event.
type item struct {
	time, now            event.Millis
	taken                uint32 // what [detect.Input.Taken] was
	id, page, target, op string
}

// maxBursts bounds the keys of a session; a new key replaces the one that has been silent for longest.
const maxBursts = 32

// add adds the current event to a key.
func (s *bursts) add(in *detect.Input, key string) {
	k := s.of(in, key)
	e := in.Event
	k.now = in.Now
	if k.open.Count > 0 && e.Time > k.open.Ended+s.within {
		s.end(in, k)
	}
	if k.open.Count > 0 {
		k.open.Count++
		k.open.Add(e.Time, in.EventID())
		in.Claim(in.EventID())
		return
	}
	k.forget(s.burstRule, e.Time, in.Now)
	k.recent = detect.Push(in, k.recent, item{e.Time, in.Now, in.Taken, in.EventID(), e.Page, e.Target.Name(), e.Op}, detect.Most, event.LimitBurstEvents)
	if len(k.recent) >= s.count && (s.enough == nil || s.enough(k.recent)) {
		k.begin(in, s.burstRule)
	}
}

// forget drops events that no burst can begin with any more.
func (k *burst) forget(r *burstRule, t, now event.Millis) {
	n := len(k.recent)
	switch {
	case n == 0:
	case r.gap:
		if last := k.recent[n-1]; t > last.time+r.within || now > last.now+r.within {
			k.recent = k.recent[:0]
		}
	default:
		k.recent = detect.Drop(k.recent, func(x item) bool { return t > x.time+r.within || now > x.now+r.within })
	}
}

func (k *burst) begin(in *detect.Input, r *burstRule) {
	for i := range k.recent {
		x := &k.recent[i]
		if i == 0 {
			k.open = in.From(x.time, x.taken, x.page, x.target, x.op)
		}
		k.open.Add(x.time, x.id)
		k.open.Count++
		in.Claim(x.id)
	}
	k.recent = nil
}

// of is the burst of a key.
func (s *bursts) of(in *detect.Input, key string) *burst {
	quiet := 0
	for i := range s.list {
		if s.list[i].key == key {
			return &s.list[i]
		}
		if s.list[i].now < s.list[quiet].now {
			quiet = i
		}
	}
	if len(s.list) == maxBursts {
		in.Reached(event.LimitBurstKeys)
		s.end(in, &s.list[quiet])
		s.list = append(s.list[:quiet], s.list[quiet+1:]...)
	}
	s.list = append(s.list, burst{key: key})
	return &s.list[len(s.list)-1]
}

// end hands over the burst of a key, if there is one.
func (s *bursts) end(in *detect.Input, k *burst) {
	if k.open.Count > s.less {
		k.open.Count -= s.less
		in.Find(k.open)
	}
	k.open = detect.Signal{}
}

// finish ends the burst of a key and forgets its events: later events begin a new one.
func (s *bursts) finish(in *detect.Input, key string) {
	s.list = detect.Drop(s.list, func(k burst) bool {
		if k.key != key {
			return false
		}
		s.end(in, &k)
		return true
	})
}

// finishAll does the same for all keys.
func (s *bursts) finishAll(in *detect.Input) {
	for i := range s.list {
		s.end(in, &s.list[i])
	}
	s.list = nil
}

// expire ends the bursts that have been silent for too long.
func (s *bursts) expire(in *detect.Input) {
	s.list = detect.Drop(s.list, func(k burst) bool {
		up := in.Closing || k.now+s.within < in.Now
		if up {
			s.end(in, &k)
		}
		return up
	})
}

// running reports whether a key has a burst.
func (s *bursts) running(key string) bool {
	for i := range s.list {
		if s.list[i].key == key {
			return s.list[i].open.Count > 0
		}
	}
	return false
}

func (s *bursts) Pending(now event.Millis) detect.Pending {
	out := detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	for i := range s.list {
		k := &s.list[i]
		if k.open.Count > 0 {
			out.Due = min(out.Due, k.now+s.within)
			out.Since = min(out.Since, k.open.Started)
		}
		for j := range k.recent {
			out.Since = min(out.Since, k.recent[j].time)
		}
		out.Spent = out.Spent && k.open.Count == 0 && k.now+s.within < now
	}
	return out
}

func (s *bursts) Held(visit func(*detect.Signal)) {
	for i := range s.list {
		if s.list[i].open.Count > 0 {
			visit(&s.list[i].open)
		}
	}
}

func (s *bursts) Save(st *event.State) {
	event.Slice(st, &s.list, func(k *burst) {
		event.Str(st, &k.key)
		event.Int(st, &k.now)
		k.open.Save(st)
		event.Slice(st, &k.recent, func(x *item) {
			event.Int(st, &x.time)
			event.Int(st, &x.now)
			event.Uint(st, &x.taken)
			for _, v := range []*string{&x.id, &x.page, &x.target, &x.op} {
				event.Str(st, v)
			}
		})
	})
}
