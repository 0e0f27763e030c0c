package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// maxUnanswered bounds the clicks, or swipes, of a session that wait for a reaction. The oldest is forgotten.
const maxUnanswered = detect.Most

// unanswered are signals that come true if nothing reacts for some time.
type unanswered struct{ list []candidate }

// candidate is one such signal.
type candidate struct {
	due    event.Millis // effective time
	signal detect.Signal
}

// add waits for a reaction to the event in hand until an effective time. The signal
// that it returns is valid until the next call.
func (u *unanswered) add(in *detect.Input, due event.Millis) *detect.Signal {
	s := in.Begin()
	s.Count = 1
	u.list = detect.Push(in, u.list, candidate{due, s}, maxUnanswered, event.LimitUnanswered)
	return &u.list[len(u.list)-1].signal
}

// answer drops the signals that something reacted to.
func (u *unanswered) answer(reacted func(*detect.Signal) bool) {
	if len(u.list) == 0 {
		return
	}
	u.list = detect.Drop(u.list, func(c candidate) bool { return reacted(&c.signal) })
}

// expire finds the signals whose time is up, of those that count; nil counts all.
func (u *unanswered) expire(in *detect.Input, counts func(*candidate) bool) {
	u.list = detect.Drop(u.list, func(c candidate) bool {
		up := in.Closing || c.due < in.Now
		if up && (counts == nil || counts(&c)) {
			in.Find(c.signal)
		}
		return up
	})
}

func (u *unanswered) Pending(event.Millis) detect.Pending {
	r := detect.Pending{Due: event.Never, Since: event.Never, Spent: len(u.list) == 0}
	for i := range u.list {
		r.Due = min(r.Due, u.list[i].due)
		r.Since = min(r.Since, u.list[i].signal.Started)
	}
	return r
}

func (u *unanswered) Held(visit func(*detect.Signal)) {
	for i := range u.list {
		visit(&u.list[i].signal)
	}
}

func (u *unanswered) Save(s *event.State) {
	event.Slice(s, &u.list, func(c *candidate) {
		event.Int(s, &c.due)
		c.signal.Save(s)
	})
}
