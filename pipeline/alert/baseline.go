package alert

import (
	"math"
	"slices"
)

const (
	hoursOfDay  = 24
	hoursOfWeek = 7 * hoursOfDay
	// With enoughDays of history each hour of the day has its own rate, with enoughWeeks each hour of the week.
	enoughDays, enoughWeeks = 3, 3
	// shrinkage is with how many counts such a rate is drawn towards the coarser rate that it refines.
	shrinkage = 30
	// outlier is the number of deviations from which on an hour of history is left out.
	outlier = 4
	// enoughHours is how many hours of history it takes to know the overdispersion; leastHours, to know anything at all.
	enoughHours, leastHours = 12, 3
	// unknownOverdispersion is assumed until enough hours have shown it: rates vary by a fifth, either way.
	unknownOverdispersion = .05
	// painUnit and lostUnit are what a count measures as long as few visits were hurt or lost: a visit in which two or three
	// things happened, and a visit. unitPrior is how many of them these guesses weigh.
	painUnit, lostUnit, unitPrior = .4, 1, 5
)

// baseline is what is usual for a series. What is measured is compared as counts: the sum over visits, divided by
// unit, has a variance equal to its mean, like counts of rare events. For shares the unit is 1 − share, as in the
// binomial distribution.
type baseline struct {
	visits         float64              // of history, without what stood out
	counts         float64              // of history
	hours          int                  // of history with any visit
	unit           float64              // what one count measures
	rates          [hoursOfWeek]float64 // what is measured on a visit, by hour of the week
	support        [hoursOfWeek]float64 // how many counts that rate rests on
	overdispersion float64              // variance of the rate from hour to hour beyond chance, as a share of its square
}

// pastHour is an hour of history.
type pastHour struct {
	week int // hour of the week
	day  int64
	cell
}

// weekHour is the hour of the week of an hour since 1970, which began on a Thursday; Monday's first is 0.
func weekHour(hour int64) int { return int((hour + 3*hoursOfDay) % hoursOfWeek) }

// learn computes the baseline from hours of history. Hours far above the others are incidents without an alert; the
// baseline is computed again without them.
func learn(past []pastHour, unit float64) baseline {
	b := fit(past, unit)
	for range 3 {
		n := len(past)
		past = b.withoutOutliers(past)
		if len(past) == n {
			break
		}
		b = fit(past, unit)
	}
	return b
}

// fit computes the baseline from all of the hours.
func fit(past []pastHour, unit float64) baseline {
	var all cell64
	for i := range past {
		all.add(past[i].cell)
	}
	b := baseline{visits: all.n, hours: len(past), unit: unit}
	if all.n == 0 {
		return b
	}
	b.unit = max(.05, (all.xx+unitPrior*unit*unit)/(all.x+unitPrior*unit)-all.x/all.n)
	b.counts = all.x / b.unit
	rate := (b.counts + .5) / all.n * b.unit
	days := refine(past, hoursOfDay, func(h *pastHour) (int, int64) { return h.week % hoursOfDay, h.day })
	weeks := refine(past, hoursOfWeek, func(h *pastHour) (int, int64) { return h.week, (h.day + 3) / 7 })
	for h := range hoursOfWeek {
		b.rates[h], b.support[h] = rate, b.counts+.5
		days[h%hoursOfDay].shrink(&b, h, enoughDays)
		weeks[h].shrink(&b, h, enoughWeeks)
	}
	b.overdispersion = b.measureOverdispersion(past)
	return b
}

// slot adds up the same hour of several days or weeks, its neighbours included.
type slot struct {
	cell64
	repeats int
}

// refine adds up hours by their position in a cycle, such as the day. Each hour counts for its neighbours, too.
func refine(past []pastHour, length int, position func(*pastHour) (at int, cycle int64)) []slot {
	slots, seen := make([]slot, length), make([]int64, length)
	for i := range past {
		at, cycle := position(&past[i])
		for _, k := range [...]int{at + length - 1, at, at + 1} {
			slots[k%length].add(past[i].cell)
		}
		if s := &slots[at]; s.repeats == 0 || seen[at] != cycle {
			s.repeats++
			seen[at] = cycle
		}
	}
	return slots
}

// shrink moves the rate of an hour of the week towards what the slot says, the more counts it rests on the further.
func (s *slot) shrink(b *baseline, h, enough int) {
	if s.repeats < enough || s.n == 0 {
		return
	}
	weight := min(shrinkage, b.support[h])
	k := s.x/b.unit + weight
	b.rates[h] = k / (s.n + weight*b.unit/b.rates[h]) * b.unit
	b.support[h] = k
}

// zScore is how far an hour lies from what is usual, in standard deviations of chance alone.
func (b *baseline) zScore(h *pastHour) (z, expected float64) {
	expected = float64(h.n) * b.rates[h.week] / b.unit
	return (float64(h.x)/b.unit - expected) / math.Sqrt(max(expected, 1e-9)), expected
}

// withoutOutliers leaves out the hours that stand out.
func (b *baseline) withoutOutliers(past []pastHour) []pastHour {
	var far []float64
	for i := range past {
		if z, expected := b.zScore(&past[i]); expected >= 1 {
			far = append(far, math.Abs(z))
		}
	}
	bound := outlier * max(1, 1.4826*median(far))
	var kept []pastHour
	for i := range past {
		z, expected := b.zScore(&past[i])
		if z > bound && float64(past[i].x)/b.unit > expected+outlier {
			continue
		}
		kept = append(kept, past[i])
	}
	return kept
}

// measureOverdispersion measures how much more the hours differ than chance alone would make them.
func (b *baseline) measureOverdispersion(past []pastHour) float64 {
	var n, squares, sum float64
	for i := range past {
		if z, expected := b.zScore(&past[i]); expected >= 1 {
			n++
			squares += z * z
			sum += expected
		}
	}
	if n < enoughHours {
		return unknownOverdispersion
	}
	return max(0, squares/n-1) / (sum / n)
}

// size says how precisely the rate of an hour of the week is known, for [upperTail]: the more counts it rests on and
// the less it varies, the larger.
func (b *baseline) size(week int) float64 { return 1 / (1/b.support[week] + b.overdispersion) }

// cell64 is a cell for adding up many.
type cell64 struct{ n, hurt, x, xx float64 }

func (c *cell64) add(o cell) {
	c.n += float64(o.n)
	c.hurt += float64(o.hurt)
	c.x += float64(o.x)
	c.xx += float64(o.xx)
}

// median is 0 for nothing. It sorts its argument.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}
