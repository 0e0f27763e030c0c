package oracle

import (
	"slices"
	"time"

	"friction/pipeline/event"
)

// ms is a time in whole milliseconds.
func ms(d time.Duration) event.Millis { return event.Millis(d.Milliseconds()) }

// patience is how much later than what it belongs to an event may be taken, in
// effective time and beyond the detector's own span.
const patience event.Millis = 60_000

// claimed is when a run counted one of its events, once it was a run after so many.
func (s *history) claimed(f *finding, run int) {
	for i := range f.events {
		f.claims = append(f.claims, s.index(f.events[max(i, run-1)]))
	}
}

// after is how many events had been processed when a timer due at some effective time rang.
func (s *history) after(due event.Millis) int {
	n := 0
	for _, h := range s.all {
		if h.effective <= due {
			n++
		}
	}
	return n
}

// index is how many events had been processed once h was.
func (s *history) index(h *occurrence) int { return slices.Index(s.all, h) + 1 }

// over is how many events had been processed when a run ended whose last event is
// last: after a silence in effective time, or with the first event that ends it.
func (s *history) over(last *occurrence, silence event.Millis, ends func(*occurrence) bool) int {
	made := s.after(last.effective + silence)
	for i := s.index(last); i < made; i++ {
		if !s.all[i].outOfOrder && ends(s.all[i]) {
			return i + 1
		}
	}
	return made
}

// run makes a finding of the events of a run.
func run(kind string, events []*occurrence, count int) *finding {
	first := events[0]
	f := &finding{
		kind: kind, started: first.e.Time, ended: first.e.Time, count: uint32(count),
		page: first.e.Page, target: first.e.Target.Name(), op: first.e.Op, events: events,
	}
	for _, h := range events {
		f.ended = max(f.ended, h.e.Time)
	}
	return f
}

func apart(a, b *occurrence) event.Millis { return b.e.Time - a.e.Time }

// lapsed says that more effective time than some lay between two events.
func lapsed(a, b *occurrence, silence event.Millis) bool {
	return b.effective > a.effective+silence || a.effective > b.effective+silence
}

// alone is a finding of one event.
func (s *history) alone(kind string, h *occurrence) *finding {
	f := run(kind, []*occurrence{h}, 1)
	f.made, f.began = s.index(h), s.index(h)
	f.claims = []int{f.made}
	return f
}

// views are the page views of a session in the order they were seen.
func (s *history) views() []*occurrence {
	var all []*occurrence
	for _, h := range s.seen {
		if h.e.Type.IsView() {
			all = append(all, h)
		}
	}
	return all
}

// samePage says that two views are of one page, as it was sent.
func samePage(a, b *occurrence) bool { return a.e.Page == b.e.Page && a.e.RawPage == b.e.RawPage }
