package simulate

import "time"

// Words of the truth file for a control that does not do what it should.
const (
	CauseDeadClick  = "dead_click"  // used a control that did nothing, and watched for an effect until Last
	CauseErrorClick = "error_click" // used a control and got an error for it, at Last
)

// mainAction is a person trying the main action of a page until it works or they
// have had enough.
type mainAction struct {
	*person
	pending result // of the next use on an ordinary day; success once a fault has struck
	tries   tries
	call    call
}

// call is one use of the main action, from the click to its result.
type call struct {
	result      result
	from, until int64
	status      int // of the request, 0 while there is none to write
}

// busy says whether the button is waiting for an answer and ignores clicks.
func (c *call) busy(now int64) bool { return c.status > 0 && now < c.until }

// answered says whether the answer is there and good.
func (c *call) answered(now int64) bool { return c.status == 200 && now >= c.until }

// start is what one click on the main button sets off.
func (m *mainAction) start() call {
	c := call{from: m.now, until: m.now, result: m.pending}
	if s := m.severity(); s > 0 && m.random.Chance(s) {
		c.result = duringIncident(&m.random)
	} else {
		m.pending = success
	}
	took := m.healthyLatency()
	switch c.result {
	case unconnected:
		return c
	case throwing:
		m.throw(&c)
		return c
	case success, slow:
		c.status = 200
	case misread:
		c.status = 422
	case refused:
		c.status = [...]int{500, 502, 503}[m.random.IntN(3)]
		took += m.random.LogNormal(250*time.Millisecond, .6)
	case timedOut:
		c.status = 504
	}
	if c.result == slow || c.result == timedOut {
		took = m.random.LogNormal(8*time.Second, .4)
	}
	c.until += int64(took)
	if form := m.page().form; form != "" {
		m.submit(form)
	}
	m.mutate(m.now)
	return c
}

// throw is a script that throws; half of the apps do not survive it.
func (m *mainAction) throw(c *call) {
	at := m.now + int64(m.random.LogNormal(40*time.Millisecond, .5))
	c.until = at
	if m.web || m.random.Chance(.5) {
		m.lastError = at
		m.writeError("TypeError", "cannot read properties of undefined (reading 'total')", at)
		m.visits.addFailure(Act{Cause: FailureError}, at, at)
		return
	}
	c.result = fatal
	crash(m.person, at)
	startAgain(m.person, at)
}

// settle writes the answer that has come, if there is one not yet written, and
// says whether it is good.
func (m *mainAction) settle() bool {
	c, pg := &m.call, m.page()
	if c.status == 0 {
		return false
	}
	m.request(pg.op, c.from, c.until, c.status)
	m.mutate(c.until)
	m.tries.add(c.until)
	bad := c.status >= 400
	c.status = 0
	if bad {
		m.lastError = c.until
		m.addCause(Act{Cause: CauseErrorClick, Target: pg.button.id, Op: pg.op}, c.from, c.until)
	}
	return !bad
}
