package oracle

import (
	"math"
	"slices"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/signals"
	"friction/pipeline/tuning"
)

// patience is how much later than what it belongs to an event may be taken, in
// effective time and beyond the detector's own span.
const patience event.Millis = 60_000

// findings are the signals of a session, those of visits apart.
func (o *oracle) findings(s *life) []*finding {
	c := &o.w.Config.Signals
	var rages, clicks, rest []*finding
	if c.RageClick.Enabled {
		rages = o.rages(s, "rage_click", event.Click, c.RageClick)
	}
	if c.RageTap.Enabled {
		rages = append(rages, o.rages(s, "rage_tap", event.Tap, c.RageTap)...)
	}
	if c.DeadClick.Enabled {
		clicks = append(clicks, o.deads(s)...)
	}
	if c.ErrorClick.Enabled {
		clicks = append(clicks, o.errors(s)...)
	}
	for _, f := range clicks {
		if f.absorbed == "" {
			f.made = max(f.made, o.settled(s, f.events[0], rages))
			continue
		}
		for _, r := range rages { // the crash came when the rage had the click already
			if at := slices.Index(r.events, f.events[0]); at >= 0 && r.claims[at] < f.made {
				f.absorbed = r.kind
			}
		}
	}
	if c.Retry.Enabled {
		rest = append(rest, o.retries(s)...)
	}
	if c.QuickBack.Enabled {
		rest = append(rest, o.quickBacks(s)...)
	}
	if c.PageLoop.Enabled {
		rest = append(rest, o.pageLoops(s)...)
	}
	all := slices.Concat(rages, clicks, rest, o.more(s))
	absorb(all)
	return all
}

// claimed is when a run counted one of its events, once it was a run after so many.
func (s *life) claimed(f *finding, run int) {
	for i := range f.events {
		f.claims = append(f.claims, s.index(f.events[max(i, run-1)]))
	}
}

// absorbers says what may absorb what.
var absorbers = map[string][]string{
	"dead_click":      {"rage_click", "rage_tap"},
	"error_click":     {"rage_click", "rage_tap"},
	"quick_back":      {"page_loop"},
	"retry":           {"validation_loop", "request_storm", "slow_response"},
	"repeated_submit": {"validation_loop", "retry"},
	"crash_restart":   {"crash"},
	"error_leave":     {"retry", "crash", "error_click", "server_error_chain"},
}

// absorb gives what shares an event with a run of an absorbing kind to the run
// that counted the event first, if it was there by then.
func absorb(all []*finding) {
	for _, f := range all {
		if f.absorbed != "" {
			continue
		}
		first := math.MaxInt
		for _, kind := range absorbers[f.kind] {
			for _, by := range all {
				if by.kind != kind {
					continue
				}
				for i, at := range by.claims {
					if at < first && at >= f.began && at <= f.made && slices.Contains(f.events, by.events[i]) {
						first, f.absorbed = at, kind
					}
				}
			}
		}
	}
}

// after is how many events had been taken when a timer due at some effective time rang.
func (s *life) after(due event.Millis) int {
	n := 0
	for _, h := range s.all {
		if h.effective <= due {
			n++
		}
	}
	return n
}

// index is how many events had been taken once h was.
func (s *life) index(h *happening) int { return slices.Index(s.all, h) + 1 }

// over is how many events had been taken when a run ended whose last event is
// last: after a silence in effective time, or with the first event that ends it.
func (s *life) over(last *happening, silence event.Millis, ends func(*happening) bool) int {
	made := s.after(last.effective + silence)
	for i := s.index(last); i < made; i++ {
		if !s.all[i].behind && ends(s.all[i]) {
			return i + 1
		}
	}
	return made
}

// run makes a finding of the events of a run.
func run(kind string, events []*happening, count int) *finding {
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

func apart(a, b *happening) event.Millis { return b.e.Time - a.e.Time }

// lapsed says that more effective time than some lay between two events.
func lapsed(a, b *happening, silence event.Millis) bool {
	return b.effective > a.effective+silence || a.effective > b.effective+silence
}

// rages takes clicks into a run while they follow; what is in no run may begin one.
func (o *oracle) rages(s *life, kind string, clicked event.Type, c signals.RageConfig) []*finding {
	within := ms(c.Within)
	var loose, raging []*happening
	var found []*finding
	finish := func(made int) {
		if len(raging) > 0 {
			f := run(kind, raging, len(raging))
			f.made = made
			s.claimed(f, c.Clicks)
			found = append(found, f)
		}
		raging = nil
	}
	for _, h := range s.seen {
		if h.e.Type == event.Selection {
			loose = nil // people select words by clicking
		}
		if h.e.Type != clicked || o.leftOut(s, kind, h) {
			continue
		}
		if n := len(raging); n > 0 {
			switch last := raging[n-1]; {
			case lapsed(last, h, within):
				finish(s.after(last.effective + within))
			case apart(last, h) > within:
				finish(s.index(h))
			case samePlace(last, h, c):
				raging = append(raging, h)
				continue
			}
		}
		loose = append(loose, h)
		burst := burstOf(loose, c)
		if burst == nil {
			continue
		}
		finish(s.index(h))
		raging = burst
		loose = slices.DeleteFunc(loose, func(x *happening) bool { return slices.Contains(burst, x) })
	}
	if n := len(raging); n > 0 {
		finish(s.after(raging[n-1].effective + within))
	}
	return found
}

// settled is how many events had been taken when it was known whether a click is part of a rage.
func (o *oracle) settled(s *life, click *happening, rages []*finding) int {
	c, kind := o.w.Config.Signals.RageClick, "rage_click"
	if click.e.Type == event.Tap {
		c, kind = o.w.Config.Signals.RageTap, "rage_tap"
	}
	if !c.Enabled || o.leftOut(s, kind, click) {
		return 0
	}
	for _, r := range rages {
		if at := slices.Index(r.events, click); at >= 0 {
			return s.index(r.events[max(at, c.Clicks-1)])
		}
	}
	within := ms(c.Within)
	return s.over(click, within, func(h *happening) bool {
		return h.e.Type == event.Selection || h.e.Type == click.e.Type && apart(click, h) > within && !o.leftOut(s, kind, h)
	})
}

// burstOf is the clicks that the newest one makes a run of, in order, or nil. A
// click without a target id is compared with the one without before it; clicks
// on other targets do not come between.
func burstOf(loose []*happening, c signals.RageConfig) []*happening {
	newest := loose[len(loose)-1]
	chain := []*happening{newest}
	for i := len(loose) - 2; i >= 0 && len(chain) < c.Clicks; i-- {
		h := loose[i]
		if c.Same == "" && (byName(h) || byName(newest)) && placeName(h) != placeName(newest) {
			continue
		}
		if c.Same == signals.TargetAndDistance && (h.e.Target.Name() != "" || newest.e.Target.Name() != "") && !samePlace(chain[0], h, c) {
			continue
		}
		if apart(h, newest) > ms(c.Within) || lapsed(h, newest, ms(c.Within)) {
			continue
		}
		if !samePlace(chain[0], h, c) {
			return nil
		}
		chain = append([]*happening{h}, chain...)
	}
	if len(chain) < c.Clicks {
		return nil
	}
	return chain
}

// byName says that a click's target decides where it is, not its position.
func byName(h *happening) bool {
	return h.e.Target != nil && h.e.Target.ID != "" || !located(h)
}

func placeName(h *happening) string {
	switch {
	case !byName(h):
		return ""
	case h.e.Target != nil && h.e.Target.ID != "":
		return "id " + h.e.Target.ID
	}
	return "name " + h.e.Target.Name()
}

// located says that the position tells where a click was: from the keyboard it is at 0,0.
func located(h *happening) bool {
	return h.e.Has(event.HasPosition) && !h.e.Has(event.Keyboard) && !(h.e.X == 0 && h.e.Y == 0)
}

func samePlace(a, b *happening, c signals.RageConfig) bool {
	near := located(a) && located(b) && math.Hypot(float64(a.e.X)-float64(b.e.X), float64(a.e.Y)-float64(b.e.Y)) <= c.Distance
	if c.Same == signals.TargetAndDistance {
		name := a.e.Target.Name()
		return name == b.e.Target.Name() && (near || name != "" && (!located(a) || !located(b)))
	}
	if byName(a) || byName(b) {
		return placeName(a) == placeName(b) && placeName(a) != "name "
	}
	return near
}

// alarms are the entries of suppression in force.
func (o *oracle) alarms() (all []tuning.Suppress) {
	own := o.w.Config.Signals.Suppress
	for _, x := range tuning.FalseAlarms() {
		if !slices.ContainsFunc(own, func(y tuning.Suppress) bool { return y.Name == x.Name }) {
			all = append(all, x)
		}
	}
	for _, x := range own {
		if !x.Off {
			all = append(all, x)
		}
	}
	return all
}

// leftOut says that a click is a known false alarm.
func (o *oracle) leftOut(s *life, kind string, h *happening) bool {
	for _, x := range o.alarms() {
		if !slices.Contains(x.Signals, kind) {
			continue
		}
		if x.For > 0 {
			var woke *happening
			for _, v := range s.seen[:slices.Index(s.seen, h)] {
				if v.e.Type == event.Visibility {
					woke = v
				}
			}
			if woke != nil && apart(woke, h) >= 0 && apart(woke, h) <= ms(x.For) {
				return true
			}
		}
		if t := h.e.Target; t != nil && fits(x, t) {
			return true
		}
	}
	return false
}

// fits reads an entry of suppression against a target.
func fits(x tuning.Suppress, t *event.Target) bool {
	for _, text := range x.Text {
		if strings.EqualFold(strings.TrimSpace(t.Text), text) {
			return true
		}
	}
	for _, class := range t.Classes {
		for _, word := range x.Class {
			if class == word || strings.HasPrefix(class, word+"-") || strings.HasPrefix(class, word+"_") {
				return true
			}
		}
	}
	if slices.Contains(x.Role, t.Role) || slices.Contains(x.Tag, t.Tag) || slices.Contains(x.InputType, t.InputType) {
		return true
	}
	if t.ID != "" && slices.ContainsFunc(x.ID, func(pattern string) bool { return globs(pattern, t.ID) }) {
		return true
	}
	scheme, _, link := strings.Cut(t.Href, ":")
	return link && slices.Contains(x.Href, scheme+":**")
}

// deads looks, click by click, for what reacted.
func (o *oracle) deads(s *life) []*finding {
	c := o.w.Config.Signals.DeadClick
	within, repeat, forgive := ms(c.Within), ms(c.Repeat), ms(c.Forgive)
	var found []*finding
	var before *happening // the last click since there was a mutation
	mutates := false
	for i, h := range s.seen {
		mutates = mutates || h.e.Type == event.Mutation
		if !h.e.Type.IsClick() || !mutates {
			continue
		}
		again := before != nil && h.e.Target.Name() != "" && h.e.Target.Name() == before.e.Target.Name() &&
			apart(before, h) >= 0 && apart(before, h) <= repeat && !lapsed(before, h, repeat+patience)
		before = h
		if again || !interactive(h.e.Target) || o.leftOut(s, "dead_click", h) {
			continue
		}
		dead := true
		for k, r := range s.seen {
			if r.effective > h.effective+within || lapsed(h, r, max(within, forgive)+patience) {
				continue
			}
			d := apart(h, r)
			if reacts(r.e.Type) && d >= 0 && d <= within || k != i && forgives(h, r) && d >= -forgive && d <= forgive {
				dead = false
			}
		}
		if dead {
			f := run("dead_click", []*happening{h}, 1)
			f.made, f.began = s.after(h.effective+within), s.index(h)
			found = append(found, f)
		}
	}
	return found
}

func reacts(t event.Type) bool {
	switch t {
	case event.Mutation, event.PageView, event.ScreenView, event.Request, event.Input, event.Scroll, event.Selection, event.Crash:
		return true
	}
	return false
}

// forgives says that r is a change of focus or visibility, and not the focus
// that a click gives to its own target.
func forgives(click, r *happening) bool {
	if t := r.e.Type; t != event.Focus && t != event.Blur && t != event.Visibility {
		return false
	}
	if r.e.Type == event.Visibility {
		return true
	}
	name, other := click.e.Target.Name(), r.e.Target.Name()
	if other != "" && (r.e.Type == event.Blur || r.e.Type == event.Focus && apart(click, r) < 0) {
		return false
	}
	return name == "" || other != name
}

// interactive says that a click on a target should show: buttons of any make.
// What a link, a text field or a canvas does cannot be seen.
func interactive(t *event.Target) bool {
	if t == nil || t.Href != "" || t.Role == "link" {
		return false
	}
	if t.InputType != "" {
		return slices.Contains([]string{"button", "submit", "reset", "image", "checkbox", "radio"}, t.InputType)
	}
	if slices.Contains([]string{"canvas", "input", "textarea", "select"}, t.Tag) {
		return false
	}
	byRole := []string{"button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem"}
	byTag := []string{"button", "summary", "label", "option"}
	onlyID := t.ID != "" && t.Tag == "" && t.Role == "" // nothing else is known of it
	return slices.Contains(byTag, t.Tag) || slices.Contains(byRole, t.Role) || onlyID
}

// errors gives every error one click: the latest before it that has none.
func (o *oracle) errors(s *life) []*finding {
	within := ms(o.w.Config.Signals.ErrorClick.Within)
	paired := map[*happening]bool{}
	var found []*finding
	for i, h := range s.seen {
		isClick, isError := h.e.Type.IsClick(), fails(h.e)
		if !isClick && !isError {
			continue
		}
		var click, failure *happening
		for _, other := range s.seen[:i] {
			a, b := other, h
			if isClick {
				a, b = h, other
			}
			if paired[other] || !a.e.Type.IsClick() || !fails(b.e) || lapsed(a, b, within+patience) {
				continue
			}
			if d := apart(a, b); d < 0 || d > within {
				continue
			}
			if click == nil || isError && apart(click, a) >= 0 || isClick && apart(failure, b) < 0 {
				click, failure = a, b
			}
		}
		if click == nil {
			continue
		}
		paired[click], paired[failure] = true, true
		f := run("error_click", []*happening{click, failure}, 1)
		f.op, f.made, f.began = failure.e.Op, s.index(h), s.index(click)
		f.claims = []int{math.MaxInt, f.made}
		if failure.e.Type == event.Crash && o.w.Config.Signals.Crash.Enabled {
			f.absorbed, f.claims = "crash", nil
		}
		found = append(found, f)
	}
	return found
}

func fails(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Failed() || e.Type == event.Submit && e.Status >= 400
}

// views are the page views of a session in the order they were seen.
func (s *life) views() []*happening {
	var all []*happening
	for _, h := range s.seen {
		if h.e.Type.IsView() {
			all = append(all, h)
		}
	}
	return all
}

// samePage says that two views are of one page, as it was sent.
func samePage(a, b *happening) bool { return a.e.Page == b.e.Page && a.e.Shown == b.e.Shown }

func (o *oracle) quickBacks(s *life) []*finding {
	within := ms(o.w.Config.Signals.QuickBack.Within)
	v := s.views()
	hit := func(k int) bool {
		return k < len(v) && samePage(v[k], v[k-2]) && !samePage(v[k], v[k-1]) &&
			apart(v[k-1], v[k]) <= within && !lapsed(v[k-1], v[k], within+patience)
	}
	var found []*finding
	for k := 2; k < len(v); k++ {
		if !hit(k) {
			continue
		}
		last := k
		for hit(last+1) && !lapsed(v[last], v[last+1], within) {
			last++
		}
		f := run("quick_back", v[k-1:last+1], last-k+1)
		f.began = s.index(v[k])
		f.made = s.over(v[last], within, func(h *happening) bool { return h.e.Type.IsView() })
		found = append(found, f)
		k = last
	}
	return found
}

// pageLoops goes from entry to entry. One circle is one loop, so none begins
// while one goes on.
func (o *oracle) pageLoops(s *life) []*finding {
	c := o.w.Config.Signals.PageLoop
	within := ms(c.Within)
	var found []*finding
	var loose, circle []*happening
	began := 0 // entries when it became a loop
	finish := func() {
		if circle == nil {
			return
		}
		last := circle[len(circle)-1]
		f := run("page_loop", circle, len(circle))
		s.claimed(f, began)
		f.made = s.over(last, within, func(h *happening) bool { return h.e.Type.IsView() && apart(last, h) > within })
		found, circle = append(found, f), nil
	}
	var on *happening
	for _, h := range s.views() {
		if n := len(circle); n > 0 && (apart(circle[n-1], h) > within || lapsed(circle[n-1], h, within)) {
			finish()
		}
		again := on != nil && samePage(h, on)
		if on = h; again {
			continue
		}
		if circle != nil && samePage(circle[0], h) {
			circle = append(circle, h)
			continue
		}
		loose = append(loose, h)
		if circle != nil {
			continue
		}
		var same, others []*happening
		for _, x := range loose {
			switch {
			case apart(x, h) > within || lapsed(x, h, within+patience):
			case samePage(x, h):
				same = append(same, x)
			default:
				others = append(others, x)
			}
		}
		if len(same) >= c.Entries {
			circle, loose, began = same, others, len(same)
		}
	}
	finish()
	return found
}
