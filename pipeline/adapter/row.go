package adapter

import (
	"strconv"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Read reads one record of CSV or TSV.
func (t *table) Read(value []byte, b *fields.Builder) event.Rejection {
	if r := checkUTF8(value); r.Reason != event.Accepted {
		return r
	}
	if t.columns == 0 {
		return event.Rejection{Reason: event.Malformed, Detail: "the names of the columns are not known: want a header line or columns"}
	}
	if at, want := t.split(value); want != "" {
		return malformed(at, want)
	}
	if r := t.level(value); r.Reason != event.Accepted {
		return r
	}
	for i := range t.plain {
		a := &t.plain[i]
		if text := t.eval(a); len(text) > 0 {
			t.assign(a, text, b)
		}
	}
	t.setObjects(b)
	for _, c := range t.attrs {
		if cell := t.cells[c.index]; len(cell) > 0 && !isNullCell(cell) {
			b.AddAttr(c.name, cell)
		}
	}
	return event.Rejection{}
}

// level makes a row as long as the header: cells that are missing at its end are
// empty, and empty ones beyond it are nothing. With other cells beyond it nobody
// knows which of them belongs to which column.
func (t *table) level(value []byte) event.Rejection {
	n := len(t.cells)
	if n == 1 && t.columns > 1 {
		if hint := t.hint(value, t.columns-1); hint != "" {
			return event.Rejection{Reason: event.Malformed, Detail: "the row has 1 column: want " + strconv.Itoa(t.columns) + "; " + hint}
		}
	}
	for len(t.cells) < t.columns {
		t.cells = append(t.cells, nil)
	}
	for _, cell := range t.cells[t.columns:] {
		if len(cell) > 0 {
			return event.Rejection{
				Reason: event.Malformed,
				Detail: "the row has " + strconv.Itoa(n) + " columns: want " + strconv.Itoa(t.columns) + "; is there a delimiter in a cell without quotes?",
			}
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
	if cell := t.cells[m.index]; !isNullCell(cell) {
		return cell
	}
	return nil
}

// isNullCell recognises how databases write that a cell is empty.
func isNullCell(cell []byte) bool { return len(cell) == 2 && cell[0] == '\\' && cell[1] == 'N' }

// assign gives a field of the event the value written in text, which is not empty.
func (t *table) assign(a *assignment, text []byte, b *fields.Builder) {
	switch f := a.field; {
	case f.Kind() == fields.TimeKind:
		b.ReadTime(f, &t.dates, text, a.unit, a.zone)
	case f == fields.Duration && a.unit != fields.GuessedUnit:
		b.SetDuration(text, a.unit)
	case f.Kind() == fields.TextKind:
		b.SetText(f, text)
	case f.Kind() == fields.NumberKind:
		b.SetNumber(f, text)
	default:
		b.SetBoolText(f, text)
	}
}

// setObjects makes target, context, error and attributes of a row.
func (t *table) setObjects(b *fields.Builder) {
	e := b.Event()
	if list := t.parts[fields.Target]; len(list) > 0 {
		e.Target = composed(t, b, t.targets, list, setTarget)
	}
	if list := t.parts[fields.Context]; len(list) > 0 {
		e.Context = composed(t, b, t.contexts, list, setContext)
	}
	if list := t.parts[fields.Error]; len(list) > 0 {
		e.Error = composed(t, b, t.errors, list, setError)
	}
	for i := range t.parts[fields.Attrs] {
		a := &t.parts[fields.Attrs][i]
		if text := t.eval(a); len(text) > 0 {
			b.AddAttr(a.part, text)
		}
	}
}
