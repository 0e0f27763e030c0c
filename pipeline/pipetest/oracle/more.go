package oracle

import (
	"slices"
	"strings"

	"friction/pipeline/event"
)

// more are the signals that are not about clicks, tries and pages in a row.
func (o *oracle) more(s *life) (all []*finding) {
	c := &o.w.Config.Signals
	for _, x := range []struct {
		on   bool
		find func(*life) []*finding
	}{
		{c.ThrashedCursor.Enabled, o.thrashes},
		{c.ExcessiveScroll.Enabled, o.scrolls},
		{c.ReloadLoop.Enabled, o.reloads},
		{c.RepeatedSubmit.Enabled, o.resubmits},
		{c.ValidationLoop.Enabled, o.refusals},
		{c.FormAbandonment.Enabled, o.abandoned},
		{c.FieldReentry.Enabled, o.reentries},
		{c.Hesitation.Enabled, o.hesitations},
		{c.RepeatedSearch.Enabled, o.searches},
		{c.SlowResponse.Enabled, o.impatience},
		{c.ErrorLeave.Enabled, o.errorLeaves},
		{c.ServerErrorChain.Enabled, o.chains},
		{c.Crash.Enabled, o.crashes},
		{c.CrashRestart.Enabled, o.restarts},
		{c.Hang.Enabled, o.hangs},
		{c.RequestStorm.Enabled, o.storms},
		{c.ErrorBounce.Enabled, o.errorBounces},
		{c.HelpSeeking.Enabled, o.helps},
		{c.NegativeSurvey.Enabled, o.answers},
	} {
		if x.on {
			all = append(all, x.find(s)...)
		}
	}
	return all
}

func (o *oracle) answers(s *life) (found []*finding) {
	for _, h := range s.seen {
		if h.e.Type == event.Survey && unhappy(o.w.Config.Signals.NegativeSurvey, h.e) {
			found = append(found, s.alone("negative_survey", h))
		}
	}
	return found
}

func (o *oracle) crashes(s *life) (found []*finding) {
	for _, h := range s.seen {
		if h.e.Type == event.Crash {
			found = append(found, s.alone("crash", h))
		}
	}
	return found
}

// restarts looks, from each crash, for the first start after it and before the
// next crash.
func (o *oracle) restarts(s *life) (found []*finding) {
	c := o.w.Config.Signals.CrashRestart
	within := ms(c.Within)
	for i, crash := range s.seen {
		if crash.e.Type != event.Crash {
			continue
		}
		for _, h := range s.seen[i+1:] {
			if h.e.Type == event.Crash {
				break
			}
			starts := h.e.Type == event.Lifecycle && slices.Contains(c.Names, h.e.Name) ||
				h.e.Client != "" && crash.e.Client != "" && h.e.Client != crash.e.Client
			if !starts || apart(crash, h) < 0 {
				continue
			}
			if apart(crash, h) <= within && !lapsed(crash, h, within+patience) {
				f := run("crash_restart", []*happening{crash, h}, 1)
				f.made, f.began = s.index(h), s.index(crash)
				found = append(found, f)
			}
			break
		}
	}
	return found
}

// breaks says that something broke, as people who leave see it.
func breaks(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Status >= 500
}

// leaves is the last error of a session and what was done within some time of it,
// nil when something was done later.
func (s *life) leaves(kind string, within event.Millis, from func(*happening) bool) []*finding {
	var last *happening
	ended := event.Beginning
	for _, h := range s.seen {
		switch t := h.e.Type; {
		case breaks(h.e) && (last != nil || from(h)):
			last, ended = h, h.e.Time
		case last == nil || breaks(h.e):
		case (t == event.Request || stays(t)) && mends(last, h):
			last = nil
		case stays(t):
			ended = max(ended, h.e.Time)
			if apart(last, h) > within {
				last = nil
			}
		}
	}
	if last == nil {
		return nil
	}
	f := s.alone(kind, last)
	f.ended, f.made, f.claims = ended, len(s.all), nil
	return []*finding{f}
}

// stays says that only somebody who is there does this.
func stays(t event.Type) bool {
	return t.IsClick() || t.IsView() || t == event.Input || t == event.Focus || t == event.Submit || t == event.Scroll ||
		t == event.Selection || t == event.MouseMove
}

// mends says that what had failed has worked.
func mends(failed, h *happening) bool {
	return h.e.Op != "" && h.e.Op == failed.e.Op && apart(failed, h) >= 0 && h.e.Answered() && !h.e.Failed()
}

func (o *oracle) errorLeaves(s *life) []*finding {
	return s.leaves("error_leave", ms(o.w.Config.Signals.ErrorLeave.Within), func(*happening) bool { return true })
}

func (o *oracle) errorBounces(s *life) []*finding {
	views := s.views()
	if slices.ContainsFunc(views, func(h *happening) bool { return !samePage(h, views[0]) }) {
		return nil
	}
	return s.leaves("error_bounce", ms(o.w.Config.Signals.ErrorBounce.Within), func(*happening) bool { return true })
}

// impatience looks, for each slow try, at what was done while it was waited for,
// as far back as it is remembered.
func (o *oracle) impatience(s *life) (found []*finding) {
	after, again := ms(o.w.Config.Signals.SlowResponse.After), ms(o.w.Config.Signals.SlowResponse.Again)
	used := map[*happening]bool{}
	for i, slow := range s.seen {
		if !slow.e.Type.IsAttempt() || !slow.e.Has(event.HasDuration) || slow.e.Duration <= after {
			continue
		}
		var acts []*happening
		for k, h := range s.seen[:i] {
			if !h.e.Type.IsClick() && h.e.Type != event.Submit || apart(h, slow) < 0 || apart(h, slow) > slow.e.Duration-again {
				continue
			}
			if !used[h] && !o.forgotten(s, k, i) {
				used[h] = true
				acts = append(acts, h)
			}
		}
		if len(acts) == 0 {
			continue
		}
		f := run("slow_response", append(acts, slow), len(acts))
		f.page, f.target, f.op = slow.e.Page, slow.e.Target.Name(), slow.e.Op
		f.made = s.index(slow)
		f.claims = make([]int, len(f.events))
		f.claims[len(acts)] = f.made
		found = append(found, f)
	}
	return found
}

// forgotten says that what was done as event k is not known any more at event i:
// the session was silent for long enough to be stalled in between, or too much
// was done since.
func (o *oracle) forgotten(s *life, k, i int) bool {
	from, to := slices.Index(s.all, s.seen[k]), slices.Index(s.all, s.seen[i])
	later := 0
	for n := from; n < to; n++ {
		if s.all[n+1].effective > s.all[n].effective+ms(o.w.Config.Journeys.StallAfter) {
			return true
		}
		if h := s.all[n]; n > from && !h.behind && (h.e.Type.IsClick() || h.e.Type == event.Submit) {
			later++
		}
	}
	return later >= 16
}

// abandoned goes through the forms of a session, one after the other.
func (o *oracle) abandoned(s *life) (found []*finding) {
	var inputs []*happening
	page, on := "", ""
	leave := func(made int) {
		names := map[string]bool{}
		for _, h := range inputs {
			names[h.e.Target.Name()] = true
		}
		if len(names) >= o.w.Config.Signals.FormAbandonment.Fields {
			f := run("form_abandonment", inputs, len(names))
			f.made, f.target = made, inputs[len(inputs)-1].e.Target.Name()
			found = append(found, f)
		}
		inputs = nil
	}
	for _, h := range s.seen {
		e := h.e
		verb, _, named := strings.Cut(e.Op, " ")
		switch {
		case e.Type == event.Input && isField(e.Target):
			if len(inputs) == 0 {
				if page = e.Page; page == "" {
					page = on
				}
			}
			inputs = append(inputs, h)
		case e.Type.IsView():
			if e.Page != page && len(inputs) > 0 {
				leave(s.index(h))
			}
			on = e.Page
		case e.Type == event.Submit, e.Type == event.Request && named && !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, verb),
			e.Type.IsClick() && e.Target != nil && (e.Target.InputType == "submit" || e.Target.InputType == "image"):
			inputs = nil
		}
	}
	if len(inputs) > 0 {
		leave(len(s.all))
	}
	return found
}

// hesitations looks at what follows each sign of work in a field.
func (o *oracle) hesitations(s *life) (found []*finding) {
	c := o.w.Config.Signals.Hesitation
	var last *happening
	for _, h := range s.seen {
		e, name := h.e, h.e.Target.Name()
		works := (e.Type == event.Focus || e.Type == event.Input) && isField(e.Target)
		leaves := false
		if last != nil && lapsed(last, h, ms(c.AtMost)) {
			last = nil
		}
		switch t := e.Type; {
		case t == event.Visibility, t == event.Lifecycle:
			last = nil
		case works:
			leaves = last != nil
		case t == event.Blur:
			leaves = last != nil && (name == "" || name == last.e.Target.Name())
		case t.IsClick():
			leaves = last != nil && name != last.e.Target.Name()
		case t == event.Focus, t == event.Input, t.IsView(), t == event.Submit:
			leaves = true
		}
		if leaves && last != nil {
			if d := apart(last, h); d >= ms(c.AtLeast) && d <= ms(c.AtMost) {
				f := run("hesitation", []*happening{last, h}, 1)
				f.made = s.index(h)
				found = append(found, f)
			}
			last = nil
		}
		if works {
			last = h
		}
	}
	return found
}
