package simulate

import (
	"strconv"
	"time"
)

// Words of the truth file for apps and pages that do not answer.
const (
	CauseHang    = "hang" // looked at an app that had frozen
	InnocentJank = "jank" // the screen stutters
)

// freeze is the app or page not answering for some seconds.
func freeze(p *person) {
	first, took := p.now, p.random.LogNormal(4500*time.Millisecond, .35)
	p.pass(took)
	writeHang(p, took)
	p.addCause(Act{Cause: CauseHang, Page: string(p.pageName)}, first, p.now)
	p.annoyance += .5
}

// stutter is a screen that hangs for moments nobody notices.
func stutter(p *person) {
	first := p.now
	for range p.random.IntBetween(1, 3) {
		took := p.random.LogNormal(120*time.Millisecond, .5)
		p.pass(took)
		writeHang(p, took)
		p.pass(p.random.LogNormal(900*time.Millisecond, .5))
	}
	p.addInnocent(Act{Cause: InnocentJank}, first)
}

func writeHang(p *person, took time.Duration) {
	b := append(p.begin("hang", p.now), `,"duration_ms":`...)
	p.end(strconv.AppendInt(b, took.Milliseconds(), 10), p.now, telemetry)
}
