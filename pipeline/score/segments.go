package score

import (
	"strings"

	"friction/pipeline/event"
)

// SegmentID names one combination of an app and a value for each dimension.
// 0 is none.
type SegmentID uint32

// Segments numbers the combinations in use. A combination is forgotten when
// nothing holds it any more.
type Segments struct {
	names []string
	of    []func(*event.Event) string
	attrs bool // some dimension is an attribute
	sets  []segmentSet
	known map[string]SegmentID
	free  []SegmentID
	key   []byte
}

type segmentSet struct {
	app    string
	values []string
	pairs  []Pair // the known ones, as rows show them
	refs   int
	used   bool
}

// NewSegments returns a registry of the named dimensions.
func NewSegments(names []string) *Segments {
	s := &Segments{names: names, sets: make([]segmentSet, 1), known: map[string]SegmentID{}}
	for _, name := range names {
		of, attr := dimension(name)
		s.of = append(s.of, of)
		s.attrs = s.attrs || attr
	}
	return s
}

func dimension(name string) (of func(*event.Event) string, attr bool) {
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

// Learn returns the combination id with values that were unknown so far taken
// from e; the first known value of a session stands. It moves the hold from id
// to what it returns.
func (s *Segments) Learn(id SegmentID, e *event.Event) SegmentID {
	old := s.sets[id].values
	values := make([]string, len(s.of))
	changed := id == 0
	for i, of := range s.of {
		if old != nil {
			values[i] = old[i]
		}
		if values[i] == "" {
			values[i] = of(e)
			changed = changed || values[i] != ""
		}
	}
	if !changed {
		return id
	}
	next := s.hold(e.App, values)
	s.Release(id)
	return next
}

// hold returns the combination, held once more.
func (s *Segments) hold(app string, values []string) SegmentID {
	s.key = append(append(s.key[:0], app...), 0xff)
	for _, v := range values {
		s.key = append(append(s.key, v...), 0xff)
	}
	if id, ok := s.known[string(s.key)]; ok {
		s.sets[id].refs++
		return id
	}
	set := segmentSet{app: strings.Clone(app), values: make([]string, len(values)), refs: 1, used: true}
	for i, v := range values {
		set.values[i] = strings.Clone(v)
	}
	s.pair(&set)
	var id SegmentID
	if n := len(s.free); n > 0 {
		id, s.free = s.free[n-1], s.free[:n-1]
		s.sets[id] = set
	} else {
		id = SegmentID(len(s.sets))
		s.sets = append(s.sets, set)
	}
	s.known[string(s.key)] = id
	return id
}

// Has reports whether id is none or a combination in use.
func (s *Segments) Has(id SegmentID) bool {
	return id == 0 || uint64(id) < uint64(len(s.sets)) && s.sets[id].used
}

// Retain holds id once more.
func (s *Segments) Retain(id SegmentID) {
	if id != 0 {
		s.sets[id].refs++
	}
}

// Release lets go of one hold.
func (s *Segments) Release(id SegmentID) {
	if id == 0 {
		return
	}
	set := &s.sets[id]
	if set.refs--; set.refs > 0 {
		return
	}
	s.key = append(append(s.key[:0], set.app...), 0xff)
	for _, v := range set.values {
		s.key = append(append(s.key, v...), 0xff)
	}
	delete(s.known, string(s.key))
	*set = segmentSet{}
	s.free = append(s.free, id)
}

// App is whose combination it is.
func (s *Segments) App(id SegmentID) string { return s.sets[id].app }

// Pairs is the combination as rows show it; unknown values are left out. It is
// shared and must not be changed.
func (s *Segments) Pairs(id SegmentID) []Pair { return s.sets[id].pairs }

func (s *Segments) pair(set *segmentSet) {
	set.pairs = nil
	for i, v := range set.values {
		if v != "" {
			set.pairs = append(set.pairs, Pair{s.names[i], v})
		}
	}
}

// save visits the registry. Ids keep their numbers; holds are taken anew by who
// holds them.
func (s *Segments) save(st *event.State) {
	event.Slice(st, &s.sets, func(set *segmentSet) {
		event.Str(st, &set.app)
		event.Slice(st, &set.values, func(v *string) { event.Str(st, v) })
	})
	event.Slice(st, &s.free, func(id *SegmentID) { event.Uint(st, id) })
	if !st.Reading() {
		return
	}
	if len(s.sets) == 0 {
		s.sets = make([]segmentSet, 1)
	}
	free := map[SegmentID]bool{0: true}
	for _, id := range s.free {
		if free[id] || uint64(id) >= uint64(len(s.sets)) {
			st.Fail("free combination of segments that is not there")
			return
		}
		free[id] = true
	}
	for id := range s.sets {
		set := &s.sets[id]
		if free[SegmentID(id)] {
			*set = segmentSet{}
			continue
		}
		if set.used = true; len(set.values) > len(s.of) {
			st.Fail("combination of more segments than there are")
			return
		}
		for len(set.values) < len(s.of) { // a list of empty values is saved as such; nil is not
			set.values = append(set.values, "")
		}
		s.pair(set)
		s.key = append(append(s.key[:0], set.app...), 0xff)
		for _, v := range set.values {
			s.key = append(append(s.key, v...), 0xff)
		}
		s.known[string(s.key)] = SegmentID(id)
	}
}
