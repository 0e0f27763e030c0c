package detect

import "friction/pipeline/event"

// streaks finds runs of like things. Things are alike that have the same key. A
// run begins when `count` of them are there, the first to the last at most
// `within` or, with gap, each at most that after the one before. It goes on while
// another follows within `within`. Its own time is that of events; besides, a
// silence of `within` in effective time ends it, and lets what is in no run be
// forgotten.
type streaks struct {
	*streakRule
	list []streak
}

type streakRule struct {
	kind   Kind
	count  int
	within event.Millis
	gap    bool
	less   uint32            // how many of a run are not counted: the first, where repeats are
	enough func([]mark) bool // more that must hold for a run to begin; nil for nothing
}

// streak is what is known of one key.
type streak struct {
	key    string
	recent []mark       // of no run
	run    Signal       // Count 0: none
	now    event.Millis // when the last was taken
}

// mark is one of the things.
type mark struct {
	time, now            event.Millis
	id, page, target, op string
}

// maxStreaks bounds the keys of a session; the one that has been quiet for
// longest makes room.
const maxStreaks = 32

// add takes the event in hand as one more thing of a key.
func (s *streaks) add(in *input, key string) {
	k := s.of(in, key)
	e := in.event
	k.now = in.now
	if k.run.Count > 0 && e.Time > k.run.Ended+s.within {
		s.end(in, k)
	}
	if k.run.Count > 0 {
		k.run.Count++
		k.run.add(e.Time, in.eventID())
		in.claim(s.kind, in.eventID())
		return
	}
	k.forget(s.streakRule, e.Time, in.now)
	k.recent = append(k.recent, mark{e.Time, in.now, in.eventID(), e.Page, e.Target.Name(), e.Op})
	if len(k.recent) >= s.count && (s.enough == nil || s.enough(k.recent)) {
		k.begin(in, s.streakRule)
	}
}

// forget drops what no run can begin with any more.
func (k *streak) forget(r *streakRule, t, now event.Millis) {
	n := len(k.recent)
	switch {
	case n == 0:
	case r.gap:
		if last := k.recent[n-1]; t > last.time+r.within || now > last.now+r.within {
			k.recent = k.recent[:0]
		}
	default:
		k.recent = drop(k.recent, func(m mark) bool { return t > m.time+r.within || now > m.now+r.within })
	}
	if len(k.recent) == most {
		k.recent = append(k.recent[:0], k.recent[1:]...)
	}
}

func (k *streak) begin(in *input, r *streakRule) {
	for i := range k.recent {
		m := &k.recent[i]
		if i == 0 {
			k.run = Signal{
				Kind: r.kind, AbsorbedBy: NoKind, Started: m.time, Ended: m.time,
				Page: m.page, Target: m.target, Op: m.op, first: m.id,
			}
		} else {
			k.run.add(m.time, m.id)
		}
		k.run.Count++
		in.claim(r.kind, m.id)
	}
	k.recent = nil
}

// of is the streak of a key.
func (s *streaks) of(in *input, key string) *streak {
	quiet := 0
	for i := range s.list {
		if s.list[i].key == key {
			return &s.list[i]
		}
		if s.list[i].now < s.list[quiet].now {
			quiet = i
		}
	}
	if len(s.list) == maxStreaks {
		s.end(in, &s.list[quiet])
		s.list = append(s.list[:quiet], s.list[quiet+1:]...)
	}
	s.list = append(s.list, streak{key: key})
	return &s.list[len(s.list)-1]
}

// end hands over the run of a key, if it has one.
func (s *streaks) end(in *input, k *streak) {
	if k.run.Count > s.less {
		k.run.Count -= s.less
		in.find(k.run)
	}
	k.run = Signal{}
}

// finish ends a key: what comes is another matter.
func (s *streaks) finish(in *input, key string) {
	s.list = drop(s.list, func(k streak) bool {
		if k.key != key {
			return false
		}
		s.end(in, &k)
		return true
	})
}

// finishAll ends every key.
func (s *streaks) finishAll(in *input) {
	for i := range s.list {
		s.end(in, &s.list[i])
	}
	s.list = nil
}

// expire ends the runs whose time is up.
func (s *streaks) expire(in *input) {
	s.list = drop(s.list, func(k streak) bool {
		up := in.closing || k.now+s.within < in.now
		if up {
			s.end(in, &k)
		}
		return up
	})
}

// running says that a key has a run.
func (s *streaks) running(key string) bool {
	for i := range s.list {
		if s.list[i].key == key {
			return s.list[i].run.Count > 0
		}
	}
	return false
}

func (s *streaks) rest(now event.Millis) rest {
	out := rest{event.Never, event.Never, true}
	for i := range s.list {
		k := &s.list[i]
		if k.run.Count > 0 {
			out.due = min(out.due, k.now+s.within)
			out.since = min(out.since, k.run.Started)
		}
		for j := range k.recent {
			out.since = min(out.since, k.recent[j].time)
		}
		out.spent = out.spent && k.run.Count == 0 && k.now+s.within < now
	}
	return out
}

func (s *streaks) held(visit func(*Signal)) {
	for i := range s.list {
		if s.list[i].run.Count > 0 {
			visit(&s.list[i].run)
		}
	}
}

func (s *streaks) save(st *event.State) {
	event.Slice(st, &s.list, func(k *streak) {
		event.Str(st, &k.key)
		event.Int(st, &k.now)
		k.run.save(st)
		event.Slice(st, &k.recent, func(m *mark) {
			event.Int(st, &m.time)
			event.Int(st, &m.now)
			for _, v := range []*string{&m.id, &m.page, &m.target, &m.op} {
				event.Str(st, v)
			}
		})
	})
}
