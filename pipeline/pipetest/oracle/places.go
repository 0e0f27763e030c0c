package oracle

import (
	"cmp"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// used is a page, and how often it has been viewed lately.
type used struct {
	page  string
	views int
	step  bool // it is a step
}

// pages are the pages of an app that are remembered.
type pages struct {
	hour event.Millis
	list []*used
}

// places gives every view its step of `site`: its page, if that is among those used most, and `other` else.
func (o *oracle) places() {
	if !o.w.Config.Journeys.Site.Enabled {
		return
	}
	app := map[*occurrence]string{}
	for _, s := range o.histories {
		for _, h := range s.all {
			app[h] = s.app
		}
	}
	apps := map[string]*pages{}
	for _, h := range o.inOrder() {
		if !h.e.Type.IsView() {
			continue
		}
		p := apps[app[h]]
		if p == nil {
			p = &pages{hour: h.effective / 3_600_000}
			apps[app[h]] = p
		}
		for ; p.hour < h.effective/3_600_000; p.hour++ {
			p.nextHour()
		}
		if h.siteStep = p.stepOf(h.e, o.w.Config.Journeys.Site.MaxPages); h.siteStep == journey.Other && h.e.Page != journey.Other {
			o.counters.OtherSteps++
		}
	}
}

// stepOf counts a view. An answer that there is no such page is no view of one.
func (p *pages) stepOf(e *event.Event, most int) string {
	at := slices.IndexFunc(p.list, func(u *used) bool { return u.page == e.Page })
	gone := e.Status == 404 || e.Status == 410
	switch {
	case e.Page == journey.Other || gone && (at < 0 || !p.list[at].step):
		return journey.Other
	case at < 0:
		at = p.remember(e.Page, most)
	case !gone:
		p.list[at].views++
	}
	if at < 0 || !p.list[at].step {
		return journey.Other
	}
	return e.Page
}

// remember takes a page into the list, as a step while there are not too many. When as many others wait, one view of each
// of them goes with the one that cannot be remembered.
func (p *pages) remember(page string, most int) int {
	steps := 0
	for _, u := range p.list {
		if u.step {
			steps++
		}
	}
	if len(p.list)-steps < most || steps < most {
		p.list = append(p.list, &used{page, 1, steps < most})
		return len(p.list) - 1
	}
	for _, u := range p.list {
		if !u.step {
			u.views--
		}
	}
	p.tidy()
	return -1
}

// tidy forgets pages that are no step and have no views.
func (p *pages) tidy() {
	p.list = slices.DeleteFunc(p.list, func(u *used) bool { return !u.step && u.views <= 0 })
}

// nextHour lets the pages that were viewed more become steps in the place of those that were viewed less. Then half of
// the views are forgotten.
func (p *pages) nextHour() {
	for {
		slices.SortFunc(p.list, func(a, b *used) int { return cmp.Or(cmp.Compare(b.views, a.views), cmp.Compare(a.page, b.page)) })
		best := slices.IndexFunc(p.list, func(u *used) bool { return !u.step })
		worst := len(p.list) - 1
		for worst >= 0 && !p.list[worst].step {
			worst--
		}
		if best < 0 || worst < 0 || p.list[best].views <= p.list[worst].views {
			break
		}
		p.list[best].step, p.list[worst].step = true, false
	}
	for _, u := range p.list {
		u.views /= 2
	}
	p.tidy()
}
