package simulate

import "time"

// Words of the truth file for what fails by itself. The first two are among the failures of a visit, whether anybody
// notices them or not.
const (
	FailureError   = "error"          // a script threw
	FailureRequest = "failed_request" // a request was answered with a status of 400 or more
	InnocentNoise  = "noise"          // the browser reports something, or the page takes a request back; nothing is broken
)

// makeNoise is what browsers and pages report although nothing is broken.
var makeNoise = behaviour{
	name: "noise", word: InnocentNoise, shows: "error", where: func(p *person) bool { return p.web }, share: .01,
	act: func(p *person) {
		first := p.now
		p.pass(p.random.LogNormal(2*time.Second, .4))
		switch p.random.IntN(3) {
		case 0:
			p.writeError("ErrorEvent", "ResizeObserver loop completed with undelivered notifications.", p.now)
		case 1:
			p.writeError("", "Script error.", p.now)
		case 2:
			p.writeError("AbortError", "The user aborted a request.", p.now)
		}
		p.pass(p.random.LogNormal(2*time.Second, .4))
		p.addInnocent(Act{Cause: InnocentNoise}, first)
	},
}
