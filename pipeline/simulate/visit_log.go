package simulate

import "time"

// visitLog keeps the truth about the visits that a person is on, and reports
// each when it is over.
type visitLog struct {
	report  func(Visit)
	who     Visit // user, app and session, the same for all visits of the stay
	skew    int64 // device clock − true time, ns
	journey int   // of the page the person is on
	site    Visit // the page outside of journeys they are on, or were on last
	open    [journeyCount]openVisit
	hurt    bool // something has hurt the person in this stay
}

// openVisit is the visit that a journey is at, if it has begun.
type openVisit struct {
	Visit
	at    pageID
	begun bool
}

// enter follows the person onto a page. A visit of a step ends when another step
// of its journey is seen; other pages leave it open.
func (l *visitLog) enter(at pageID, pg *page, now int64) {
	l.journey = pg.journey
	if pg.journey == site {
		return
	}
	v := &l.open[pg.journey]
	if v.begun && v.Step == pg.name {
		return
	}
	ended := EndedOn
	switch {
	case v.at == confirmation || v.at == welcome:
		ended = EndedDone
	case at < v.at:
		ended = EndedBack
	}
	l.close(v, now, ended)
	*v = openVisit{l.visitOf(pg, now), at, true}
}

// enterSite begins the visit of a page outside of journeys.
func (l *visitLog) enterSite(pg *page, now int64) { l.site = l.visitOf(pg, now) }

func (l *visitLog) visitOf(pg *page, now int64) Visit {
	v := l.who
	v.Journey, v.Step, v.EnteredAt = pg.journeyName(), pg.name, stampTime(now, l.skew)
	return v
}

// close reports a visit that has begun and ends now.
func (l *visitLog) close(v *openVisit, now int64, ended Ended) {
	if !v.begun {
		return
	}
	v.Ended = ended
	v.LeftAt = stampTime(now, l.skew)
	v.begun = false
	l.report(v.Visit)
}

// closeAll reports what is still open when the person leaves.
func (l *visitLog) closeAll(now int64) {
	for i := range l.open {
		ended := EndedLeft
		if at := l.open[i].at; at == confirmation || at == welcome {
			ended = EndedDone
		}
		l.close(&l.open[i], now, ended)
	}
}

// closeSite reports the page outside of journeys, if there is something to say.
func (l *visitLog) closeSite(now int64) {
	if len(l.site.Causes)+len(l.site.Failures)+len(l.site.Innocent) == 0 {
		return
	}
	l.site.LeftAt = stampTime(now, l.skew)
	l.report(l.site)
}

// current is the visit that what happens now belongs to.
func (l *visitLog) current() *Visit {
	if l.journey != site {
		return &l.open[l.journey].Visit
	}
	return &l.site
}

// addCause records what hurt, from first to last in true time.
func (l *visitLog) addCause(a Act, first, last int64) {
	a.First, a.Last = stampTime(first, l.skew), stampTime(last, l.skew)
	v := l.current()
	v.Causes = append(v.Causes, a)
	l.hurt = true
}

// addFailure records what failed, whether it was noticed or not.
func (l *visitLog) addFailure(a Act, first, last int64) {
	a.First, a.Last = stampTime(first, l.skew), stampTime(last, l.skew)
	v := l.current()
	v.Failures = append(v.Failures, a)
}

// addInnocent records what looked like trouble and was none.
func (l *visitLog) addInnocent(a Act, first, last int64) {
	a.First, a.Last = stampTime(first, l.skew), stampTime(last, l.skew)
	v := l.current()
	v.Innocent = append(v.Innocent, a)
}

// stamp is the time that a device writes for a true time in Unix ns, as Unix ms.
func stamp(at, skew int64) int64 { return (at + skew) / int64(time.Millisecond) }

func stampTime(at, skew int64) time.Time { return time.UnixMilli(stamp(at, skew)).UTC() }
