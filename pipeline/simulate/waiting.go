package simulate

import "time"

// CauseSlow is a word of the truth file.
const CauseSlow = "slow_response" // waited for an answer longer than they could stand; N things done meanwhile

// waitForAnswer waits for an answer as long as this person can, and says whether
// it came.
func waitForAnswer(m *mainAction) (came bool) {
	c, button := &m.call, &m.page().button
	late, meanwhile, pressed := false, 0, int64(0)
	for !came {
		wait := int64(m.random.LogNormal(m.maxWait, .3))
		if came = c.until-m.now <= wait; came {
			wait = max(c.until-m.now, 0)
		}
		m.now += wait
		if pressed > 0 { // the button has ignored it
			m.addCause(Act{Cause: CauseDeadClick, Target: button.id}, pressed, m.now)
		}
		if came {
			break
		}
		late = true
		m.annoyance += .5
		if m.hadEnough() || m.random.Chance(.2) {
			break
		}
		var presses int
		presses, pressed = fidget(m)
		meanwhile += presses
	}
	if late {
		m.addCause(Act{Cause: CauseSlow, Op: m.page().op, N: meanwhile}, c.from, min(m.now, c.until))
	}
	return came
}

// fidget is what the impatient do while they wait: shake the mouse or press the
// button, which ignores it. It says how often they press before the answer comes,
// and when they begin, 0 for not at all.
func fidget(m *mainAction) (presses int, at int64) {
	switch {
	case m.tracksMouse && m.random.Chance(.7):
		shakeMouse(m.person)
	case m.random.Chance(m.temper):
		n := angryClicks(m.person)
		at = m.now
		hammer(m.person, n)
		if m.now <= m.call.until {
			presses = n
		}
	case m.random.Chance(.4): // is it there at all?
		at = m.now
		m.press(&m.page().button)
		presses = 1
		m.pass(m.random.LogNormal(900*time.Millisecond, .3))
	}
	return presses, at
}
