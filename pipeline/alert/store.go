package alert

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// step is the state of one step.
type step struct {
	StepName
	index    int
	pain     *timeSeries // of everyone
	lost     *timeSeries // of everyone, each pane as it was seen at one age
	segments map[segment]*timeSeries
	order    []segment // of segments
	excluded ring      // panes that an alert which is over has explained: hurt is not 0. They are neither usual nor new
	bad      int       // evaluations in a row that found something
	calm     int       // panes in a row that were back to usual
	reach    absenceState
}

// absenceState is what the rule remembers of an app or a step.
type absenceState struct {
	bad  int   // evaluations in a row without visits
	back int64 // first pane after the last silence
}

// segment is one value of one dimension.
type segment struct{ dimension, value string }

// store keeps the panes and the history of all steps.
type store struct {
	grid
	cfg     *Config
	windows []int // in panes, ascending
	lostLag int64 // age in panes at which visits are counted as lost
	open    *openAlerts
	steps   map[StepName]*step
	count   int             // of series
	dropped map[Series]bool // beyond the limit of series
	end     int64           // number of the first pane that has not begun
	at      time.Time       // evaluated up to here
}

func newStore(c *Config, slide time.Duration, open *openAlerts) *store {
	st := &store{
		grid: grid{slide}, cfg: c, lostLag: int64((c.LostAfter + slide - 1) / slide), open: open,
		steps: map[StepName]*step{}, dropped: map[Series]bool{},
	}
	for _, w := range c.Windows {
		st.windows = append(st.windows, max(1, int((w+slide-1)/slide)))
	}
	slices.Sort(st.windows)
	st.windows = slices.Compact(st.windows)
	return st
}

// longest is the longest window, in panes.
func (st *store) longest() int { return st.windows[len(st.windows)-1] }

// span is how many of the latest panes are kept one by one; history is by the hour.
func (st *store) span() int {
	return max(st.longest()+int(st.lostLag), int(2*time.Hour/st.slide)) + 2*int(time.Hour/st.slide)
}

// hours is how many hours of history are kept.
func (st *store) hours() int { return int(st.cfg.History/time.Hour) + 2 }

// series finds a series, and makes it when it is new; nil for one beyond the limit. Steps are always kept.
func (st *store) series(s Series, index int) *timeSeries {
	of := st.steps[s.StepName]
	if of == nil {
		of = &step{
			StepName: s.StepName, pain: st.newSeries(painUnit), lost: st.newSeries(lostUnit),
			segments: map[segment]*timeSeries{}, excluded: newRing(st.span()),
		}
		st.steps[s.StepName] = of
	}
	of.index = index
	if s.Dimension == "" {
		return of.pain
	}
	p := segment{s.Dimension, s.Value}
	t := of.segments[p]
	switch {
	case t != nil:
	case st.count >= st.cfg.MaxSeries:
		st.dropped[s] = true
		return nil
	default:
		t = st.newSeries(painUnit)
		of.segments[p] = t
		of.order = append(of.order, p)
		slices.SortFunc(of.order, func(a, b segment) int {
			return cmp.Or(cmp.Compare(a.dimension, b.dimension), cmp.Compare(a.value, b.value))
		})
	}
	return t
}

func (st *store) newSeries(unit float64) *timeSeries {
	st.count++
	t := newTimeSeries(st.span(), st.hours(), unit)
	t.panes.advance(st.end, nil)
	return t
}

// inOrder lists the steps, those of a journey in its order.
func (st *store) inOrder() []*step {
	return slices.SortedFunc(maps.Values(st.steps), func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.index, b.index), cmp.Compare(a.Step, b.Step))
	})
}

// learn adds hours of history to a step's pain.
func (st *store) learn(hours []Pane) {
	for i := range hours {
		p := &hours[i]
		if t := st.series(p.Series, p.Index); t != nil {
			t.addHour(st.hour(p.Number), painOf(p))
		}
	}
}

// learnLost adds hours of what was seen as lost, of everyone.
func (st *store) learnLost(hours []Pane) {
	for i := range hours {
		p := &hours[i]
		st.series(Series{StepName: p.StepName}, p.Index)
		st.steps[p.StepName].lost.addHour(st.hour(p.Number), lostOf(p))
	}
}

// recall puts panes back that were seen as lost in an earlier life of the program.
func (st *store) recall(seen []Pane) {
	for i := range seen {
		if s := st.steps[seen[i].StepName]; s != nil && seen[i].Number >= s.lost.panes.first() && seen[i].Number < s.lost.panes.next {
			s.lost.set(seen[i].Number, lostOf(&seen[i]))
		}
	}
}

// add puts panes where they belong. It returns those that were seen as lost at this moment.
func (st *store) add(f Facts) (seen []Pane) {
	st.end = max(st.end, st.number(f.At.Add(st.slide-time.Millisecond)))
	for i := range f.Panes {
		st.series(f.Panes[i].Series, f.Panes[i].Index)
	}
	for _, s := range st.steps {
		st.advance(s)
	}
	for i := range f.Panes {
		p := &f.Panes[i]
		t := st.series(p.Series, p.Index)
		if t == nil || p.Number < t.panes.first() || p.Number >= st.end {
			continue
		}
		t.set(p.Number, painOf(p))
		if p.Dimension == "" && f.Fresh && st.isEdge(f.At) && p.Number == st.end-st.lostLag {
			st.steps[p.StepName].lost.set(p.Number, lostOf(p))
			seen = append(seen, *p)
		}
	}
	return seen
}

// usualAfter is how long trouble may go on before it counts as usual.
const usualAfter = 24 * time.Hour

// advance moves all series of a step on. Panes of an alert are not history, unless the alert lasts so long that its
// level counts as usual.
func (st *store) advance(s *step) {
	from, to := int64(0), int64(0)
	if a := st.open.get(Friction, s.StepName); a != nil {
		from = st.number(a.Since)
		to = from + int64(usualAfter/st.slide)
	}
	leaves := func(t *timeSeries) func(int64, cell) {
		return func(number int64, c cell) {
			excluded := number < s.excluded.next && number >= s.excluded.first() && s.excluded.at(number).hurt > 0
			if !excluded && (number < from || number >= to) {
				t.addHour(st.hour(number), c)
			}
		}
	}
	s.pain.panes.advance(st.end, leaves(s.pain))
	s.lost.panes.advance(st.end, leaves(s.lost))
	for _, t := range s.segments {
		t.panes.advance(st.end, leaves(t))
	}
	s.excluded.advance(st.end, nil)
}

// exclude marks the panes [from, to) as neither usual nor new.
func (s *step) exclude(from, to int64) {
	for n := max(from, s.excluded.first()); n < min(to, s.excluded.next); n++ {
		s.excluded.at(n).hurt = 1
	}
	s.pain.staleFrom, s.lost.staleFrom = 0, 0
	for _, t := range s.segments {
		t.staleFrom = 0
	}
}

// cutoff is what tells the past of a step from what is evaluated now.
func (st *store) cutoff(s *step) cutoff {
	c := cutoff{grid: st.grid, hour: st.hour(st.end), excluded: &s.excluded, open: math.MaxInt64}
	if a := st.open.get(Friction, s.StepName); a != nil {
		c.open = st.number(a.Since)
	}
	return c
}

// between adds up the panes [from, to) of a series of a step.
func (st *store) between(s *step, t *timeSeries, from, to int64) sum {
	c := st.cutoff(s)
	t.addUp(&c)
	return t.sum(from, to, st.grid)
}
