package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var pageLoopSignal = detect.Declaration{
	Name: "page_loop", Revision: 3,
	Summary: "the same page entered again and again",
	Means:   "goes round in circles",
	One:     "the same page entered at least 3 times within 15 s",
	Counts:  "entries",
	Source:  "3 times in 15 s, as Conviva.",
	Weight:  0.20, Cap: 2, Where: detect.ByPage,
	Absorbs: []detect.Absorbs{
		{What: QuickBack, Why: "the loop is made of these views"},
	},
	Thresholds: PageLoopThresholds{Enabled: true, Entries: 3, Within: 15 * time.Second},
	Needs:      []detect.Need{needView},
	Rule:       detect.RuleOf(PageLoopThresholds.rule),
	MostHeld:   maxEntries + 1,
}

// PageLoopThresholds bounds a loop.
type PageLoopThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Entries is how many entries of one page make a signal.
	Entries int `yaml:"entries" min:"2" max:"64"`
	// Within is the longest time from the first to the last of so many entries, and the silence that ends a signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
}

// pageLoop finds a page entered at least `entries` times, the first and the last of them at most `within` apart. A
// view of the current page is no entry. The signal continues while the page is entered again within `within`; its
// count is the number of entries.
type pageLoop struct {
	*loopRule
	recent []entry  // of pages without a signal; the latest maxEntries
	loops  []looped // of pages with one; at most one
}

// maxEntries bounds the entries that a session remembers for loops.
const maxEntries = 2 * detect.Most

type loopRule struct {
	entries int
	within  event.Millis
}

type entry struct {
	now    event.Millis
	shown  uint64        // which page of that name it is
	signal detect.Signal // as a signal that may start there
}

func (x *entry) page() detect.Shown { return detect.Shown{Page: x.signal.Page, ID: x.shown} }

type looped struct {
	openSignal
	shown uint64
}

func (c PageLoopThresholds) rule() detect.Rule {
	shared := &loopRule{c.Entries, session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.Views, Distinct: true,
		New: func() detect.Detector { return &pageLoop{loopRule: shared} },
	}
}

// Observe counts an entry of a page: for the loop of that page if there is one, else as a candidate for a new one.
func (p *pageLoop) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		p.loops = detect.Drop(p.loops, func(l looped) bool { return l.ended(in, in.Closing || l.now+p.within < in.Now) })
		return
	}
	p.loops = detect.Drop(p.loops, func(l looped) bool { return l.ended(in, e.Time > l.open.Ended+p.within) })
	p.recent = detect.Drop(p.recent, func(x entry) bool {
		return e.Time > x.signal.Started+p.within || x.now+p.within+detect.Slack < in.Now
	})
	if in.Viewed && in.On == detect.ShownBy(e) {
		return
	}
	for i := range p.loops {
		if l := &p.loops[i]; l.open.Page == e.Page && l.shown == e.RawPage {
			l.open.Count++
			l.open.Add(e.Time, in.EventID())
			in.Claim(in.EventID())
			l.now = in.Now
			return
		}
	}
	p.recent = detect.Push(in, p.recent, entry{in.Now, e.RawPage, in.Begin()}, maxEntries, event.LimitPageEntries)
	p.begin(in)
}

// begin starts a signal if the newest entry completes one.
func (p *pageLoop) begin(in *detect.Input) {
	page, n := detect.ShownBy(in.Event), 0
	for i := range p.recent {
		if p.recent[i].page() == page {
			n++
		}
	}
	if n < p.entries || len(p.loops) > 0 { // a circle of two pages is one signal
		return
	}
	var open detect.Signal
	p.recent = detect.Drop(p.recent, func(x entry) bool {
		if x.page() != page {
			return false
		}
		if open.Count == 0 {
			open = x.signal
		} else {
			open.Add(x.signal.Started, x.signal.First())
		}
		open.Count++
		in.Claim(x.signal.First())
		return true
	})
	p.loops = append(p.loops, looped{openSignal{in.Now, open}, page.ID})
}

func (p *pageLoop) Pending(now event.Millis) detect.Pending {
	out := detect.Pending{Due: event.Never, Since: event.Never, Spent: len(p.loops) == 0}
	for i := range p.loops {
		out.Due = min(out.Due, p.loops[i].now+p.within)
		out.Since = min(out.Since, p.loops[i].open.Started)
	}
	for i := range p.recent {
		out.Spent = out.Spent && p.recent[i].now+p.within+detect.Slack < now
		out.Since = min(out.Since, p.recent[i].signal.Started)
	}
	return out
}

func (p *pageLoop) Save(s *event.State) {
	event.Slice(s, &p.recent, func(x *entry) {
		event.Int(s, &x.now)
		s.Hash(&x.shown)
		x.signal.Save(s)
	})
	event.Slice(s, &p.loops, func(l *looped) {
		event.Int(s, &l.now)
		s.Hash(&l.shown)
		l.open.Save(s)
	})
}
