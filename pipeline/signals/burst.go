package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// bursts finds runs of like things. Things are alike that have the same key. A
// run begins when `count` of them are there, the first to the last at most
// `within` or, with gap, each at most that after the one before. It goes on while
// another follows within `within`. Its own time is that of events; besides, a
// silence of `within` in effective time ends it, and lets what is in no run be
// forgotten.
type bursts struct {
	*burstRule
	list []burst
}

type burstRule struct {
	count  int
	within event.Millis
	gap    bool
	less   uint32            // how many of a run are not counted: the first, where repeats are
	enough func([]mark) bool // more that must hold for a run to begin; nil for nothing
}

// burst is what is known of one key.
type burst struct {
	key    string
	recent []mark        // of no run
	run    detect.Signal // Count 0: none
	now    event.Millis  // when the last was taken
}

// mark is one of the things.
type mark struct {
	time, now            event.Millis
	id, page, target, op string
}

// maxBursts bounds the keys of a session; the one that has been quiet for
// longest makes room.
const maxBursts = 32

// add takes the event in hand as one more thing of a key.
func (s *bursts) add(in *detect.Input, key string) {
	k := s.of(in, key)
	e := in.Event
	k.now = in.Now
	if k.run.Count > 0 && e.Time > k.run.Ended+s.within {
		s.end(in, k)
	}
	if k.run.Count > 0 {
		k.run.Count++
		k.run.Add(e.Time, in.EventID())
		in.Claim(in.EventID())
		return
	}
	k.forget(s.burstRule, e.Time, in.Now)
	k.recent = append(k.recent, mark{e.Time, in.Now, in.EventID(), e.Page, e.Target.Name(), e.Op})
	if len(k.recent) >= s.count && (s.enough == nil || s.enough(k.recent)) {
		k.begin(in, s.burstRule)
	}
}

// forget drops what no run can begin with any more.
func (k *burst) forget(r *burstRule, t, now event.Millis) {
	n := len(k.recent)
	switch {
	case n == 0:
	case r.gap:
		if last := k.recent[n-1]; t > last.time+r.within || now > last.now+r.within {
			k.recent = k.recent[:0]
		}
	default:
		k.recent = detect.Drop(k.recent, func(m mark) bool { return t > m.time+r.within || now > m.now+r.within })
	}
	if len(k.recent) == detect.Most {
		k.recent = append(k.recent[:0], k.recent[1:]...)
	}
}

func (k *burst) begin(in *detect.Input, r *burstRule) {
	for i := range k.recent {
		m := &k.recent[i]
		if i == 0 {
			k.run = in.From(m.time, m.page, m.target, m.op)
		}
		k.run.Add(m.time, m.id)
		k.run.Count++
		in.Claim(m.id)
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
		s.end(in, &s.list[quiet])
		s.list = append(s.list[:quiet], s.list[quiet+1:]...)
	}
	s.list = append(s.list, burst{key: key})
	return &s.list[len(s.list)-1]
}

// end hands over the run of a key, if it has one.
func (s *bursts) end(in *detect.Input, k *burst) {
	if k.run.Count > s.less {
		k.run.Count -= s.less
		in.Find(k.run)
	}
	k.run = detect.Signal{}
}

// finish ends a key: what comes is another matter.
func (s *bursts) finish(in *detect.Input, key string) {
	s.list = detect.Drop(s.list, func(k burst) bool {
		if k.key != key {
			return false
		}
		s.end(in, &k)
		return true
	})
}

// finishAll ends every key.
func (s *bursts) finishAll(in *detect.Input) {
	for i := range s.list {
		s.end(in, &s.list[i])
	}
	s.list = nil
}

// expire ends the runs whose time is up.
func (s *bursts) expire(in *detect.Input) {
	s.list = detect.Drop(s.list, func(k burst) bool {
		up := in.Closing || k.now+s.within < in.Now
		if up {
			s.end(in, &k)
		}
		return up
	})
}

// running says that a key has a run.
func (s *bursts) running(key string) bool {
	for i := range s.list {
		if s.list[i].key == key {
			return s.list[i].run.Count > 0
		}
	}
	return false
}

func (s *bursts) Pending(now event.Millis) detect.Pending {
	out := detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	for i := range s.list {
		k := &s.list[i]
		if k.run.Count > 0 {
			out.Due = min(out.Due, k.now+s.within)
			out.Since = min(out.Since, k.run.Started)
		}
		for j := range k.recent {
			out.Since = min(out.Since, k.recent[j].time)
		}
		out.Spent = out.Spent && k.run.Count == 0 && k.now+s.within < now
	}
	return out
}

func (s *bursts) Held(visit func(*detect.Signal)) {
	for i := range s.list {
		if s.list[i].run.Count > 0 {
			visit(&s.list[i].run)
		}
	}
}

func (s *bursts) Save(st *event.State) {
	event.Slice(st, &s.list, func(k *burst) {
		event.Str(st, &k.key)
		event.Int(st, &k.now)
		k.run.Save(st)
		event.Slice(st, &k.recent, func(m *mark) {
			event.Int(st, &m.time)
			event.Int(st, &m.now)
			for _, v := range []*string{&m.id, &m.page, &m.target, &m.op} {
				event.Str(st, v)
			}
		})
	})
}
