package oracle

import (
	"cmp"
	"math"
	"math/big"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// cell is where visits are added up.
type cell struct {
	app, journey, step, dimension, value string
	index                                uint8
	start                                event.Millis
	part                                 event.Millis // when it was counted, where that was long after
}

// scores adds final visits up into panes and windows, one by one.
func (o *oracle) scores() {
	slices.SortStableFunc(o.counted, func(a, b counted) int {
		if a.of.overdue && b.of.overdue {
			return cmp.Or(cmp.Compare(a.of.closing, b.of.closing), cmp.Compare(a.rank, b.rank))
		}
		return cmp.Or(cmp.Compare(a.part(0), b.part(0)), cmp.Compare(a.rank, b.rank))
	})
	c := o.w.Config.Score
	slide, size := ms(c.Slide), ms(c.Size)
	panes, windows := map[cell]*score.Sums{}, map[cell]*score.Sums{}
	admitted := map[cell]map[string]bool{}
	for i := range o.counted {
		v := &o.counted[i]
		start := floor(v.visit.entered, slide)
		at := cell{app: v.app, journey: v.visit.journey, step: v.visit.step, index: v.visit.index, start: start, part: v.part(slide)}
		add(panes, at, v)
		for _, name := range c.Segments {
			room := cell{app: v.app, dimension: name, start: start, part: at.part}
			if admitted[room] == nil {
				admitted[room] = map[string]bool{}
			}
			value := v.segments[name]
			if !admitted[room][value] && len(admitted[room]) >= c.MaxValues {
				value = "other"
				o.counters.OtherValues++
			} else {
				admitted[room][value] = true
			}
			at.dimension, at.value = name, value
			add(panes, at, v)
		}
		at.dimension, at.value = "", ""
		for at.start = start; at.start > start-size; at.start -= slide {
			add(windows, at, v)
		}
	}
	for at, sums := range panes {
		o.rows.Panes = append(o.rows.Panes, score.PaneRow{
			App: at.app, Journey: at.journey, Step: at.step, StepIndex: at.index, Dimension: at.dimension, Value: at.value,
			PaneStart: at.start, Part: at.part, Size: slide, Sums: *sums, Weights: c.WeightsVersion(),
		})
	}
	for at, sums := range windows {
		o.rows.Windows = append(o.rows.Windows, score.WindowRow{
			App: at.app, Journey: at.journey, Step: at.step, StepIndex: at.index, WindowStart: at.start, Part: at.part, Size: size, Sums: *sums, Weights: c.WeightsVersion(),
		})
	}
}

// part is the pane in which a visit of an overdue session was counted; 0 for one on time.
func (v *counted) part(slide event.Millis) event.Millis {
	switch {
	case !v.of.overdue:
		return 0
	case slide == 0:
		return 1
	}
	return floor(v.of.closedAt, slide)
}

func floor(t, unit event.Millis) event.Millis {
	r := t % unit
	if r < 0 {
		r += unit
	}
	return t - r
}

// add counts one visit in the sums of a cell, with exact arithmetic.
func add(to map[cell]*score.Sums, at cell, v *counted) {
	sums := to[at]
	if sums == nil {
		sums = &score.Sums{}
		to[at] = sums
	}
	sums.Visits++
	if v.of.overdue {
		sums.Late++
	}
	if v.pain > 0 {
		sums.Affected++
	}
	sums.Pain += uint64(v.pain)
	square := new(big.Rat).SetFrac64(int64(v.pain)*int64(v.pain), 1e6)
	sums.PainSq += uint64(rounded(square))
	sums.Outcomes[v.visit.outcome]++
	all := map[string]uint64{}
	for _, c := range sums.Signals {
		all[c.Name] = c.N
	}
	for name, n := range v.visit.signals {
		all[name] += n
	}
	sums.Signals = counts(all)
	bucket := dwellBucket(v.visit.left - v.visit.entered)
	at0 := slices.IndexFunc(sums.DwellHist, func(c score.Count32) bool { return c.Bucket >= bucket })
	switch {
	case at0 < 0:
		sums.DwellHist = append(sums.DwellHist, score.Count32{Bucket: bucket, N: 1})
	case sums.DwellHist[at0].Bucket == bucket:
		sums.DwellHist[at0].N++
	default:
		sums.DwellHist = slices.Insert(sums.DwellHist, at0, score.Count32{Bucket: bucket, N: 1})
	}
}

// dwellBucket is the bucket of a length of stay: bucket i holds round(100 · 2^(i/4)) ms up to that of i + 1; bucket 0
// begins at 0, bucket 95 has no end.
func dwellBucket(stay event.Millis) uint8 {
	for i := uint8(95); i > 0; i-- {
		if float64(stay) >= math.Round(100*math.Exp2(float64(i)/4)) {
			return i
		}
	}
	return 0
}
