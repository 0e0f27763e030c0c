package oracle

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"sort"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// live makes the rows of one session.
func (o *oracle) live(s *life) {
	o.counters.SessionsOpened++
	o.counters.SessionsClosed++
	known := o.knowledge(s)
	final := o.stays(s.seen)
	end(final, s.end)
	found := o.findings(s)
	for _, f := range found {
		for _, v := range o.stays(seen(s.all[:f.made])) {
			if v.entered <= f.started && f.started < v.left {
				f.refs = append(f.refs, find(final, v))
			}
		}
		f.refs = lastPerJourney(f.refs)
	}
	found = append(found, o.visitSignals(s, final)...)
	for _, v := range final {
		v.signals = map[string]uint64{}
	}
	all := map[string]uint64{}
	id := event.DigestOf([]byte(s.name))
	for i, f := range found {
		if f.absorbed == "" {
			all[f.kind]++
			for _, v := range f.refs {
				v.signals[f.kind]++
			}
		}
		o.signalRow(s, f, id, i, known)
	}
	for _, v := range final {
		o.visitRow(s, v, id, known)
	}
	o.sessionRow(s, id, all, known)
}

// seen leaves out what came behind.
func seen(all []*happening) []*happening {
	return slices.DeleteFunc(slices.Clone(all), func(h *happening) bool { return h.behind })
}

func find(all []*stay, like *stay) *stay {
	for _, v := range all {
		if v.journey == like.journey && v.attempt == like.attempt && v.number == like.number {
			return v
		}
	}
	return nil
}

// lastPerJourney keeps the latest of several visits of one journey.
func lastPerJourney(refs []*stay) []*stay {
	var kept []*stay
	for i, v := range refs {
		if i+1 == len(refs) || refs[i+1].journey != v.journey {
			kept = append(kept, v)
		}
	}
	return kept
}

// visitSignals are the signals that visits of configured journeys are by their outcome.
func (o *oracle) visitSignals(s *life, final []*stay) (found []*finding) {
	for _, sig := range signals() {
		for _, v := range final {
			if sig.visit == nil || v.site || !sig.visit(v) || !o.settings.signal(sig.name).on("enabled") {
				continue
			}
			f := &finding{sig: sig, kind: sig.name, started: v.left, ended: v.left, count: 1, made: len(s.all), refs: []*stay{v}}
			if v.leftBy != nil {
				f.made = s.index(v.leftBy)
			}
			for _, h := range s.views() {
				if s.index(h) <= f.made {
					f.page = h.e.Page
				}
			}
			found = append(found, f)
		}
	}
	return found
}

// knowledge is what is known of the segments after each event taken; the first
// known value stands, whether it came behind or not.
func (o *oracle) knowledge(s *life) []map[string]string {
	known := []map[string]string{{}}
	for i, h := range s.all {
		next := map[string]string{}
		for _, name := range o.w.Config.Score.Segments {
			next[name] = known[i][name]
			if next[name] == "" {
				next[name] = segment(h.e, name)
			}
		}
		known = append(known, next)
	}
	return known
}

func segment(e *event.Event, name string) string {
	c := event.Context{}
	if e.Context != nil {
		c = *e.Context
	}
	switch name {
	case "device":
		return c.Device
	case "os":
		return c.OS
	case "browser":
		return c.Browser
	case "app_version":
		return c.AppVersion
	case "country":
		return c.Country
	case "variant":
		return c.Variant
	case "language":
		return c.Language
	}
	return e.Attr(name)
}

func (o *oracle) pairs(known map[string]string) []score.Pair {
	var all []score.Pair
	for _, name := range o.w.Config.Score.Segments {
		if known[name] != "" {
			all = append(all, score.Pair{Name: name, Value: known[name]})
		}
	}
	return all
}

// pain is 1 − Π (1 − w)^min(n, cap) in millionths, by exact fractions.
func (o *oracle) pain(signals map[string]uint64) uint32 {
	calm := big.NewRat(1, 1)
	for kind, n := range signals {
		w := o.w.Config.Score.Weights[kind]
		weight, _ := new(big.Rat).SetString(big.NewFloat(w.Weight).Text('g', 15))
		for range min(n, uint64(w.Cap)) {
			calm.Mul(calm, new(big.Rat).Sub(big.NewRat(1, 1), weight))
		}
	}
	hurt := new(big.Rat).Sub(big.NewRat(1, 1), calm)
	return uint32(rounded(hurt.Mul(hurt, big.NewRat(1e6, 1))))
}

func rounded(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Add(twice, r.Denom())
	return twice.Div(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}

func counts(signals map[string]uint64) []score.Count {
	var all []score.Count
	for name, n := range signals {
		all = append(all, score.Count{Name: name, N: n})
	}
	sort.Slice(all, func(i, k int) bool { return all[i].Name < all[k].Name })
	return all
}

func (o *oracle) signalRow(s *life, f *finding, session event.Digest, n int, known []map[string]string) {
	o.counters.Signals++
	row := score.SignalRow{
		App: s.all[0].e.App, SignalID: new(event.Hasher).Bytes(session[:]).Num(int64(n)).Sum(), Kind: f.kind, SessionID: session, User: s.all[0].e.User,
		StartedAt: f.started, EndedAt: f.ended, Count: f.count, Page: f.page, Target: f.target, Op: f.op, Outcome: f.outcome,
		AbsorbedBy: f.absorbed, Segments: o.pairs(known[f.made]),
	}
	for _, h := range f.events[:min(len(f.events), 20)] {
		row.EventIDs = append(row.EventIDs, h.e.ID)
	}
	for _, v := range f.refs {
		row.Visits = append(row.Visits, score.VisitRef{Journey: v.journey, Step: v.step, Attempt: v.attempt, Visit: v.number})
	}
	o.rows.Signals = append(o.rows.Signals, row)
}

func (o *oracle) visitRow(s *life, v *stay, session event.Digest, known []map[string]string) {
	o.counters.Visits++
	pain := o.pain(v.signals)
	o.rows.Visits = append(o.rows.Visits, score.VisitRow{
		App: s.all[0].e.App, Journey: v.journey, Step: v.step, StepIndex: v.index, SessionID: session, User: s.all[0].e.User,
		Attempt: v.attempt, Visit: v.number, EnteredAt: v.entered, LeftAt: v.left, Outcome: v.outcome,
		EnteredMidway: v.midway, Skipped: v.skipped, Segments: o.pairs(known[s.index(v.by)]), Signals: counts(v.signals), Pain: pain,
		Weights: o.w.Config.Score.WeightsVersion(),
	})
	o.counted = append(o.counted, counted{app: s.all[0].e.App, turn: o.turn(v.by), stay: v, segments: known[s.index(v.by)], pain: pain})
}

// turn is the place of an event among all that are seen.
func (o *oracle) turn(h *happening) int {
	if o.turns == nil {
		o.turns = map[*happening]int{}
		for i, x := range o.inOrder() {
			o.turns[x] = i
		}
	}
	return o.turns[h]
}

func (o *oracle) sessionRow(s *life, id event.Digest, signals map[string]uint64, known []map[string]string) {
	row := score.SessionRow{
		App: s.all[0].e.App, SessionID: id, User: s.all[0].e.User, OpenedAt: s.opened, StartedAt: s.start, EndedAt: s.end,
		Events: uint32(len(s.all)), Duplicates: s.duplicates, Capped: s.capped, LateJoined: uint32(len(s.all) - len(s.seen)),
		Segments: o.pairs(known[len(s.all)]), Signals: counts(signals), Pain: o.pain(signals),
	}
	for _, h := range s.all {
		if h.e.Account != "" {
			row.Account = h.e.Account
		}
		if row.Client == "" {
			row.Client = h.e.Client
		}
		if h.e.Has(event.ClockAhead) {
			row.ClockAhead++
			o.counters.ClockAhead++
		}
	}
	for i, h := range s.views() {
		if i == 0 {
			row.EntryPage = h.e.Page
		}
		row.ExitPage = h.e.Page
		row.Pages++
	}
	o.rows.Sessions = append(o.rows.Sessions, row)
}

// cell is where visits are added up.
type cell struct {
	app, journey, step, dimension, value string
	index                                uint8
	start                                event.Millis
}

// scores adds final visits up into panes and windows, one by one.
func (o *oracle) scores() {
	slices.SortFunc(o.counted, func(a, b counted) int { return cmp.Compare(a.turn, b.turn) })
	c := o.w.Config.Score
	slide, size := ms(c.Slide), ms(c.Size)
	panes, windows := map[cell]*score.Sums{}, map[cell]*score.Sums{}
	admitted := map[cell]map[string]bool{}
	for i := range o.counted {
		v := &o.counted[i]
		start := floor(v.stay.entered, slide)
		at := cell{app: v.app, journey: v.stay.journey, step: v.stay.step, index: v.stay.index, start: start}
		add(panes, at, v)
		for _, name := range c.Segments {
			room := cell{app: v.app, dimension: name, start: start}
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
			PaneStart: at.start, Size: slide, Sums: *sums, Weights: c.WeightsVersion(),
		})
	}
	for at, sums := range windows {
		o.rows.Windows = append(o.rows.Windows, score.WindowRow{
			App: at.app, Journey: at.journey, Step: at.step, StepIndex: at.index, WindowStart: at.start, Size: size, Sums: *sums, Weights: c.WeightsVersion(),
		})
	}
}

func floor(t, unit event.Millis) event.Millis {
	r := t % unit
	if r < 0 {
		r += unit
	}
	return t - r
}

func add(to map[cell]*score.Sums, at cell, v *counted) {
	sums := to[at]
	if sums == nil {
		sums = &score.Sums{}
		to[at] = sums
	}
	sums.Visits++
	if v.pain > 0 {
		sums.Affected++
	}
	sums.Pain += uint64(v.pain)
	square := new(big.Rat).SetFrac64(int64(v.pain)*int64(v.pain), 1e6)
	sums.PainSq += uint64(rounded(square))
	sums.Outcomes[v.stay.outcome]++
	all := map[string]uint64{}
	for _, c := range sums.Signals {
		all[c.Name] = c.N
	}
	for name, n := range v.stay.signals {
		all[name] += n
	}
	sums.Signals = counts(all)
	bucket := dwellBucket(v.stay.left - v.stay.entered)
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
