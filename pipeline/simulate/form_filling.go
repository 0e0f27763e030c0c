package simulate

import "time"

// Words of the truth file for filling in fields.
const (
	CauseHesitation   = "hesitation"    // sat before a field, not knowing what to write
	CauseFieldReentry = "field_reentry" // came back to a field, unsure what to write; N returns
	InnocentLookUp    = "look_up"       // a pause in a field, to fetch what it asks for
	InnocentTypo      = "typo"          // a slip, mended at once
)

// fillForm fills in the page's form, if it has one, and says whether the person
// is willing to send it.
func fillForm(p *person) bool {
	fields := p.page().fields
	stop := len(fields)
	if stop > 1 && p.strikes(.002) {
		stop = p.random.IntBetween(1, stop-1) // the next one asks for something too private
	}
	for i := range fields {
		if i == stop {
			p.onElement("focus", &fields[i])
			p.pass(p.random.LogNormal(3*time.Second, .4))
			p.onElement("blur", &fields[i])
			p.annoyance += p.patience
			return false
		}
		fillField(p, &fields[i])
		p.pass(p.random.LogNormal(600*time.Millisecond, .5))
	}
	if len(fields) > 1 {
		returnToField(p, fields)
	}
	return true
}

// fillField fills in a field. Some people have to think first, and others have to
// fetch something.
func fillField(p *person, e *element) {
	switch {
	case p.strikes(.0004):
		p.onElement("focus", e)
		first := p.now
		p.pass(p.random.LogNormal(26*time.Second, .35))
		p.addCause(Act{Cause: CauseHesitation, Target: e.id}, first, p.now)
		p.typeInto(e)
	case p.random.Chance(.008):
		p.onElement("focus", e)
		first := p.now
		p.pass(p.random.LogNormal(1500*time.Millisecond, .4))
		p.hide()
		p.pass(p.random.LogNormal(20*time.Second, .5))
		p.comeBack()
		p.pass(p.random.LogNormal(1200*time.Millisecond, .4))
		p.addInnocent(Act{Cause: InnocentLookUp, Target: e.id}, first)
		p.typeInto(e)
	default:
		p.fill(e)
	}
}

// returnToField goes back to a field: once to mend a slip, or again and again by
// those who do not know what it wants.
func returnToField(p *person, fields []element) {
	times, i := 0, p.random.IntN(len(fields))
	switch {
	case p.strikes(.001):
		times = p.random.IntBetween(2, 5)
	case p.random.Chance(.02):
		times = 1
	default:
		return
	}
	field, other := &fields[i], &fields[(i+1)%len(fields)]
	first := p.now
	for n := range times {
		if n > 0 {
			p.onElement("focus", other)
			p.pass(p.random.LogNormal(1600*time.Millisecond, .4))
			p.onElement("blur", other)
			p.pass(p.random.LogNormal(700*time.Millisecond, .4))
		}
		p.fill(field)
		p.pass(p.random.LogNormal(800*time.Millisecond, .4))
	}
	if times == 1 {
		p.addInnocent(Act{Cause: InnocentTypo, Target: field.id, N: 1}, first)
		return
	}
	p.addCause(Act{Cause: CauseFieldReentry, Target: field.id, N: times}, first, p.now)
	if times > 2 { // unsure about both
		p.addCause(Act{Cause: CauseFieldReentry, Target: other.id, N: times - 1}, first, p.now)
	}
	p.annoyance += .1 * float64(times)
}
