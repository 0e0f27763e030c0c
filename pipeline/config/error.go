package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Error is everything that is wrong with a configuration, in the order of the file. Its text has one line for each
// problem.
type Error struct{ Problems []Problem }

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Problem is one wrong setting.
type Problem struct {
	Place Place
	Key   string // path from the root, such as sessions.gap; "" when the whole file is wrong
	Text  string // what is wrong and what to do, without a secret's value
}

func (p Problem) String() string {
	parts := []string{}
	for _, part := range []string{p.Place.String(), p.Key, p.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// Place is where a setting was made: in a file, or by an environment variable or a flag. The zero value is a default.
type Place struct {
	File         string
	Line, Column int    // from 1; 0 when only the file is known
	From         string // FRICTION_KAFKA_BROKERS or --set kafka.brokers
}

func (p Place) String() string {
	switch {
	case p.From != "":
		return p.From
	case p.File != "" && p.Line > 0:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	return p.File
}

// places remembers where each key was set last.
type places map[string]Place

// note remembers where a key was set, and keys below it.
func (p places) note(at Place, key string, below []string) {
	p[key] = at
	for _, name := range below {
		p[join(key, name)] = at
	}
}

// of is the place of a key, or of the section or list that contains it.
func (p places) of(key string) Place {
	for key != "" {
		if at, ok := p[key]; ok {
			return at
		}
		key = parent(key)
	}
	return Place{}
}

// parent is journeys.list of journeys.list[2], and journeys of journeys.list.
func parent(key string) string {
	return key[:max(strings.LastIndexAny(key, ".["), 0)]
}

var keyPattern = regexp.MustCompile(`[a-z][a-z0-9_]*(?:\.[a-z0-9_]+|\[\d+\])*`)

// explain finds the key that a Validate error of a section begins with, and where it was set.
func (p places) explain(section string, err error) Problem {
	text := err.Error()
	key := section
	if head, rest, ok := strings.Cut(text, ": "); ok && keyPattern.FindString(head) == head {
		switch {
		case within(head, section):
			key, text = head, rest
		case section != "":
			key, text = section+"."+head, rest
		}
	}
	at := p.of(key)
	if _, exact := p[key]; !exact {
		for _, mentioned := range keyPattern.FindAllString(text, -1) { // of two keys that contradict each other, one may have been set
			if other, ok := p[mentioned]; ok && strings.Contains(mentioned, ".") {
				at = other
			}
		}
	}
	return Problem{Place: at, Key: key, Text: text}
}

// within reports whether key lies in the section; everything lies in "".
func within(key, section string) bool {
	rest, ok := strings.CutPrefix(key, section)
	return ok && (rest == "" || section == "" || rest[0] == '.' || rest[0] == '[')
}

// flatten lists what errors.Join put together.
func flatten(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}
