package simulate

import "time"

// takeStep is a page that is a step of a journey: take it in, do what it asks,
// go on. Some leave for reasons of their own, others because they have had
// enough.
func (p *person) takeStep() {
	if !p.reach(p.next) {
		p.giveUp()
		return
	}
	p.takeIn()
	switch {
	case p.gone || p.hadEnough():
	case p.dice.Chance(p.spot().leaves):
		p.leave()
	case p.work():
		p.goOn()
	default:
		p.giveUp()
	}
}

// struggle is a row of tries at one operation, each but perhaps the last
// without success.
type struggle struct {
	tries       int
	first, last int64 // when their outcomes were known
	again       bool  // the first of them repeats one from before a look elsewhere
}

func (r *struggle) tried(at int64) {
	if r.tries == 0 {
		r.first = at
	}
	r.tries++
	r.last = at
}

// endStruggle blames the repeats of a struggle, if there were any. What is tried
// after it is a repeat, too.
func (p *person) endStruggle(r *struggle, op string) {
	repeats := r.tries - 1
	if r.again {
		repeats++
	}
	if r.tries > 0 && repeats > 0 {
		p.blame(Act{Cause: CauseRetry, Op: op, N: repeats}, r.first, r.last)
	}
	*r = struggle{again: r.again || r.tries > 0}
}

// reach opens a step's page, again and again if it will not load, until it
// does or patience ends.
func (p *person) reach(to place) bool {
	var run struggle
	first, last, opened, loaded := p.now, p.now, 0, false
	for !loaded && (opened == 0 || p.annoyance <= p.patience) {
		if opened > 0 {
			p.pass(p.dice.LogNormal(1900*time.Millisecond, .4))
		}
		last = p.now
		p.show(to, 0)
		opened++
		if loaded = p.load(); !loaded {
			p.annoyance += .7
			if opened == 1 && p.pressed > 0 { // a control has led here
				p.blame(Act{Cause: CauseErrorClick, Op: p.spot().loads}, last, p.now)
			}
		}
		run.tried(p.now)
	}
	if run.tries > 1 {
		p.blame(Act{Cause: CauseRetry, Op: p.spot().loads, N: run.tries - 1}, run.first, run.last)
	}
	if opened > 1 {
		p.blame(Act{Cause: CauseReloadLoop, Page: string(p.page), N: opened - 1}, first, last)
	}
	return loaded
}

// goOn follows a finished step.
func (p *person) goOn() {
	p.pressed = p.now
	switch {
	case p.at == confirmation && p.dice.Chance(.2):
		p.goal, p.appetite = look, p.dice.IntBetween(1, 3)
		p.turnTo(home)
	case p.at == welcome:
		p.member = true
		p.head = p.introduce(p.head[:0])
		p.goal, p.appetite = goal(p.dice.Weighted(50, 50)), p.dice.IntBetween(1, 4)
		p.turnTo(category)
	case p.at == confirmation:
		p.leave()
	default:
		p.next = p.at + 1
	}
}

// giveUp is having had enough: of the shop, or of all but a look at its help.
func (p *person) giveUp() {
	p.blame(Act{Cause: CauseDropOff, Page: string(p.page)}, p.now, p.now)
	p.pass(p.dice.LogNormal(1200*time.Millisecond, .6))
	if p.at != help && p.dice.Chance(.2) {
		p.helpSought()
		p.goal, p.appetite = look, 1
		p.turnTo(help)
		return
	}
	p.leave()
}

// leftOver blames the error after which a person has left.
func (p *person) leftOver() {
	if p.straw == 0 {
		return
	}
	p.blame(Act{Cause: CauseErrorLeave, Page: string(p.page)}, p.straw, max(p.latest, p.straw))
	if !p.roamed {
		p.blame(Act{Cause: CauseErrorBounce, Page: string(p.page)}, p.straw, max(p.latest, p.straw))
	}
}
