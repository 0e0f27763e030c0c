package oracle

import (
	"math/big"
	"slices"
	"sort"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// live makes the rows of one session.
func (o *oracle) live(s *history) {
	o.counters.SessionsOpened++
	o.counters.SessionsClosed++
	known := o.segmentsAfter(s)
	final := o.visits(s, seen(s.all))
	end(final, s.end)
	found := o.findings(s)
	for _, f := range found {
		f.made = max(f.made, s.first)
	}
	for _, f := range found {
		for _, v := range o.visits(s, seen(s.all[:f.made])) {
			if v.entered <= f.started && f.started <= v.left {
				f.refs = append(f.refs, find(final, v))
			}
		}
		f.refs = s.onePerJourney(f)
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
	for i, v := range final {
		last := i+1 == len(final) || final[i+1].journey != v.journey
		o.visitRow(s, v, id, known, last && s.returned[v.journey])
	}
	o.sessionRow(s, id, all, known)
}

// seen leaves out what came out of order.
func seen(all []*occurrence) []*occurrence {
	return slices.DeleteFunc(slices.Clone(all), func(h *occurrence) bool { return h.outOfOrder })
}

func find(all []*visit, like *visit) *visit {
	for _, v := range all {
		if v.journey == like.journey && v.attempt == like.attempt && v.number == like.number {
			return v
		}
	}
	return nil
}

// onePerJourney keeps, of several visits of one journey, the one that the session was on once the first event of a
// finding had been processed: the latest that had been entered by then, or the latest if none had.
func (s *history) onePerJourney(f *finding) (kept []*visit) {
	first := s.index(f.events[0])
	for _, v := range f.refs {
		n := len(kept)
		switch {
		case n == 0 || kept[n-1].journey != v.journey:
			kept = append(kept, v)
		case s.index(v.by) <= first || s.index(kept[n-1].by) > first:
			kept[n-1] = v
		}
	}
	return kept
}

// visitSignals are the signals that visits of configured journeys are by their outcome.
func (o *oracle) visitSignals(s *history, final []*visit) (found []*finding) {
	for _, sig := range signals() {
		for _, v := range final {
			if sig.visit == nil || v.site || !sig.visit(v) || o.rulesOf(sig)[0].off {
				continue
			}
			f := &finding{sig: sig, kind: sig.name, started: v.left, ended: v.left, count: 1, made: len(s.all), refs: []*visit{v}}
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

// segmentsAfter is what is known of the segments after each event processed; the first
// known value stands, whether it came out of order or not.
func (o *oracle) segmentsAfter(s *history) []map[string]string {
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
	rest := big.NewRat(1, 1)
	for kind, n := range signals {
		w := o.w.Config.Score.Weights[kind]
		weight, _ := new(big.Rat).SetString(big.NewFloat(w.Weight).Text('g', 15))
		for range min(n, uint64(w.Cap)) {
			rest.Mul(rest, new(big.Rat).Sub(big.NewRat(1, 1), weight))
		}
	}
	hurt := new(big.Rat).Sub(big.NewRat(1, 1), rest)
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

func (o *oracle) signalRow(s *history, f *finding, session event.Digest, n int, known []map[string]string) {
	o.counters.Signals++
	row := score.SignalRow{
		App: s.app, SignalID: new(event.Hasher).Bytes(session[:]).Num(int64(n)).Sum(), Kind: f.kind, SessionID: session, User: s.all[0].e.User,
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

func (o *oracle) visitRow(s *history, v *visit, session event.Digest, known []map[string]string, returned bool) {
	o.counters.Visits++
	pain := o.pain(v.signals)
	o.rows.Visits = append(o.rows.Visits, score.VisitRow{
		App: s.app, Journey: v.journey, Step: v.step, StepIndex: v.index, SessionID: session, User: s.all[0].e.User,
		Attempt: v.attempt, Visit: v.number, EnteredAt: v.entered, LeftAt: v.left, Outcome: v.outcome,
		EnteredMidway: v.midway, Skipped: v.skipped,
		Resumed: v.attempt == 1 && s.inherits[v.journey] != nil, Returned: returned, Segments: o.pairs(known[s.index(v.by)]), Signals: counts(v.signals), Pain: pain,
		Weights: o.w.Config.Score.WeightsVersion(),
	})
	o.counted = append(o.counted, counted{app: s.app, of: s, rank: o.rank(v.by), visit: v, segments: known[s.index(v.by)], pain: pain})
}

// rank is the place of an event among all that are seen.
func (o *oracle) rank(h *occurrence) int {
	if o.ranks == nil {
		o.ranks = map[*occurrence]int{}
		for i, x := range o.inOrder() {
			o.ranks[x] = i
		}
	}
	return o.ranks[h]
}

// sessionRow writes the row of a closed session from all its events.
func (o *oracle) sessionRow(s *history, id event.Digest, signals map[string]uint64, known []map[string]string) {
	row := score.SessionRow{
		App: s.app, SessionID: id, User: s.all[0].e.User, OpenedAt: s.opened, StartedAt: s.start, EndedAt: s.end,
		Events: uint32(len(s.all)), Duplicates: s.duplicates, Capped: s.capped, LateJoined: uint32(len(s.all) - len(seen(s.all))), Overdue: s.overdue, ClockOffset: s.offset,
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
