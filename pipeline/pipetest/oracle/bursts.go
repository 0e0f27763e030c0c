package oracle

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/signals"
)

// burst is a rule about like things that lie close together.
type burst struct {
	kind   string
	count  int
	within event.Millis
	gap    bool // `within` is between neighbours
	less   int  // how many of a run are not counted
	enough func([]*happening) bool
}

// deed is one of the things, or what ends a run of them.
type deed struct {
	h      *happening
	key    string
	ends   bool   // ends the run of the key after this, every key's when it is "*"
	unless string // not done while this key has a run
}

// heap is what is known of one key.
type heap struct {
	loose, run []*happening
	begun      int // events taken when the run began
}

// bursts reads deeds in order.
func (o *oracle) bursts(s *life, deeds []deed, r burst) (found []*finding) {
	heaps := map[string]*heap{}
	var keys []string
	finish := func(p *heap, made int) {
		if n := len(p.run); n > r.less {
			f := run(r.kind, p.run, n-r.less)
			f.made, f.began = made, p.begun
			for _, h := range p.run {
				f.claims = append(f.claims, max(p.begun, s.index(h)))
			}
			found = append(found, f)
		}
		p.run = nil
	}
	quiet := func(p *heap, h *happening) {
		if n := len(p.run); n > 0 && lapsed(p.run[n-1], h, r.within) {
			finish(p, s.after(p.run[n-1].effective+r.within))
		}
	}
	for _, d := range deeds {
		for _, key := range keys {
			quiet(heaps[key], d.h)
		}
		if other := heaps[d.unless]; d.unless != "" && other != nil && len(other.run) > 0 {
			continue
		}
		if d.ends {
			for _, key := range keys {
				if key == d.key || d.key == "*" {
					finish(heaps[key], s.index(d.h))
					heaps[key].loose = nil
				}
			}
			continue
		}
		if heaps[d.key] == nil {
			heaps[d.key] = &heap{}
			keys = append(keys, d.key)
		}
		p := heaps[d.key]
		if len(p.run) > 0 && d.h.e.Time > newest(p.run)+r.within {
			finish(p, s.index(d.h))
		}
		if len(p.run) > 0 {
			p.run = append(p.run, d.h)
			continue
		}
		p.loose = append(r.recent(p.loose, d.h), d.h)
		if len(p.loose) >= r.count && (r.enough == nil || r.enough(p.loose)) {
			p.run, p.loose, p.begun = p.loose, nil, s.index(d.h)
		}
	}
	for _, key := range keys {
		if p := heaps[key]; len(p.run) > 0 {
			finish(p, s.after(p.run[len(p.run)-1].effective+r.within))
		}
	}
	return found
}

// recent is what may still be in one run with h.
func (r burst) recent(loose []*happening, h *happening) []*happening {
	far := func(x *happening) bool { return apart(x, h) > r.within || h.effective > x.effective+r.within }
	if r.gap {
		if n := len(loose); n > 0 && far(loose[n-1]) {
			return nil
		}
		return loose
	}
	return slices.DeleteFunc(slices.Clone(loose), far)
}

func newest(list []*happening) event.Millis {
	t := event.Beginning
	for _, h := range list {
		t = max(t, h.e.Time)
	}
	return t
}

// turning lists the events at which positions turn round. After a silence it begins anew.
func turning(list []*happening, of func(*event.Event) float32, distance float64, silence event.Millis) []*happening {
	var out []*happening
	var far float64
	way := 0.0 // 1 or −1
	for i, h := range list {
		at := float64(of(h.e))
		if i == 0 || h.effective > list[i-1].effective+silence {
			far, way = at, 0
			continue
		}
		gone := at - far
		switch {
		case way == 0 && gone != 0 && max(gone, -gone) >= distance:
			way, far = gone/max(gone, -gone), at
		case way != 0 && gone*way > 0:
			far = at
		case way != 0 && gone != 0 && -gone*way >= distance:
			way, far = -way, at
			out = append(out, h)
		}
	}
	return out
}

func (o *oracle) thrashes(s *life) []*finding {
	c := o.w.Config.Signals.ThrashedCursor
	var moves []*happening
	for _, h := range s.seen {
		if h.e.Type == event.MouseMove && h.e.Has(event.HasPosition) && !o.leftOut(s, "thrashed_cursor", h) {
			moves = append(moves, h)
		}
	}
	byX := turning(moves, func(e *event.Event) float32 { return e.X }, c.Distance, ms(c.Within))
	byY := turning(moves, func(e *event.Event) float32 { return e.Y }, c.Distance, ms(c.Within))
	var deeds []deed
	for _, h := range moves {
		if slices.Contains(byX, h) {
			deeds = append(deeds, deed{h: h, key: "x", unless: "y"})
		}
		if slices.Contains(byY, h) {
			deeds = append(deeds, deed{h: h, key: "y", unless: "x"})
		}
	}
	return o.bursts(s, deeds, burst{kind: "thrashed_cursor", count: c.Count, within: ms(c.Within)})
}

func (o *oracle) scrolls(s *life) []*finding {
	c := o.w.Config.Signals.ExcessiveScroll
	var deeds []deed
	var page []*happening
	flush := func() {
		for _, h := range turning(page, func(e *event.Event) float32 { return e.Y }, c.Distance, ms(c.Within)) {
			deeds = append(deeds, deed{h: h})
		}
		page = nil
	}
	for _, h := range s.seen {
		switch {
		case h.e.Type.IsView():
			flush()
			deeds = append(deeds, deed{h: h, key: "*", ends: true})
		case h.e.Type == event.Scroll && h.e.Has(event.HasPosition):
			page = append(page, h)
		}
	}
	flush()
	return o.bursts(s, deeds, burst{kind: "excessive_scroll", count: c.Count, within: ms(c.Within)})
}

func (o *oracle) reloads(s *life) []*finding {
	var deeds []deed
	var last *happening
	acted := false
	for _, h := range s.seen {
		switch t := h.e.Type; {
		case t.IsClick() || t == event.Submit || t == event.Input:
			acted = true
		case t.IsView():
			again := last != nil && samePage(last, h) && !acted
			deeds = append(deeds, deed{h: h, key: "*", ends: !again})
			last, acted = h, false
		}
	}
	c := o.w.Config.Signals.ReloadLoop
	return o.bursts(s, deeds, burst{kind: "reload_loop", count: c.Count, within: ms(c.Within)})
}

func form(e *event.Event) string { return cmp.Or(e.Op, e.Target.Name(), e.Page) }

func (o *oracle) resubmits(s *life) []*finding {
	var deeds []deed
	for _, h := range s.seen {
		if h.e.Type == event.Input || h.e.Type == event.Request && (h.e.Failed() || !h.e.Answered()) {
			deeds = append(deeds, deed{h: h, key: "*", ends: true})
		}
		if h.e.Type == event.Submit {
			deeds = append(deeds, deed{h: h, key: form(h.e)})
			if h.e.Failed() {
				deeds = append(deeds, deed{h: h, key: form(h.e), ends: true})
			}
		}
	}
	c := o.w.Config.Signals.RepeatedSubmit
	return o.bursts(s, deeds, burst{kind: "repeated_submit", count: c.Count, within: ms(c.Within), gap: true, less: 1})
}

func (o *oracle) refusals(s *life) []*finding {
	var deeds []deed
	for _, h := range s.seen {
		e := h.e
		refused := e.Type == event.Submit && e.Failed() && e.Status < 500 || e.Type == event.Request && e.Status == 422 ||
			e.Type == event.ErrorType && e.Error != nil && strings.Contains(strings.ToLower(e.Error.Kind), "validation")
		accepted := e.Type.IsAttempt() && !e.Failed() && e.Answered()
		if refused || accepted {
			deeds = append(deeds, deed{h: h, key: form(e), ends: accepted})
		}
	}
	c := o.w.Config.Signals.ValidationLoop
	return o.bursts(s, deeds, burst{kind: "validation_loop", count: c.Count, within: ms(c.Within), gap: true})
}

func (o *oracle) reentries(s *life) []*finding {
	var deeds []deed
	c := o.w.Config.Signals.FieldReentry
	var last *happening
	page, left := "", false
	for _, h := range s.seen {
		switch {
		case h.e.Type == event.Visibility:
			left = false
		case h.e.Type == event.Blur:
			left = left || last != nil && h.e.Target.Name() == last.e.Target.Name()
		case h.e.Type == event.Submit, h.e.Type.IsClick() && h.e.Target != nil && (h.e.Target.InputType == "submit" || h.e.Target.InputType == "image"):
			deeds = append(deeds, deed{h: h, key: "*", ends: true})
			last = nil
		case h.e.Type.IsView():
			if h.e.Page != page {
				deeds = append(deeds, deed{h: h, key: "*", ends: true})
				last = nil
			}
			page = h.e.Page
		case (h.e.Type == event.Focus || h.e.Type == event.Input) && isField(h.e.Target):
			if last == nil || left || h.e.Target.Name() != last.e.Target.Name() || lapsed(last, h, ms(c.Within)) {
				deeds = append(deeds, deed{h: h, key: h.e.Target.Name()})
			}
			last, left = h, false
		}
	}
	return o.bursts(s, deeds, burst{kind: "field_reentry", count: c.Count, within: ms(c.Within)})
}

// isField says that something can be put into a target, and that it is no search.
func isField(t *event.Target) bool {
	if t.Name() == "" || t.InputType == "search" || t.InputType == "file" || t.Role == "searchbox" || t.Role == "search" {
		return false
	}
	button := slices.Contains([]string{"button", "submit", "reset", "image", "checkbox", "radio"}, t.InputType)
	return slices.Contains([]string{"textbox", "combobox", "spinbutton", "listbox"}, t.Role) ||
		slices.Contains([]string{"input", "textarea", "select"}, t.Tag) && !button || t.Tag == "" && t.Role == "" && !button
}

func (o *oracle) searches(s *life) []*finding {
	c := o.w.Config.Signals.RepeatedSearch
	var deeds []deed
	var last *happening
	for _, h := range s.seen {
		is := anyMatches(c.Matches(), h.e)
		switch {
		case h.e.Type.IsView() && !is:
			deeds = append(deeds, deed{h: h, key: "*", ends: true})
			last = nil
		case is && (last == nil || apart(last, h) >= 1000):
			last = h
			deeds = append(deeds, deed{h: h})
		}
	}
	return o.bursts(s, deeds, burst{kind: "repeated_search", count: c.Count, within: ms(c.Within), gap: true})
}

func (o *oracle) chains(s *life) []*finding {
	var deeds []deed
	for _, h := range s.seen {
		if h.e.Op != "" && h.e.Answered() {
			d := deed{h: h}
			if h.e.Status < 500 {
				d.key, d.ends = "*", true
			}
			deeds = append(deeds, d)
		}
	}
	c := o.w.Config.Signals.ServerErrorChain
	return o.bursts(s, deeds, burst{
		kind: "server_error_chain", count: c.Count, within: ms(c.Within), gap: true,
		enough: func(list []*happening) bool {
			ops := map[string]bool{}
			for _, h := range list {
				ops[h.e.Op] = true
			}
			return len(ops) >= c.Operations
		},
	})
}

func (o *oracle) storms(s *life) []*finding {
	var deeds []deed
	for _, h := range s.seen {
		if h.e.Type == event.Request && h.e.Op != "" {
			deeds = append(deeds, deed{h: h, key: h.e.Op})
		}
	}
	c := o.w.Config.Signals.RequestStorm
	return o.bursts(s, deeds, burst{kind: "request_storm", count: c.Count, within: ms(c.Within)})
}

func (o *oracle) hangs(s *life) (found []*finding) {
	c := o.w.Config.Signals.Hang
	var deeds []deed
	for _, h := range s.seen {
		switch {
		case h.e.Type != event.Hang:
		case h.e.Has(event.HasDuration) && h.e.Duration < ms(c.AtLeast):
			deeds = append(deeds, deed{h: h})
		default:
			found = append(found, s.alone("hang", h))
		}
	}
	return append(found, o.bursts(s, deeds, burst{kind: "hang", count: c.Count, within: ms(c.Within)})...)
}

// helps are events of asking on an open visit of a configured journey.
func (o *oracle) helps(s *life) []*finding {
	c := o.w.Config.Signals.HelpSeeking
	var deeds []deed
	for i, h := range s.seen {
		if !anyMatches(c.Matches(), h.e) {
			continue
		}
		for _, v := range o.stays(s.seen[:i+1]) {
			if !v.site && v.left == event.Never && v.outcome == 0 {
				deeds = append(deeds, deed{h: h})
				break
			}
		}
	}
	return o.bursts(s, deeds, burst{kind: "help_seeking", count: 1, within: ms(c.Within), gap: true})
}

// alone is a finding of one event.
func (s *life) alone(kind string, h *happening) *finding {
	f := run(kind, []*happening{h}, 1)
	f.made, f.began = s.index(h), s.index(h)
	f.claims = []int{f.made}
	return f
}

// unhappy reads an answer.
func unhappy(c signals.SurveyConfig, e *event.Event) bool {
	for _, scale := range c.Unhappy() {
		text := e.Attr(scale.Attr)
		if text == "" {
			continue
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			if scale.AtMost >= 0 && n <= scale.AtMost {
				return true
			}
			continue
		}
		for _, w := range scale.Words {
			if strings.EqualFold(w, text) {
				return true
			}
		}
	}
	return false
}
