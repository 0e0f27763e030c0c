package adapter

import (
	"errors"
	"fmt"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// assignment is one entry of a map: what a field of the event is made of.
type assignment struct {
	name  string // as written, for messages
	field fields.Field
	part  string // the member of target, context, error or attrs
	terms []term
	unit  fields.Unit
	zone  *fields.Zone // of times without an offset; nil for UTC
	at    int          // where it stands in the map, from 1
}

// term is a constant or a column.
type term struct {
	constant []byte
	column   string // "" for a constant
	index    int    // of the column, once the header is known
	at       int
}

// mapParser reads the text of [Options].Map.
type mapParser struct {
	text  string
	i     int
	seen  map[string]bool
	zones map[string]fields.Zone // nil to look for names alone
	named []string               // zones that the map names
}

// ZonesOf are the time zones that a map names: "time=ts:Europe/Berlin" names one.
// Whether the rest of the map can be read is not looked at.
func ZonesOf(text string) []string {
	p := mapParser{text: text, seen: map[string]bool{}}
	_, _, _ = p.read() // what is wrong is said when the map is used
	return p.named
}

// parseMap reads a map. star is true when all columns it does not name become
// attributes. zones are those that [ZonesOf] has named.
func parseMap(text string, zones map[string]fields.Zone) (list []assignment, star bool, err error) {
	if zones == nil {
		zones = map[string]fields.Zone{}
	}
	p := mapParser{text: text, seen: map[string]bool{}, zones: zones}
	return p.read()
}

func (p *mapParser) read() (list []assignment, star bool, err error) {
	for {
		a, err := p.entry()
		if err != nil {
			return nil, false, fmt.Errorf("map: %w", err)
		}
		if a.field == fields.Attrs && a.part == "" {
			star = true
		} else {
			list = append(list, a)
		}
		if p.i == len(p.text) {
			break
		}
		p.i++ // the comma
	}
	for _, name := range []string{"time", "user", "type"} {
		if !p.seen[name] {
			return nil, false, fmt.Errorf("map: nothing for %s: want %s=COLUMN or %s='a constant'", name, name, name)
		}
	}
	return list, star, nil
}

// entry reads field=expression[:unit].
func (p *mapParser) entry() (a assignment, err error) {
	a.at = p.position()
	a.name = p.word()
	if !p.accept('=') {
		return a, p.fail(`"=" after the field`)
	}
	if a.field, a.part, err = mapField(a.name); err != nil {
		return a, fmt.Errorf("at character %d: %w", a.at, err)
	}
	if p.seen[a.name] {
		return a, fmt.Errorf("at character %d: %s is given twice", a.at, a.name)
	}
	p.seen[a.name] = true
	if a.field == fields.Attrs && a.part == "" {
		if !p.accept('*') {
			return a, p.fail(`"*" for all other columns, or attrs.NAME=COLUMN`)
		}
		return a, p.end()
	}
	for {
		t, err := p.term()
		if err != nil {
			return a, err
		}
		a.terms = append(a.terms, t)
		if !p.accept('+') {
			break
		}
	}
	if p.accept(':') {
		if err = p.unit(&a); err != nil {
			return a, err
		}
	}
	return a, p.end()
}

// mapField returns the field that an entry names.
func mapField(name string) (f fields.Field, part string, err error) {
	object, part, dotted := strings.Cut(name, ".")
	f = fields.Of([]byte(object))
	known := f != fields.Unknown && (!dotted || f.Kind() == fields.ObjectKind && part != "")
	switch {
	case !known, f == fields.Context && fields.ContextMember(&event.Context{}, part) == nil, f == fields.Error && fields.ErrorMember(&event.Error{}, part) == nil,
		f == fields.Target && dotted && part != "classes" && fields.TargetMember(&event.Target{}, part) == nil:
		return f, part, fmt.Errorf("%q is no field: want one of %s", name, mapFields)
	case f == fields.Target && !dotted:
		part = "id"
	}
	return f, part, nil
}

const mapFields = "time user type id app name account session page op x y status ok duration_ms attempt keyboard sent_at received_at clock_corrected " +
	"target target.* context.* error.* attrs.*"

// term reads 'a constant', "a column" or a column.
func (p *mapParser) term() (t term, err error) {
	p.spaces()
	t.at = p.position()
	if p.i < len(p.text) && (p.text[p.i] == '\'' || p.text[p.i] == '"') {
		quote := p.text[p.i]
		text, err := p.quoted(quote)
		if err != nil {
			return t, err
		}
		if quote == '\'' {
			t.constant = []byte(text)
			return t, nil
		}
		t.column = text
	} else {
		t.column = p.word()
	}
	if t.column == "" {
		return t, p.fail("a column or a 'constant'")
	}
	return t, nil
}

// quoted reads text between two quotes of one kind; such a quote inside is written
// twice.
func (p *mapParser) quoted(quote byte) (string, error) {
	var text strings.Builder
	for start, i := p.i, p.i+1; i < len(p.text); i++ {
		switch {
		case p.text[i] != quote:
			text.WriteByte(p.text[i])
		case i+1 < len(p.text) && p.text[i+1] == quote:
			text.WriteByte(quote)
			i++
		default:
			p.i = i + 1
			p.spaces()
			return text.String(), nil
		}
		p.i = start
	}
	return "", p.fail(fmt.Sprintf("a closing %c", quote))
}

// unit reads the unit of a time or duration, or the zone of a time.
func (p *mapParser) unit(a *assignment) error {
	at := p.position()
	name := p.word()
	timed := a.field.Kind() == fields.TimeKind
	switch f := a.field; {
	case !timed && f != fields.Duration:
		return fmt.Errorf("at character %d: only times and duration_ms have a unit", at)
	case timed && name == "rfc3339":
		a.unit = fields.RFC3339
	case units[name] != fields.GuessedUnit:
		a.unit = units[name]
	case timed && (name == "UTC" || strings.Contains(name, "/")):
		return p.zone(a, name, at)
	case timed:
		return fmt.Errorf("at character %d: unit %q: want s, ms, us, ns, rfc3339 or a time zone such as Europe/Berlin", at, name)
	default:
		return fmt.Errorf("at character %d: unit %q: want s, ms, us or ns", at, name)
	}
	return nil
}

var units = map[string]fields.Unit{
	"s": fields.Seconds, "ms": fields.Milliseconds, "us": fields.Microseconds, "ns": fields.Nanoseconds,
}

// zone takes the zone of a name. Its rules are given to us, see [Options].
func (p *mapParser) zone(a *assignment, name string, at int) error {
	p.named = append(p.named, name)
	if p.zones == nil {
		return nil
	}
	zone, ok := p.zones[name]
	if !ok || len(zone.Since) == 0 {
		return fmt.Errorf("at character %d: there is no time zone %q: want one of the time zone database such as Europe/Berlin", at, name)
	}
	a.zone = &zone
	return nil
}

// word reads up to the next character of the grammar, without white space around it.
func (p *mapParser) word() string {
	n := strings.IndexAny(p.text[p.i:], `,=+:'"*`)
	if n < 0 {
		n = len(p.text) - p.i
	}
	word := p.text[p.i : p.i+n]
	p.i += n
	return strings.TrimSpace(word)
}

func (p *mapParser) spaces() {
	for p.i < len(p.text) && (p.text[p.i] == ' ' || p.text[p.i] == '\t' || p.text[p.i] == '\n') {
		p.i++
	}
}

// accept reads one byte if it is c.
func (p *mapParser) accept(c byte) bool {
	p.spaces()
	if p.i < len(p.text) && p.text[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *mapParser) end() error {
	p.spaces()
	if p.i < len(p.text) && p.text[p.i] != ',' {
		return p.fail("a comma before the next field")
	}
	return nil
}

func (p *mapParser) position() int {
	p.spaces()
	return p.i + 1
}

func (p *mapParser) fail(want string) error {
	if p.text == "" {
		return errors.New("it is empty: want field=column, …")
	}
	return fmt.Errorf("at character %d: want %s", p.position(), want)
}
