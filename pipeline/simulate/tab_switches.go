package simulate

import "time"

// Words of the truth file for turning to another tab or app.
const (
	InnocentTabSwitch = "tab_switch" // away to another tab or app for a while
	InnocentWakeUp    = "wake_up"    // the click that brings the window back
)

// switchTabs does something else for a while.
func switchTabs(p *person) {
	first := p.now
	p.hide()
	p.pass(p.random.LogNormal(12*time.Second, .8))
	p.comeBack()
	p.addInnocent(Act{Cause: InnocentTabSwitch}, first)
	if p.web && !p.phone && p.random.Chance(.25) {
		p.pass(p.random.LogNormal(250*time.Millisecond, .3))
		wakeUp(p)
	}
	p.pass(p.random.LogNormal(time.Second, .4))
}

// wakeUp brings the window back to the front with a click, which does no more
// than that.
func wakeUp(p *person) {
	first, button := p.now, &p.page().button
	p.press(button)
	p.addInnocent(Act{Cause: InnocentWakeUp, Target: button.id, N: 1}, first)
	p.pass(p.random.LogNormal(1100*time.Millisecond, .3))
}
