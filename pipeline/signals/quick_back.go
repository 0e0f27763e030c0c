package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var quickBackSignal = detect.Declaration{
	Name: "quick_back", Revision: 3,
	Summary: "to another page and straight back",
	Means:   "opens a page and turns round at once",
	One:     "to another page and back within 5 s",
	Counts:  "times",
	Source:  "5 s on the second page: our choice. Clarity and Hotjar, which have the signal too, publish no number.",
	Weight:  0.10, Cap: 3, Where: detect.ByPage,
	Thresholds: WithinThresholds{Enabled: true, Within: 5 * time.Second},
	Needs:      []detect.Need{needView},
	Rule:       detect.RuleOf(quickBackRule),
	MostHeld:   2,
}

// quickBack finds, of three views in a row, a third that is the first page again while the second is another, at most
// `within` after the second. Consecutive occurrences are one signal; its count is their number. A signal starts with
// the view of the page that was left again, and belongs to that page.
type quickBack struct {
	*quickRule
	first  detect.Shown  // of the view before the last one
	second detect.Signal // the last view, as a signal that may start there
	shown  uint64        // which page of that name it is
	seen   int           // views seen, up to 2
	now    event.Millis
	open   detect.Signal // Count 0: none
}

type quickRule struct{ within event.Millis }

func quickBackRule(c WithinThresholds) detect.Rule {
	shared := &quickRule{c.millis()}
	return detect.Rule{
		Triggers: detect.Views, Distinct: true,
		New: func() detect.Detector { return &quickBack{quickRule: shared} },
	}
}

// Observe compares a view with the two before it: back at the first page, with another one between, soon enough.
func (q *quickBack) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		if in.Closing || q.now+q.within < in.Now {
			q.end(in)
		}
		return
	}
	if in.Viewed && (q.seen == 0 || in.On != q.last()) { // the detector was dropped as spent, or the last view was for another rule
		q.end(in)
		q.second, q.shown, q.seen = detect.Signal{Page: in.On.Page}, in.On.ID, 1
	}
	back := q.seen == 2 && detect.ShownBy(e) == q.first && detect.ShownBy(e) != q.last() &&
		e.Time-q.second.Started <= q.within && in.Now <= q.now+q.within+detect.Slack
	switch {
	case back && q.open.Count == 0:
		q.open = q.second
		fallthrough
	case back:
		q.open.Count++
		q.open.Add(e.Time, in.EventID())
	default:
		q.end(in)
	}
	q.first, q.now, q.seen = q.last(), in.Now, min(q.seen+1, 2)
	q.second, q.shown = in.Begin(), e.RawPage
}

func (q *quickBack) last() detect.Shown { return detect.Shown{Page: q.second.Page, ID: q.shown} }

func (q *quickBack) end(in *detect.Input) {
	if q.open.Count > 0 {
		in.Find(q.open)
		q.open = detect.Signal{}
	}
}

func (q *quickBack) Pending(now event.Millis) detect.Pending {
	if q.open.Count > 0 {
		return detect.Pending{Due: q.now + q.within, Since: q.open.Started}
	}
	return detect.Pending{Due: event.Never, Since: q.second.Started, Spent: q.now+q.within+detect.Slack < now}
}

func (q *quickBack) Held(visit func(*detect.Signal)) {
	if q.open.Count > 0 {
		visit(&q.open)
	}
}

func (q *quickBack) Save(s *event.State) {
	q.first.Save(s)
	q.second.Save(s)
	s.Hash(&q.shown)
	event.Int(s, &q.seen)
	event.Int(s, &q.now)
	q.open.Save(s)
}
