package detect

import "friction/pipeline/event"

// quickBack finds, of three views in a row, a third that is the first page again
// while the second is another, at most `within` after the second. Consecutive
// occurrences are one run; its count is their number. A run starts with the view
// of the page that was left again, and belongs there.
type quickBack struct {
	*quickRule
	first  onPage // of the view before the last
	second Signal // the last view, as if a run started there
	shown  uint64 // which page of that name it is
	seen   int    // views seen, up to 2
	now    event.Millis
	run    Signal // Count 0: none
}

type quickRule struct{ within event.Millis }

func quickBackRule(c WithinConfig) rule {
	shared := &quickRule{c.millis()}
	return rule{
		kind: QuickBack, subjects: views,
		start:   func() detector { return &quickBack{quickRule: shared} },
		version: c.version(QuickBack, 2),
	}
}

func (q *quickBack) take(in *input) {
	e := in.event
	if e == nil {
		if in.closing || q.now+q.within < in.now {
			q.end(in)
		}
		return
	}
	if q.seen == 0 && in.viewed { // dropped as spent; only the page before still matters
		q.second, q.shown, q.seen = Signal{Page: in.on.name}, in.on.shown, 1
	}
	back := q.seen == 2 && pageOf(e) == q.first && pageOf(e) != q.last() &&
		e.Time-q.second.Started <= q.within && in.now <= q.now+q.within+patience
	switch {
	case back && q.run.Count == 0:
		q.run = q.second
		fallthrough
	case back:
		q.run.Count++
		q.run.add(e.Time, in.eventID())
	default:
		q.end(in)
	}
	q.first, q.now, q.seen = q.last(), in.now, min(q.seen+1, 2)
	q.second, q.shown = in.begin(QuickBack), e.Shown
}

func (q *quickBack) last() onPage { return onPage{q.second.Page, q.shown} }

func (q *quickBack) end(in *input) {
	if q.run.Count > 0 {
		in.find(q.run)
		q.run = Signal{}
	}
}

func (q *quickBack) rest(now event.Millis) rest {
	if q.run.Count > 0 {
		return rest{due: q.now + q.within, since: q.run.Started}
	}
	return rest{event.Never, q.second.Started, q.now+q.within+patience < now}
}

func (q *quickBack) held(visit func(*Signal)) {
	if q.run.Count > 0 {
		visit(&q.run)
	}
}

func (q *quickBack) save(s *event.State) {
	q.first.save(s)
	q.second.save(s)
	s.Hash(&q.shown)
	event.Int(s, &q.seen)
	event.Int(s, &q.now)
	q.run.save(s)
}
