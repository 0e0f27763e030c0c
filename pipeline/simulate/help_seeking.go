package simulate

import "time"

// CauseHelpSeeking is a word of the truth file.
const CauseHelpSeeking = "help_seeking" // looked for help in the middle of a journey

// seekHelp records a wish for help that comes up on a step of a journey; half of
// the people open the chat. They then read the help page, which is the caller's.
func seekHelp(p *person) {
	if p.page().journey == site || p.at == confirmation || p.at == welcome {
		return // in the middle of nothing
	}
	first := p.now
	if p.random.Chance(.5) {
		b := append(p.begin("support", p.now), `,"name":"chat_opened"`...)
		p.end(b, p.now, clickstream)
		p.pass(p.random.LogNormal(8*time.Second, .5))
	}
	p.addCause(Act{Cause: CauseHelpSeeking, Page: string(p.pageName)}, first, p.now)
}
