package oracle

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// goOn finds the attempts that a session goes on with when it enters their journeys.
func (o *oracle) goOn(s *history, h *occurrence) {
	for i := range o.w.Config.Journeys.List {
		j := &o.w.Config.Journeys.List[i]
		steps := func(x journey.Step) bool { return enters(x.Match, h) }
		if s.overdue || j.Resume == 0 || s.entered[j.Name] || j.App != "" && j.App != h.e.App || !slices.ContainsFunc(j.Steps, steps) {
			continue
		}
		s.entered[j.Name] = true
		at := slices.IndexFunc(o.left, func(x *leftAttempt) bool { return x.key == h.e.Key && x.journey == j.Name })
		if at >= 0 && h.e.Time <= o.left[at].until {
			x := o.left[at]
			s.inherits[j.Name], x.of.returned[j.Name] = x.attempt, true
			o.left = slices.Delete(o.left, at, at+1)
		}
	}
}

// leave remembers the attempts that a session has not completed when it closes.
func (o *oracle) leave(s *history, key event.Key, now event.Millis) {
	if s.overdue {
		return
	}
	for i := range o.w.Config.Journeys.List {
		j := &o.w.Config.Journeys.List[i]
		all, last := journeyVisits(j, seen(s.all), s.inherits[j.Name])
		if j.Resume == 0 || last == nil || last.done {
			continue
		}
		for len(o.left) > 0 && o.left[0].until < now {
			o.left = o.left[1:]
		}
		o.left = slices.DeleteFunc(o.left, func(x *leftAttempt) bool { return x.key == key && x.journey == j.Name })
		if len(o.left) == o.w.Config.Journeys.MaxUnfinished {
			o.left = o.left[1:]
			o.counters.AttemptsForgotten++
		}
		until := max(s.end, all[len(all)-1].entered) + ms(j.Resume)
		o.left = append(o.left, &leftAttempt{key, j.Name, until, last, s})
	}
}
