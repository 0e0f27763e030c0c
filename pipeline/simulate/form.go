package simulate

import (
	"strconv"
	"time"
)

// CauseFormAbandonment is a word of the truth file.
const CauseFormAbandonment = "form_abandonment" // filled in fields and left the form; N fields

// leaveForm turns away from a form: what was filled in is lost.
func (p *person) leaveForm() {
	if f := p.form; f.fields > 0 {
		p.addCause(Act{Cause: CauseFormAbandonment, Page: string(p.pageName), N: f.fields}, f.first, f.last)
	}
	p.form = formState{}
}

// submit sends a form that the page itself finds nothing wrong with.
func (p *person) submit(name string) {
	p.form = formState{}
	p.writeSubmit(name, true)
}

// refuseForm is the page finding something wrong with a form.
func (p *person) refuseForm(name string) {
	p.form = formState{}
	p.writeSubmit(name, false)
}

// fill enters a field and types; only the length of what is typed is known.
func (p *person) fill(e *element) {
	p.onElement("focus", e)
	p.pass(p.random.LogNormal(1300*time.Millisecond, .4))
	p.typeInto(e)
}

// typeInto types into the field one is in, and leaves it.
func (p *person) typeInto(e *element) {
	p.form.filled(e, p.now)
	for range p.random.IntBetween(1, 2) {
		b := p.appendTarget(p.begin("input", p.now), e)
		b = append(b, `,"attrs":{"length":`...)
		b = append(strconv.AppendInt(b, int64(p.random.IntBetween(1, 24)), 10), '}')
		p.end(b, p.now, clickstream)
		p.pass(p.random.LogNormal(1100*time.Millisecond, .5))
	}
	p.form.last = p.now
	p.onElement("blur", e)
}
