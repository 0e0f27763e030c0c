package simulate

import "time"

// Words of the truth file for leaving because of trouble.
const (
	CauseErrorLeave  = "error_leave"  // left the shop because of an error
	CauseErrorBounce = "error_bounce" // came, saw an error, left, without having seen another page
	CauseDropOff     = "drop_off"     // gave up because of all that
)

// giveUp is having had enough: of the shop, or of all but a look at its help.
func giveUp(p *person) {
	p.addCause(Act{Cause: CauseDropOff, Page: string(p.pageName)}, p.now, p.now)
	p.pass(p.random.LogNormal(1200*time.Millisecond, .6))
	if p.at != help && p.random.Chance(.2) {
		seekHelp(p)
		p.goal, p.pagesLeft = look, 1
		p.turnTo(help)
		return
	}
	leave(p)
}

// leave turns away from the shop.
func leave(p *person) {
	p.pass(p.random.LogNormal(1500*time.Millisecond, .6))
	answerSurvey(p)
	p.hide()
	endStay(p)
}

// endStay is the end of a stay. An error that nothing good has followed is why
// the person has left.
func endStay(p *person) {
	p.leaveForm()
	p.endFailures()
	if p.lastError > 0 {
		last := max(p.latest, p.lastError)
		p.addCause(Act{Cause: CauseErrorLeave, Page: string(p.pageName)}, p.lastError, last)
		if !p.sawOtherPage {
			p.addCause(Act{Cause: CauseErrorBounce, Page: string(p.pageName)}, p.lastError, last)
		}
	}
	p.gone = true
}

// leavesOverError is giving up, before anything has been tried, if errors have
// been too much already.
func leavesOverError(p *person) bool {
	if p.lastError == 0 || !p.hadEnough() || p.at == help {
		return false
	}
	giveUp(p)
	return true
}
