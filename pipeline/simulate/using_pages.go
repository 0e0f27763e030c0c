package simulate

import "time"

// usePage fills in the page's form, sends it with the main action, and says
// whether that has worked in the end.
func usePage(p *person) bool {
	if !fillForm(p) {
		return false
	}
	if goesOn, done := sendForm(p); !goesOn || done {
		return done
	}
	m := mainAction{person: p, pending: onOrdinaryDay(&p.random, p.env.trouble)}
	for clicks := 1; ; {
		worked := m.pressButton(clicks)
		if worked || p.hadEnough() {
			p.endTries(&m.tries, p.page().op)
			if worked {
				p.annoyance /= 2
				p.lastError = 0
			}
			return worked
		}
		clicks = m.react()
	}
}

// pressButton clicks the main button, several times if in anger, and says whether
// it has worked.
func (m *mainAction) pressButton(clicks int) bool {
	first, last, made := m.now, m.now, 0
	interval, calm := m.clickInterval, clicks == 1
	if calm {
		clicks, interval = m.clicksPerPress, 130*time.Millisecond
	}
	m.call = call{}
	for made < clicks && (calm || !m.call.answered(m.now)) {
		m.press(&m.page().button)
		last = m.now
		made++
		if !m.call.busy(m.now) && !m.call.answered(m.now) {
			m.settle()
			m.call = m.start()
		}
		if made < clicks {
			m.pass(m.random.LogNormal(interval, .18))
		}
	}
	if calm {
		m.recordHabit(made, first)
	} else {
		rage(m.person, made, first, last)
	}
	return m.finish()
}

// recordHabit records the press of those who click more than once out of habit.
func (m *mainAction) recordHabit(made int, first int64) {
	a := Act{Cause: InnocentDoubleClick, Target: m.page().button.id, N: made}
	switch made {
	case 1:
		return
	case 3:
		a.Cause = InnocentTripleClick
	}
	m.addInnocent(a, first)
}

// finish waits for what comes of the last use and says whether it has worked.
func (m *mainAction) finish() bool {
	c := &m.call
	switch c.result {
	case unconnected, throwing, fatal:
		m.meetDeadButton()
		return false
	}
	if !waitForAnswer(m) {
		m.abandon()
		return false
	}
	good := m.settle()
	m.pass(m.random.LogNormal(400*time.Millisecond, .3))
	if good {
		return true
	}
	m.annoyance++
	if c.result == misread {
		m.lastError = 0 // their own mistake
	}
	if fields := m.page().fields; c.result == misread && len(fields) > 0 {
		m.pass(m.random.LogNormal(2*time.Second, .5))
		m.fill(&fields[len(fields)-1])
	}
	return false
}

// meetDeadButton is seeing that a click has led to nothing, or to an error.
func (m *mainAction) meetDeadButton() {
	c, button := &m.call, m.page().button.id
	if c.result == unconnected {
		m.annoyance += .8
		m.pass(m.random.LogNormal(3*time.Second, .35))
		m.addCause(Act{Cause: CauseDeadClick, Target: button}, c.from, m.now)
		return
	}
	m.addCause(Act{Cause: CauseErrorClick, Target: button}, c.from, c.until)
	m.annoyance += .9
	m.pass(m.random.LogNormal(1500*time.Millisecond, .35))
	if c.result == throwing {
		m.addCause(Act{Cause: CauseDeadClick, Target: button}, c.from, m.now)
	}
}
