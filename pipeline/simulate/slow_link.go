package simulate

import "time"

// CauseSlowClick is the word of the truth file for pressing a control whose effect comes
// after seconds. The person watched for it until Last.
const CauseSlowClick = "slow_click"

// waitForMore presses a link that shows more of the page, and waits for it.
var waitForMore = behaviour{
	name: "wait for more", word: CauseSlowClick, shows: "click", where: func(p *person) bool { return p.web }, share: .0012, fault: true,
	act: func(p *person) {
		more := element{id: "show-details", tag: "a", text: "Details", role: "link", href: "/details", x: .3, y: .6}
		more.encode()
		first := p.now
		p.press(&more)
		p.pass(3500*time.Millisecond + min(p.random.LogNormal(time.Second, .5), 3*time.Second))
		p.mutate(p.now)
		p.addCause(Act{Cause: CauseSlowClick, Target: more.id, Page: string(p.pageName)}, first, p.now)
		p.pass(p.random.LogNormal(3*time.Second, .4)) // reads it
	},
}
