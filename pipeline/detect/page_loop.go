package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// pageLoop finds a page entered at least `entries` times, the first to the last
// of them at most `within`. A view of the page one is on already is no entry. The
// run goes on while the page is entered again within `within`; its count is the
// entries.
type pageLoop struct {
	*loopRule
	recent []entry  // of pages without a run
	runs   []looped // pages with one
}

type loopRule struct {
	entries int
	within  event.Millis
}

type entry struct {
	now    event.Millis
	shown  uint64 // which page of that name it is
	signal Signal // as if it were a run of its own
}

func (x *entry) page() onPage { return onPage{x.signal.Page, x.shown} }

type looped struct {
	going
	shown uint64
}

func (c PageLoopConfig) rule() rule {
	shared := &loopRule{c.Entries, session.Millis(c.Within)}
	return rule{
		kind: PageLoop, subjects: views,
		start:   func() detector { return &pageLoop{loopRule: shared} },
		version: fmt.Sprintf("page_loop/2 entries=%d within=%v", c.Entries, c.Within),
	}
}

func (p *pageLoop) take(in *input) {
	e := in.event
	if e == nil {
		p.runs = drop(p.runs, func(l looped) bool { return l.ended(in, in.closing || l.now+p.within < in.now) })
		return
	}
	p.runs = drop(p.runs, func(l looped) bool { return l.ended(in, e.Time > l.run.Ended+p.within) })
	p.recent = drop(p.recent, func(x entry) bool {
		return e.Time > x.signal.Started+p.within || x.now+p.within+patience < in.now
	})
	if in.viewed && in.on == pageOf(e) {
		return
	}
	for i := range p.runs {
		if l := &p.runs[i]; l.run.Page == e.Page && l.shown == e.Shown {
			l.run.Count++
			l.run.add(e.Time, in.eventID())
			in.claim(PageLoop, in.eventID())
			l.now = in.now
			return
		}
	}
	p.recent = append(p.recent, entry{in.now, e.Shown, in.begin(PageLoop)})
	p.begin(in)
}

// begin starts a run when the newest entry completes one.
func (p *pageLoop) begin(in *input) {
	page, n := pageOf(in.event), 0
	for i := range p.recent {
		if p.recent[i].page() == page {
			n++
		}
	}
	if n < p.entries || len(p.runs) > 0 { // one circle is one run, though it has two pages
		return
	}
	var run Signal
	p.recent = drop(p.recent, func(x entry) bool {
		if x.page() != page {
			return false
		}
		if run.Count == 0 {
			run = x.signal
		} else {
			run.add(x.signal.Started, x.signal.First())
		}
		run.Count++
		in.claim(PageLoop, x.signal.First())
		return true
	})
	p.runs = append(p.runs, looped{going{in.now, run}, page.shown})
}

func (p *pageLoop) rest(now event.Millis) rest {
	out := rest{event.Never, event.Never, len(p.runs) == 0}
	for i := range p.runs {
		out.due = min(out.due, p.runs[i].now+p.within)
		out.since = min(out.since, p.runs[i].run.Started)
	}
	for i := range p.recent {
		out.spent = out.spent && p.recent[i].now+p.within+patience < now
		out.since = min(out.since, p.recent[i].signal.Started)
	}
	return out
}

func (p *pageLoop) save(s *event.State) {
	event.Slice(s, &p.recent, func(x *entry) {
		event.Int(s, &x.now)
		s.Hash(&x.shown)
		x.signal.save(s)
	})
	event.Slice(s, &p.runs, func(l *looped) {
		event.Int(s, &l.now)
		s.Hash(&l.shown)
		l.run.save(s)
	})
}
