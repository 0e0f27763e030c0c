package decode

import (
	"strconv"

	"friction/pipeline/event"
)

// row reads one record of CSV or TSV.
func (d *Decoder) row(value []byte, e *event.Event) event.Rejection {
	t := d.table
	if t.columns == 0 {
		return event.Rejection{Reason: event.Malformed, Detail: "the names of the columns are not known: want a header line or columns"}
	}
	if at, want := t.split(value); want != "" {
		return malformed(at, want)
	}
	if len(t.cells) != t.columns {
		return event.Rejection{
			Reason: event.Malformed,
			Detail: "the row has " + strconv.Itoa(len(t.cells)) + " columns: want " + strconv.Itoa(t.columns),
		}
	}
	for i := range t.plain {
		a := &t.plain[i]
		if b := t.eval(a); len(b) > 0 {
			d.assign(a, b, e)
		}
	}
	d.rowParts(e)
	for _, c := range t.rest {
		if b := t.cells[c.index]; len(b) > 0 {
			d.addAttr(c.name, b)
		}
	}
	return event.Rejection{}
}

// eval is the value of an assignment; empty when all its columns are.
func (t *table) eval(a *assignment) []byte {
	if len(a.terms) == 1 {
		return t.term(&a.terms[0])
	}
	t.joined = t.joined[:0]
	some := false
	for i := range a.terms {
		b := t.term(&a.terms[i])
		t.joined = append(t.joined, b...)
		some = some || a.terms[i].column != "" && len(b) > 0
	}
	if !some {
		return nil
	}
	return t.joined
}

func (t *table) term(m *term) []byte {
	if m.column == "" {
		return m.constant
	}
	return t.cells[m.index]
}

// assign gives a field of the event the value written in b, which is not empty.
func (d *Decoder) assign(a *assignment, b []byte, e *event.Event) {
	switch f := a.field; {
	case f == timeField:
		d.assignTime(a.unit, b, e)
	case f == durationField && a.unit != guessed:
		n, ok := parseFloor(b, a.unit.shift(), 0, maxDuration)
		if !ok {
			d.wrong(wants[f])
		}
		e.Duration = event.Millis(n)
		e.Flags |= event.HasDuration
	case kinds[f] == textKind:
		d.setText(f, b, e)
	case kinds[f] == numberKind:
		if !d.setNumber(f, b, e) {
			d.wrong(wants[f])
		}
	case string(b) == "true" || string(b) == "1":
		setBool(f, true, e)
	case string(b) == "false" || string(b) == "0":
		setBool(f, false, e)
	default:
		d.wrong(wants[f])
	}
}

func (d *Decoder) assignTime(u unit, b []byte, e *event.Event) {
	ok := false
	n, number := parseDecimal(b)
	switch {
	case u == rfc3339 || u == guessed && !number:
		e.Time, ok = d.dates.datetime(b)
	case number:
		if u == guessed {
			u = guessUnit(n)
		}
		var ms int64
		ms, _, ok = n.scaled(u.shift())
		e.Time = event.Millis(ms)
	}
	if d.found.time = wrong; ok {
		d.found.time = present
	}
}

// guessUnit tells the unit of a Unix time by its size: below 10^11 seconds, which
// ends in the year 5138, then milliseconds, which begin in 1973, and so on.
func guessUnit(n decimal) unit {
	v, _, ok := n.scaled(0)
	switch {
	case !ok:
		return nanoseconds
	case v < 1e11 && v > -1e11:
		return seconds
	case v < 1e14 && v > -1e14:
		return milliseconds
	case v < 1e17 && v > -1e17:
		return microseconds
	}
	return nanoseconds
}

// rowParts makes target, context, error and attributes of a row.
func (d *Decoder) rowParts(e *event.Event) {
	t := d.table
	if list := t.parts[targetField]; len(list) > 0 {
		e.Target = composed(d, d.pool.targets, list, setTarget)
	}
	if list := t.parts[contextField]; len(list) > 0 {
		e.Context = composed(d, d.pool.contexts, list, setContext)
	}
	if list := t.parts[errorField]; len(list) > 0 {
		e.Error = composed(d, d.pool.errors, list, setError)
	}
	for i := range t.parts[attrsField] {
		a := &t.parts[attrsField][i]
		if b := t.eval(a); len(b) > 0 {
			d.addAttr(a.part, b)
		}
	}
}
