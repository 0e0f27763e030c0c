package score

import (
	"strings"

	"friction/pipeline/event"
)

// SegmentID names one combination of an app and a value for each dimension.
// 0 is none.
type SegmentID uint32

// Segments numbers the combinations in use. Whoever keeps an id holds it; a
// combination that nobody holds any more is forgotten and its number used again.
type Segments struct {
	names        []string                    // of the dimensions
	read         []func(*event.Event) string // the value that an event has for each
	attrs        bool                        // some dimension is an attribute
	combinations []combination               // by id
	known        map[string]SegmentID        // by key
	free         []SegmentID
	key          []byte // of the combination in hand
}

// combination is an app and a value for each dimension, "" for one not known.
type combination struct {
	app    string
	values []string
	pairs  []Pair // the known ones, as rows show them
	refs   int    // how often it is held
	used   bool
}

// NewSegments returns a registry of the named dimensions.
func NewSegments(names []string) *Segments {
	s := &Segments{names: names, combinations: make([]combination, 1), known: map[string]SegmentID{}}
	for _, name := range names {
		read, attr := dimension(name)
		s.read = append(s.read, read)
		s.attrs = s.attrs || attr
	}
	return s
}

// dimension is how the value of a dimension is read from an event: from a field of
// its context, or from the attribute of that name.
func dimension(name string) (read func(*event.Event) string, attr bool) {
	field := map[string]func(*event.Context) string{
		"device":      func(c *event.Context) string { return c.Device },
		"os":          func(c *event.Context) string { return c.OS },
		"browser":     func(c *event.Context) string { return c.Browser },
		"app_version": func(c *event.Context) string { return c.AppVersion },
		"country":     func(c *event.Context) string { return c.Country },
		"variant":     func(c *event.Context) string { return c.Variant },
		"language":    func(c *event.Context) string { return c.Language },
	}[name]
	if field == nil {
		return func(e *event.Event) string { return e.Attr(name) }, true
	}
	return func(e *event.Event) string {
		if e.Context == nil {
			return ""
		}
		return field(e.Context)
	}, false
}

// Attrs reports whether a dimension is an attribute, so that an event without a
// new context can still bring a value.
func (s *Segments) Attrs() bool { return s.attrs }

// Learn returns the combination id with values that were unknown so far taken from
// e; the first known value of a session stays. It moves the hold from id to what it
// returns. app is the name under which the session is counted.
func (s *Segments) Learn(id SegmentID, app string, e *event.Event) SegmentID {
	old := s.combinations[id].values
	values := make([]string, len(s.read))
	changed := id == 0
	for i, read := range s.read {
		if old != nil {
			values[i] = old[i]
		}
		if values[i] == "" {
			values[i] = read(e)
			changed = changed || values[i] != ""
		}
	}
	if !changed {
		return id
	}
	next := s.intern(app, values)
	s.Release(id)
	return next
}

// intern returns the id of a combination, held once more.
func (s *Segments) intern(app string, values []string) SegmentID {
	s.setKey(app, values)
	if id, ok := s.known[string(s.key)]; ok {
		s.combinations[id].refs++
		return id
	}
	c := combination{app: strings.Clone(app), values: make([]string, len(values)), refs: 1, used: true}
	for i, v := range values {
		c.values[i] = strings.Clone(v)
	}
	c.pairs = s.pairs(c.values)
	var id SegmentID
	if n := len(s.free); n > 0 {
		id, s.free = s.free[n-1], s.free[:n-1]
		s.combinations[id] = c
	} else {
		id = SegmentID(len(s.combinations))
		s.combinations = append(s.combinations, c)
	}
	s.known[string(s.key)] = id
	return id
}

// setKey makes s.key that of a combination. The byte between the texts cannot occur
// in UTF-8.
func (s *Segments) setKey(app string, values []string) {
	s.key = append(append(s.key[:0], app...), 0xff)
	for _, v := range values {
		s.key = append(append(s.key, v...), 0xff)
	}
}

// Has reports whether id is none or a combination in use.
func (s *Segments) Has(id SegmentID) bool {
	return id == 0 || uint64(id) < uint64(len(s.combinations)) && s.combinations[id].used
}

// Retain holds id once more.
func (s *Segments) Retain(id SegmentID) {
	if id != 0 {
		s.combinations[id].refs++
	}
}

// Release lets go of one hold.
func (s *Segments) Release(id SegmentID) {
	if id == 0 {
		return
	}
	c := &s.combinations[id]
	if c.refs--; c.refs > 0 {
		return
	}
	s.setKey(c.app, c.values)
	delete(s.known, string(s.key))
	*c = combination{}
	s.free = append(s.free, id)
}

// App is the app of a combination.
func (s *Segments) App(id SegmentID) string { return s.combinations[id].app }

// Pairs is the combination as rows show it; unknown values are left out. It is
// shared and must not be changed.
func (s *Segments) Pairs(id SegmentID) []Pair { return s.combinations[id].pairs }

// values are those of a combination, by dimension. They must not be changed.
func (s *Segments) values(id SegmentID) []string { return s.combinations[id].values }

func (s *Segments) pairs(values []string) (pairs []Pair) {
	for i, v := range values {
		if v != "" {
			pairs = append(pairs, Pair{s.names[i], v})
		}
	}
	return pairs
}

// save visits the registry. Ids keep their numbers; holds are not saved, because
// whoever holds an id takes it again when it is read.
func (s *Segments) save(st *event.State) {
	event.Slice(st, &s.combinations, func(c *combination) {
		event.Str(st, &c.app)
		event.Slice(st, &c.values, func(v *string) { event.Str(st, v) })
	})
	event.Slice(st, &s.free, func(id *SegmentID) { event.Uint(st, id) })
	if !st.Reading() {
		return
	}
	if len(s.combinations) == 0 {
		s.combinations = make([]combination, 1)
	}
	free := map[SegmentID]bool{0: true}
	for _, id := range s.free {
		if free[id] || uint64(id) >= uint64(len(s.combinations)) {
			st.Fail("free combination of segments that is not there")
			return
		}
		free[id] = true
	}
	for i := range s.combinations {
		if id := SegmentID(i); free[id] {
			s.combinations[id] = combination{}
		} else if !s.restore(id) {
			st.Fail("combination of more segments than there are")
			return
		}
	}
}

// restore completes a combination that was read; false if it cannot be one of ours.
func (s *Segments) restore(id SegmentID) bool {
	c := &s.combinations[id]
	c.used = true
	if len(c.values) > len(s.read) {
		return false
	}
	for len(c.values) < len(s.read) { // a list of empty values is saved as such; nil is not
		c.values = append(c.values, "")
	}
	c.pairs = s.pairs(c.values)
	s.setKey(c.app, c.values)
	s.known[string(s.key)] = id
	return true
}
