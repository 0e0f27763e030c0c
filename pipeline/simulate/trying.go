package simulate

import "time"

// work fills in the page's form and tries its main action until it works or
// the person has had enough.
func (p *person) work() bool {
	s := p.spot()
	if !p.fillIn() {
		return false
	}
	if on, done := p.pleaseThePage(); !on || done {
		return done
	}
	var run struggle
	bad := luck(&p.dice, p.shop.trouble)
	for clicks := 1; ; {
		worked := p.press(clicks, &bad, &run)
		if worked || p.annoyance > p.patience {
			p.endStruggle(&run, s.op)
			if worked {
				p.annoyance /= 2
				p.straw = 0
			}
			return worked
		}
		clicks = p.react(&run)
	}
}

// call is one use of the main action, from click to outcome.
type call struct {
	what        fault
	from, until int64
	status      int // of the request, 0 while there is none to note
}

// busy says whether the button is waiting for an answer and deaf to clicks.
func (c *call) busy(now int64) bool { return c.status > 0 && now < c.until }

// worked says whether the answer is there and good.
func (c *call) worked(now int64) bool { return c.status == 200 && now >= c.until }

// press clicks the main button, several times if in anger, and sees what comes
// of it. bad is what goes wrong on an ordinary day, used up by going wrong.
func (p *person) press(clicks int, bad *fault, run *struggle) bool {
	s, first, last, made := p.spot(), p.now, p.now, 0
	tempo, calm := p.tempo, clicks == 1
	if calm {
		clicks, tempo = p.repeats, 130*time.Millisecond
	}
	var c call
	for made < clicks && (calm || !c.worked(p.now)) {
		p.touch(&s.button)
		last = p.now
		made++
		if !c.busy(p.now) && !c.worked(p.now) {
			p.settle(&c, run)
			c = p.use(bad)
		}
		if made < clicks {
			p.pass(p.dice.LogNormal(tempo, .18))
		}
	}
	if calm {
		p.repeated(made, first)
	} else {
		p.rage(made, first, last)
	}
	return p.outcome(&c, run)
}

// repeated notes the click of those who click more than once out of habit.
func (p *person) repeated(made int, first int64) {
	a := Act{Cause: InnocentDoubleClick, Target: p.spot().button.id, N: made}
	switch made {
	case 1:
		return
	case 3:
		a.Cause = InnocentTripleClick
	}
	p.harmless(a, first)
}

// rage blames clicks that were made in anger: those that no calm person makes.
func (p *person) rage(made int, first, last int64) {
	if made < 2 {
		return
	}
	a := Act{Cause: CauseRageClick, Target: p.spot().button.id, N: made}
	if !p.web {
		a.Cause = CauseRageTap
	}
	p.blame(a, first, last)
	p.annoyance += .3
}

// use is what one click on the main button sets off.
func (p *person) use(bad *fault) call {
	c := call{from: p.now, until: p.now, what: *bad}
	if s := p.severity(); s > 0 && p.dice.Chance(s) {
		c.what = ails(&p.dice)
	} else {
		*bad = nothing
	}
	took := p.takes()
	switch c.what {
	case unconnected:
		return c
	case throwing:
		p.breakDown(&c)
		return c
	case nothing, dawdling:
		c.status = 200
	case misread:
		c.status = 422
	case refused:
		c.status = [...]int{500, 502, 503}[p.dice.IntN(3)]
		took += p.dice.LogNormal(250*time.Millisecond, .6)
	case timedOut:
		c.status = 504
	}
	if c.what == dawdling || c.what == timedOut {
		took = p.dice.LogNormal(8*time.Second, .4)
	}
	c.until += int64(took)
	if form := p.spot().form; form != "" {
		p.submit(form)
	}
	p.change(p.now)
	return c
}

// breakDown is a script that throws; half of the apps do not survive it.
func (p *person) breakDown(c *call) {
	at := p.now + int64(p.dice.LogNormal(40*time.Millisecond, .5))
	if p.web || p.dice.Chance(.5) {
		c.until = at
		p.scriptError(at)
		return
	}
	c.what, c.until = fatal, at
	p.crash(at)
	p.startAgain(at)
}

// settle notes an answer that has come, if there is one, and says whether it
// is good.
func (p *person) settle(c *call, run *struggle) bool {
	if c.status == 0 {
		return false
	}
	s := p.spot()
	p.request(s.op, c.from, c.until, c.status)
	p.change(c.until)
	run.tried(c.until)
	bad := c.status >= 400
	c.status = 0
	if bad {
		p.straw = c.until
		p.blame(Act{Cause: CauseErrorClick, Target: s.button.id, Op: s.op}, c.from, c.until)
	}
	return !bad
}

// outcome waits for what comes of the last use and says whether it worked.
func (p *person) outcome(c *call, run *struggle) bool {
	button := p.spot().button.id
	switch c.what {
	case unconnected:
		p.annoyance += .8
		p.pass(p.dice.LogNormal(3*time.Second, .35))
		p.blame(Act{Cause: CauseDeadClick, Target: button}, c.from, p.now)
		return false
	case throwing, fatal:
		p.blame(Act{Cause: CauseErrorClick, Target: button}, c.from, c.until)
		p.annoyance += .9
		p.pass(p.dice.LogNormal(1500*time.Millisecond, .35))
		if c.what == throwing {
			p.blame(Act{Cause: CauseDeadClick, Target: button}, c.from, p.now)
		}
		return false
	}
	if !p.sitOut(c) {
		p.abandon(c, run)
		return false
	}
	good := p.settle(c, run)
	p.pass(p.dice.LogNormal(400*time.Millisecond, .3))
	if good {
		return true
	}
	p.annoyance++
	if c.what == misread {
		p.straw = 0 // one's own fault
	}
	if fields := p.spot().fields; c.what == misread && len(fields) > 0 {
		p.pass(p.dice.LogNormal(2*time.Second, .5))
		p.fill(&fields[len(fields)-1])
	}
	return false
}

// sitOut waits for an answer as long as this person can, and says whether it
// came. The impatient hammer the deaf button while they wait.
func (p *person) sitOut(c *call) (came bool) {
	slow, meanwhile, poked := false, 0, int64(0)
	for !came {
		wait := int64(p.dice.LogNormal(p.waits, .3))
		if came = c.until-p.now <= wait; came {
			wait = max(c.until-p.now, 0)
		}
		p.now += wait
		if poked > 0 { // the button was deaf
			p.blame(Act{Cause: CauseDeadClick, Target: p.spot().button.id}, poked, p.now)
			poked = 0
		}
		if came {
			break
		}
		slow = true
		p.annoyance += .5
		if p.annoyance > p.patience || p.dice.Chance(.2) {
			break
		}
		switch {
		case p.moves && p.dice.Chance(.7):
			p.shake()
		case p.dice.Chance(p.temper):
			n := p.angryClicks()
			poked = p.now
			p.hammer(n)
			if p.now <= c.until {
				meanwhile += n
			}
		case p.dice.Chance(.4): // is it there at all?
			poked = p.now
			p.touch(&p.spot().button)
			meanwhile++
			p.pass(p.dice.LogNormal(900*time.Millisecond, .3))
		}
	}
	if slow {
		p.blame(Act{Cause: CauseSlow, Op: p.spot().op, N: meanwhile}, c.from, min(p.now, c.until))
	}
	return came
}

// hammer clicks a button that is deaf.
func (p *person) hammer(clicks int) {
	first, last := p.now, p.now
	for i := range clicks {
		if i > 0 {
			p.pass(p.dice.LogNormal(p.tempo, .18))
		}
		p.touch(&p.spot().button)
		last = p.now
	}
	p.rage(clicks, first, last)
}

// angryClicks is how often someone hits a button in one outburst.
func (p *person) angryClicks() int {
	return 3 + min(11, int(p.dice.Exponential(5*time.Second)/time.Second))
}
