package simulate

import "time"

// Words of the truth file for apps that end by themselves.
const (
	CauseCrash        = "crash"         // saw the app end
	CauseCrashRestart = "crash_restart" // had to start it again
)

// crashAtRest is an app that ends by itself. Not everybody starts it again.
func crashAtRest(p *person) {
	crash(p, p.now)
	p.annoyance += .8
	if p.hadEnough() && p.random.Chance(.5) {
		endStay(p)
		return
	}
	startAgain(p, p.now)
}

// crash writes the error that ended the app.
func crash(p *person, at int64) {
	p.lastError = at
	p.addCause(Act{Cause: CauseCrash, Page: string(p.pageName)}, at, at)
	b := append(p.begin("crash", at), `,"error":{"kind":"NullPointerException","message":"order must not be null"}`...)
	p.end(b, at, telemetry)
}

// startAgain opens the app after a crash, at the page the person was on.
func startAgain(p *person, crashed int64) {
	p.pass(p.random.LogNormal(2500*time.Millisecond, .3))
	p.lifecycle("start")
	p.addCause(Act{Cause: CauseCrashRestart, Page: string(p.pageName)}, crashed, p.now)
	p.pass(p.random.LogNormal(800*time.Millisecond, .3))
	p.show(p.at, p.item)
	p.mutate(p.now)
}
