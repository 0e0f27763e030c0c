package simulate

import "time"

// CauseCopiedError is the word of the truth file for copying the text of an error, to
// ask somebody about it.
const CauseCopiedError = "copied_error"

// copyError marks the message that a failure has left on the page.
var copyError = behaviour{
	name: "copy an error", word: CauseCopiedError, shows: "selection", when: afterFailure, where: seesMessage, share: .15,
	act: func(p *person) {
		first, text := p.now, &p.page().text
		p.pass(p.random.LogNormal(1500*time.Millisecond, .4))
		p.onElement("selection", text)
		p.addCause(Act{Cause: CauseCopiedError, Target: text.id, Page: string(p.pageName)}, first, p.now)
		p.pass(p.random.LogNormal(4*time.Second, .4)) // pastes it elsewhere
	},
}

// seesMessage says that an error has just been shown, to somebody with a mouse.
func seesMessage(p *person) bool {
	return withMouse(p) && p.lastError > 0 && p.now-p.lastError < int64(3*time.Second)
}
