package alert

import "math"

// timeSeries is one metric of one series: the latest panes one by one, and hours before that.
type timeSeries struct {
	panes     ring
	hours     ring
	prefix    []prefixSum // by pane number, as in panes
	staleFrom int64       // prefix sums are right below this number

	unit  float64  // what one count is thought to measure before history says it
	known baseline // as of an hour
	asOf  int64
}

// prefixSum adds up all panes up to one, but those that alerts have explained.
type prefixSum struct {
	cell64
	expected float64 // of x, at the rates that were usual
}

func newTimeSeries(panes, hours int, unit float64) *timeSeries {
	return &timeSeries{panes: newRing(panes), hours: newRing(hours), prefix: make([]prefixSum, panes), unit: unit, asOf: math.MinInt64}
}

// set changes a pane.
func (t *timeSeries) set(number int64, c cell) {
	if at := t.panes.at(number); *at != c {
		*at = c
		t.staleFrom = min(t.staleFrom, number)
	}
}

// addUp brings the prefix sums up to date. Panes that are excluded are left out.
func (t *timeSeries) addUp(c *cutoff) {
	b := t.baseline(c)
	for n := max(t.staleFrom, t.panes.first()); n < t.panes.next; n++ {
		var r prefixSum
		if n > t.panes.first() {
			r = t.prefix[t.panes.index(n-1)]
		}
		if v := *t.panes.at(n); v.n > 0 && c.excluded.at(n).hurt == 0 {
			r.add(v)
			r.expected += float64(v.n) * b.rates[weekHour(c.grid.hour(n))]
		}
		t.prefix[t.panes.index(n)] = r
	}
	t.staleFrom = t.panes.next
}

// sum is the sums of a window, and what is usual for as many visits at those hours.
type sum struct {
	cell64
	expected float64 // of x
	unit     float64
	size     float64 // how firmly expected is known, see [upperTail]
}

// sum is what the panes [from, to) hold together, and what is usual for them. addUp must have been called.
func (t *timeSeries) sum(from, to int64, g grid) sum {
	from, to = max(from, t.panes.first()+1), min(to, t.panes.next)
	w := sum{unit: t.known.unit, size: t.known.size(weekHour(g.hour(to - 1)))}
	if from < to {
		a, b := &t.prefix[t.panes.index(from-1)], &t.prefix[t.panes.index(to-1)]
		w.cell64 = cell64{b.n - a.n, b.hurt - a.hurt, b.x - a.x, b.xx - a.xx}
		w.expected = b.expected - a.expected
	}
	return w
}

// addHour adds to an hour of history. Hours that are too old are left out.
func (t *timeSeries) addHour(hour int64, c cell) {
	if hour >= t.hours.next {
		t.hours.advance(hour+1, nil)
	}
	if hour >= t.hours.first() {
		t.hours.at(hour).add(c)
	}
}

// cutoff is the border between the history of a step's series and what is evaluated now.
type cutoff struct {
	grid     grid
	hour     int64 // that has not ended
	excluded *ring // panes that alerts have explained
	open     int64 // first pane of the open alert; later than all when there is none
}

// baseline is what is usual as of now; it is computed once an hour.
func (t *timeSeries) baseline(c *cutoff) *baseline {
	if t.asOf != c.hour {
		t.asOf, t.known, t.staleFrom = c.hour, learn(t.past(c), t.unit), 0
	}
	return &t.known
}

// past lists the hours of history: those behind the panes that are kept one by one. While these are few, panes from before
// the latest whole hour count as well. The longest windows reach into them, and see the less for it.
func (t *timeSeries) past(c *cutoff) (past []pastHour) {
	add := func(hour int64, v cell) {
		switch last := len(past) - 1; {
		case v.n == 0:
		case last >= 0 && past[last].day == hour/hoursOfDay && past[last].week == weekHour(hour):
			past[last].add(v)
		default:
			past = append(past, pastHour{weekHour(hour), hour / hoursOfDay, v})
		}
	}
	for h := max(0, t.hours.first()); h < t.hours.next; h++ {
		add(h, *t.hours.at(h))
	}
	if len(past) >= enoughHours {
		return past
	}
	for n := max(0, t.panes.first()); n < min(t.panes.next, c.open) && c.grid.hour(n) < c.hour-1; n++ {
		if c.excluded.at(n).hurt == 0 {
			add(c.grid.hour(n), *t.panes.at(n))
		}
	}
	return past
}
