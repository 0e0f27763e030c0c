package simulate

import "time"

// react is what a person does when the main action has failed them and they have
// patience left. It leads up to the next press and says how many clicks that is
// made of.
func (m *mainAction) react() int {
	playIndependently(m.person, afterFailure, m.env.added)
	u := m.random.Float64()
	if u < m.temper {
		m.pass(m.random.LogNormal(500*time.Millisecond, .4))
		return angryClicks(m.person)
	}
	switch u = (u - m.temper) / (1 - m.temper); {
	case u < .12:
		m.goBackAndForth()
	case u < .24:
		reload(m.person, m.random.IntBetween(1, 5))
	case u < .28:
		m.readHelp()
	}
	m.pass(m.random.LogNormal(2800*time.Millisecond, .6))
	return 1
}

// goBackAndForth goes to the page before and returns, hoping for better luck.
func (m *mainAction) goBackAndForth() {
	at, item, back := m.at, m.item, m.page().back
	if back == at {
		back = category
	}
	m.endTries(&m.tries, m.page().op)
	look := m.random.LogNormal(2200*time.Millisecond, .5)
	m.addCause(Act{Cause: CauseQuickBack, Page: string(m.pageName), N: 1}, m.now, m.now+int64(look))
	m.glance(back, 0, look)
	m.glance(at, item, m.random.LogNormal(1500*time.Millisecond, .4))
}

// readHelp reads the help page and comes back. Some see at once that it says
// nothing about what troubles them.
func (m *mainAction) readHelp() {
	at, item := m.at, m.item
	seekHelp(m.person)
	look := m.random.LogNormal(12*time.Second, .35)
	if m.random.Chance(.15) {
		look = m.random.LogNormal(1800*time.Millisecond, .3)
		m.addCause(Act{Cause: CauseQuickBack, Page: string(m.pageName), N: 1}, m.now, m.now+int64(look))
	}
	m.glance(help, 0, look)
	m.glance(at, item, m.random.LogNormal(1500*time.Millisecond, .4))
}

// abandon stops waiting for an answer: the request ends without one, and those
// who stay load the page anew.
func (m *mainAction) abandon() {
	m.request(m.page().op, m.call.from, m.now, 0)
	m.tries.add(m.now)
	if !m.hadEnough() {
		reload(m.person, 1)
	}
}
