package tuning

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
	"friction/pipeline/signals"
)

// Suppress is one known false alarm: what it looks like, the signals that must not be made of it, and the complaint
// it answers. An event that matches one of its lists is hidden from those signals. An entry with the name of a
// built-in one replaces it.
type Suppress struct {
	// Name of the entry.
	Name string `yaml:"name"`
	// Answers says which complaint it answers, and where that was read.
	Answers string `yaml:"answers"`
	// Off switches the entry off.
	Off bool `yaml:"off"`
	// Signals are the names of the signals that are not made of it.
	Signals []string `yaml:"signals"`
	// Text lists labels, whatever their case; the whole label must be equal.
	Text journey.Values `yaml:"text"`
	// Class lists classes, or what they begin with before a - or _: `swiper` is also swiper-button-next.
	Class journey.Values `yaml:"class"`
	// Role lists ARIA roles.
	Role journey.Values `yaml:"role"`
	// Tag lists elements.
	Tag journey.Values `yaml:"tag"`
	// InputType lists types of input elements.
	InputType journey.Values `yaml:"input_type"`
	// ID is a glob over the target's id.
	ID journey.Values `yaml:"id"`
	// Selector is a glob over the target's selector; `**` stands for anything.
	Selector journey.Values `yaml:"selector"`
	// Href is a glob over where a link leads.
	Href journey.Values `yaml:"href"`
	// Error is a glob over the message of an error, its kind, or both as `kind: message`. Of error, op, status and attrs all that are given must hold; they hide errors, crashes, requests and submits.
	Error journey.Values `yaml:"error"`
	// Op is a glob over the operation of a request or the form of a submit.
	Op journey.Values `yaml:"op"`
	// Status is a status such as 404, or some: 5xx, 400-499.
	Status journey.Values `yaml:"status"`
	// Attrs are globs over attributes, by name.
	Attrs map[string]journey.Values `yaml:"attrs"`
	// After are event types: what is clicked within `for` after one of them is left out.
	After journey.Values `yaml:"after"`
	// For is how long after; 0 with `after` means that clicks before the event are forgotten, unless a run has begun.
	For time.Duration `yaml:"for"`
}

// suppression is all entries, sorted by what they compare.
type suppression struct {
	kinds            detect.KindSet // that anything is left out of
	text, class      map[string]detect.KindSet
	role, tag, input map[string]detect.KindSet
	globs            []globSet
	woken            []detect.Woken
	events           []detect.HiddenEvents
	forget           [signals.NumKinds]detect.Types
	longestText      int
	judged           map[*event.Target]detect.KindSet // the latest targets
}

type globSet struct {
	match func(string) bool
	of    func(*event.Target) string
	kinds detect.KindSet
}

// compileSuppression puts the built-in entries and those of the configuration
// together. Errors begin with the place in the list.
func compileSuppression(own []Suppress) (*suppression, error) {
	s := &suppression{
		judged: map[*event.Target]detect.KindSet{},
		text:   map[string]detect.KindSet{}, class: map[string]detect.KindSet{}, role: map[string]detect.KindSet{}, tag: map[string]detect.KindSet{}, input: map[string]detect.KindSet{},
	}
	for _, builtIn := range falseAlarms {
		if slices.ContainsFunc(own, func(x Suppress) bool { return x.Name == builtIn.Name }) {
			continue
		}
		if err := s.take(builtIn); err != nil {
			return s, fmt.Errorf(": built-in entry %s%w", builtIn.Name, err)
		}
	}
	for i, x := range own {
		x, err := x.complete()
		if err != nil {
			return s, fmt.Errorf("[%d]%w", i, err)
		}
		if err := s.take(x); err != nil {
			return s, fmt.Errorf("[%d]%w", i, err)
		}
	}
	return s, nil
}

// plan is the part that detectors need.
func (s *suppression) plan() detect.Hidden {
	return detect.Hidden{Kinds: s.kinds, Target: s.verdict, Woken: s.woken, Events: s.events}
}

// complete checks an entry of the configuration. One that only switches a
// built-in entry off needs no more than its name.
func (x Suppress) complete() (Suppress, error) {
	if x.Name == "" {
		return x, fmt.Errorf(".name: missing")
	}
	isBuiltIn := slices.ContainsFunc(falseAlarms, func(b Suppress) bool { return b.Name == x.Name })
	switch {
	case x.Off && !isBuiltIn:
		return x, fmt.Errorf(".off: there is no built-in entry %q to switch off", x.Name)
	case x.Off:
		return x, nil
	case len(x.Signals) == 0:
		return x, fmt.Errorf(".signals: missing; name the signals that are not made of it, such as [rage_click]")
	case len(x.Text)+len(x.Class)+len(x.Role)+len(x.Tag)+len(x.InputType)+len(x.ID)+len(x.Selector)+len(x.Href)+len(x.After) == 0 && !x.isOfEvents():
		return x, fmt.Errorf(": fits nothing; give at least one of text, class, role, tag, input_type, id, selector, href, error, op, status, attrs, after")
	case x.For < 0 || x.For > detect.Longest || x.For%time.Millisecond != 0:
		return x, fmt.Errorf(".for: %v is not a whole number of milliseconds from 0 to %v", x.For, detect.Longest)
	}
	return x, nil
}

// take adds an entry to the compiled lists. Errors begin with the key below it.
func (s *suppression) take(x Suppress) error {
	if x.Off {
		return nil
	}
	var kinds detect.KindSet
	for i, name := range x.Signals {
		k, ok := signals.KindOf(name)
		if !ok {
			return fmt.Errorf(".signals[%d]: no signal of the name %q", i, name)
		}
		kinds |= 1 << k
	}
	for _, text := range x.Text {
		low := strings.ToLower(strings.TrimSpace(text))
		s.text[low] |= kinds
		s.longestText = max(s.longestText, len(low))
	}
	for _, list := range []struct {
		of     map[string]detect.KindSet
		values []string
	}{{s.class, x.Class}, {s.role, x.Role}, {s.tag, x.Tag}, {s.input, x.InputType}} {
		for _, v := range list.values {
			list.of[v] |= kinds
		}
	}
	for _, g := range []struct {
		patterns []string
		of       func(*event.Target) string
	}{
		{x.ID, func(t *event.Target) string { return t.ID }},
		{x.Selector, func(t *event.Target) string { return t.Selector }},
		{x.Href, func(t *event.Target) string { return t.Href }},
	} {
		if len(g.patterns) > 0 {
			s.globs = append(s.globs, globSet{journey.AnyGlob(g.patterns), g.of, kinds})
		}
	}
	s.kinds |= kinds
	if x.isOfEvents() {
		if err := s.takeEvents(x, kinds); err != nil {
			return err
		}
	}
	return s.takeAfter(x, kinds)
}

// isOfEvents reports an entry that says what went wrong, not only what was clicked.
func (x *Suppress) isOfEvents() bool { return len(x.Error)+len(x.Op)+len(x.Status)+len(x.Attrs) > 0 }

// takeEvents compiles what an entry says about what went wrong.
func (s *suppression) takeEvents(x Suppress, kinds detect.KindSet) error {
	for i, name := range x.Signals {
		if k, _ := signals.KindOf(name); !signals.Of(k).Failures {
			return fmt.Errorf(".signals[%d]: %s is not about errors and failed requests, so error, op, status and attrs hide nothing from it", i, name)
		}
	}
	rule, err := journey.CompileOne(journey.Match{Error: x.Error, Op: x.Op, Status: x.Status, Attrs: x.Attrs})
	if err != nil {
		return err
	}
	s.events = append(s.events, detect.HiddenEvents{Match: rule, Kinds: kinds, OnError: len(x.Error) > 0})
	return nil
}

// takeAfter compiles the member after of an entry. With for, clicks do not count for that long after a change of
// visibility. Without, an event of these types makes the signals forget the clicks before it.
func (s *suppression) takeAfter(x Suppress, kinds detect.KindSet) error {
	var after detect.Types
	for i, name := range x.After {
		t, ok := event.TypeOf(name)
		if !ok {
			return fmt.Errorf(".after[%d]: unknown event type %q", i, name)
		}
		after |= 1 << t
	}
	switch {
	case after == 0:
	case x.For > 0:
		if after&^detect.TypesOf(event.Visibility) != 0 {
			return fmt.Errorf(".after: with `for` only visibility is known")
		}
		s.woken = append(s.woken, detect.Woken{Within: session.Millis(x.For), Kinds: kinds})
	default:
		for k := range signals.NumKinds {
			if kinds.Has(k) {
				s.forget[k] |= after
			}
		}
	}
	return nil
}

// maxJudged bounds the targets whose result is cached; few, because each keeps a chunk of decoded text in memory.
const maxJudged = 256

// verdict is the cached result of judge. A target is shared between the events that are about it, and never changes.
func (s *suppression) verdict(t *event.Target) detect.KindSet {
	kinds, ok := s.judged[t]
	if !ok {
		if len(s.judged) == maxJudged {
			clear(s.judged)
		}
		kinds = s.judge(t)
		s.judged[t] = kinds
	}
	return kinds
}

// judge returns the kinds that a target is hidden from.
func (s *suppression) judge(t *event.Target) (kinds detect.KindSet) {
	if t.Text != "" {
		kinds |= s.label(t.Text)
	}
	if t.Role != "" {
		kinds |= s.role[t.Role]
	}
	if t.Tag != "" {
		kinds |= s.tag[t.Tag]
	}
	if t.InputType != "" {
		kinds |= s.input[t.InputType]
	}
	for _, class := range t.Classes {
		for i := 1; i <= len(class); i++ {
			if i == len(class) || class[i] == '-' || class[i] == '_' {
				kinds |= s.class[class[:i]]
			}
		}
	}
	for i := range s.globs {
		if g := &s.globs[i]; g.kinds&^kinds != 0 {
			if v := g.of(t); v != "" && g.match(v) {
				kinds |= g.kinds
			}
		}
	}
	return kinds
}

// label looks a text up, whatever its case.
func (s *suppression) label(text string) detect.KindSet {
	text = strings.TrimSpace(text)
	if len(text) > s.longestText {
		return 0
	}
	for i := range len(text) {
		if c := text[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return s.text[strings.ToLower(text)]
		}
	}
	return s.text[text]
}
