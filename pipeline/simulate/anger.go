package simulate

import "time"

// Words of the truth file for clicking in anger.
const (
	CauseRageClick = "rage_click" // hammered a control in anger with the mouse; N clicks
	CauseRageTap   = "rage_tap"   // the same with a finger; N taps
)

// angryClicks draws how often someone hits a button in one outburst.
func angryClicks(p *person) int {
	return 3 + min(11, int(p.random.Exponential(5*time.Second)/time.Second))
}

// hammer clicks the main button while it does not react.
func hammer(p *person, clicks int) {
	first, last := p.now, p.now
	for i := range clicks {
		if i > 0 {
			p.pass(p.random.LogNormal(p.clickInterval, .18))
		}
		p.press(&p.page().button)
		last = p.now
	}
	rage(p, clicks, first, last)
}

// rage records clicks on the main button that were made in anger: at least two,
// since a single one looks like any other.
func rage(p *person, clicks int, first, last int64) {
	if clicks < 2 {
		return
	}
	a := Act{Cause: CauseRageClick, Target: p.page().button.id, N: clicks}
	if !p.web {
		a.Cause = CauseRageTap
	}
	p.addCause(a, first, last)
	p.annoyance += .3
}
