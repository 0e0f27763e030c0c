package alert

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Judge compares every step with its own past. It is fed panes in the order of event time and answers with what has
// changed. It has no clock and does no I/O: the same panes give the same changes.
type Judge struct {
	cfg     Config
	slide   time.Duration
	windows []int // in panes, ascending
	lostLag int64 // in panes
	steps   map[StepName]*step
	open    map[key]*Alert
	apps    map[string]*volume
	series  int
	dropped map[Series]bool // beyond the limit of series
	end     int64           // number of the first pane that has not begun
	at      time.Time       // judged up to here
}

// step is all that is watched of one step.
type step struct {
	StepName
	index int
	pain  *track // of everyone
	lost  *track // of everyone, each pane as it was seen at one age
	parts map[part]*track
	order []part // of parts
	quiet ring   // panes that an alert which is over has explained; hurt says so
	bad   int    // judgements in a row
	calm  int
	reach volume
}

// part is one value of one dimension.
type part struct{ dimension, value string }

// NewJudge starts with no history; see [Judge.Learn] and [Judge.Resume]. Slide is the length of a pane.
func NewJudge(c Config, slide time.Duration) *Judge {
	j := &Judge{
		cfg: c, slide: slide, lostLag: int64((c.LostAfter + slide - 1) / slide),
		steps: map[StepName]*step{}, open: map[key]*Alert{}, apps: map[string]*volume{}, dropped: map[Series]bool{},
	}
	for _, w := range c.Windows {
		j.windows = append(j.windows, max(1, int((w+slide-1)/slide)))
	}
	slices.Sort(j.windows)
	j.windows = slices.Compact(j.windows)
	return j
}

// Span is how many of the latest panes are kept one by one; history is by the hour.
func (j *Judge) Span() int {
	return max(j.windows[len(j.windows)-1]+int(j.lostLag), int(2*time.Hour/j.slide)) + 2*int(time.Hour/j.slide)
}

func (j *Judge) hours() int { return int(j.cfg.History/time.Hour) + 2 }

// track is the track of a series, made when it is new; nil for one beyond the limit. Steps are always watched.
func (j *Judge) track(s Series, index int) *track {
	of := j.steps[s.StepName]
	if of == nil {
		of = &step{StepName: s.StepName, pain: j.fresh(painUnit), lost: j.fresh(lostUnit), parts: map[part]*track{}, quiet: newRing(j.Span())}
		j.steps[s.StepName] = of
	}
	of.index = index
	if s.Dimension == "" {
		return of.pain
	}
	p := part{s.Dimension, s.Value}
	t := of.parts[p]
	switch {
	case t != nil:
	case j.series >= j.cfg.MaxSeries:
		j.dropped[s] = true
		return nil
	default:
		t = j.fresh(painUnit)
		of.parts[p] = t
		of.order = append(of.order, p)
		slices.SortFunc(of.order, func(a, b part) int {
			return cmp.Or(cmp.Compare(a.dimension, b.dimension), cmp.Compare(a.value, b.value))
		})
	}
	return t
}

func (j *Judge) fresh(unit float64) *track {
	j.series++
	t := newTrack(j.Span(), j.hours(), unit)
	t.panes.advance(j.end, nil)
	return t
}

// At is the moment judged last.
func (j *Judge) At() time.Time { return j.at }

// Series is how many series are watched, metrics apart.
func (j *Judge) Series() int { return j.series }

// Unwatched is how many series there were beyond the limit.
func (j *Judge) Unwatched() int { return len(j.dropped) }

// Learn adds what was before the panes that are kept one by one. Number is of any pane in an hour; Visits, Pain and the
// others are sums over that hour. Lost counts as seen at the age of [Config.LostAfter], if at all: see [Judge.LearnLost].
func (j *Judge) Learn(hours []Pane) {
	for i := range hours {
		p := &hours[i]
		if t := j.track(p.Series, p.Index); t != nil {
			t.addHour(hourOf(p.Number, j.slide), painOf(p))
		}
	}
}

// LearnLost adds hours of what was seen as lost, of everyone.
func (j *Judge) LearnLost(hours []Pane) {
	for i := range hours {
		p := &hours[i]
		j.track(Series{StepName: p.StepName}, p.Index)
		j.steps[p.StepName].lost.addHour(hourOf(p.Number, j.slide), lostOf(p))
	}
}

// Resume takes back alerts that were told before: open ones go on, and panes of past ones do not count as history. They may
// have been raised later than the moments that are judged next, which say nothing of them then.
// Panes of those must have been given already, by [Judge.Begin].
func (j *Judge) Resume(alerts []Alert) {
	for i := range alerts {
		a := alerts[i]
		if a.State != Resolved {
			j.open[a.key()] = &a
			continue
		}
		if s := j.steps[a.StepName]; s != nil && a.Rule == Friction {
			s.explain(j.number(a.Since), j.number(a.ResolvedAt))
		}
	}
}

// number is the pane that a time lies in.
func (j *Judge) number(t time.Time) int64 {
	ms := t.UnixMilli()
	return ms / j.slide.Milliseconds()
}

// moment is when a pane begins.
func (j *Judge) moment(number int64) time.Time {
	return time.UnixMilli(number * j.slide.Milliseconds()).UTC()
}

// explain marks panes that are neither usual nor new.
func (s *step) explain(from, to int64) {
	for n := max(from, s.quiet.first()); n < min(to, s.quiet.next); n++ {
		s.quiet.at(n).hurt = 1
	}
	s.pain.dirty, s.lost.dirty = 0, 0
	for _, t := range s.parts {
		t.dirty = 0
	}
}

// Open lists the open alerts, in order.
func (j *Judge) Open() []Alert {
	var all []Alert
	for _, k := range j.openKeys() {
		all = append(all, *j.open[k])
	}
	return all
}

func (j *Judge) openKeys() []key {
	return slices.SortedFunc(maps.Keys(j.open), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), compareSteps(a.StepName, b.StepName))
	})
}

func compareSteps(a, b StepName) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.Step, b.Step))
}

// inOrder lists the steps, those of a journey in its order.
func (j *Judge) inOrder() []*step {
	return slices.SortedFunc(maps.Values(j.steps), func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.index, b.index), cmp.Compare(a.Step, b.Step))
	})
}

// Facts are what is known at one moment of event time.
type Facts struct {
	At    time.Time // a multiple of [Config.JudgeEvery]
	Panes []Pane    // as they read now; those that have changed, or may have. The latest may have only begun
	// Fresh says that no more time has passed than usual, so that visits are lost at their usual age. What is read long
	// after it happened says nothing about that.
	Fresh bool
}

// Outcome is what a judgement has come to.
type Outcome struct {
	Changes []Change
	// Seen is what was seen as lost, one pane a step, to be kept for [Judge.LearnLost].
	Seen []Pane
}

// Evaluate judges how things stood at a moment. Moments must come one after the other; one that was judged already only
// brings its panes.
func (j *Judge) Evaluate(f Facts) Outcome {
	o := j.take(f)
	if !f.At.After(j.at) {
		return o
	}
	j.at = f.At
	all := j.inOrder()
	found := j.find(all)
	o.Changes = j.judgeSteps(all, found)
	o.Changes = append(o.Changes, j.judgeVolumes(all)...)
	return o
}

// Begin brings the panes up to a moment without judging any.
func (j *Judge) Begin(at time.Time, panes []Pane) {
	j.take(Facts{At: at, Panes: panes})
	j.at = at
}

// take puts panes where they belong.
func (j *Judge) take(f Facts) (o Outcome) {
	j.end = max(j.end, j.number(f.At.Add(j.slide-time.Millisecond)))
	whole := f.At.UnixMilli()%j.slide.Milliseconds() == 0
	for i := range f.Panes {
		j.track(f.Panes[i].Series, f.Panes[i].Index)
	}
	for _, s := range j.steps {
		j.advance(s, j.end)
	}
	for i := range f.Panes {
		p := &f.Panes[i]
		t := j.track(p.Series, p.Index)
		if t == nil || p.Number < t.panes.first() || p.Number >= j.end {
			continue
		}
		t.set(p.Number, painOf(p))
		if p.Dimension == "" && f.Fresh && whole && p.Number == j.end-j.lostLag {
			j.steps[p.StepName].lost.set(p.Number, lostOf(p))
			o.Seen = append(o.Seen, *p)
		}
	}
	return o
}

// Recall puts panes back that were seen as lost before the judge was made.
func (j *Judge) Recall(seen []Pane) {
	for i := range seen {
		if s := j.steps[seen[i].StepName]; s != nil && seen[i].Number >= s.lost.panes.first() && seen[i].Number < s.lost.panes.next {
			s.lost.set(seen[i].Number, lostOf(&seen[i]))
		}
	}
}

// present is how a step's tracks are looked at now.
func (j *Judge) present(s *step) present {
	now := present{slide: j.slide, hour: hourOf(j.end, j.slide), quiet: &s.quiet, open: math.MaxInt64}
	if a := j.open[key{Friction, s.StepName}]; a != nil {
		now.open = j.number(a.Since)
	}
	return now
}

// advance moves all tracks of a step on. Panes of an alert are no history, except of one that goes on for so long that
// it must be called usual.
func (j *Judge) advance(s *step, end int64) {
	from, to := int64(0), int64(0)
	if a := j.open[key{Friction, s.StepName}]; a != nil {
		from = j.number(a.Since)
		to = from + int64(usualAfter/j.slide)
	}
	leaves := func(t *track) func(int64, cell) {
		return func(number int64, c cell) {
			explained := number < s.quiet.next && number >= s.quiet.first() && s.quiet.at(number).hurt > 0
			if !explained && (number < from || number >= to) {
				t.addHour(hourOf(number, j.slide), c)
			}
		}
	}
	s.pain.panes.advance(end, leaves(s.pain))
	s.lost.panes.advance(end, leaves(s.lost))
	for _, t := range s.parts {
		t.panes.advance(end, leaves(t))
	}
	s.quiet.advance(end, nil)
}

// usualAfter is from when on trouble that does not end counts as usual.
const usualAfter = 24 * time.Hour
