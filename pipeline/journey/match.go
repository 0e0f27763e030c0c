package journey

import (
	"fmt"
	"slices"
	"sort"

	"friction/pipeline/event"
)

// Match is a rule about one event. All fields given must hold; a list means any
// of its values. `page`, `target`, `op` and what is about errors are globs: `*`
// stands for any characters but `/`, `**` for any at all.
type Match struct {
	// Type is an event type such as page_view or click.
	Type Values `yaml:"type"`
	// Name is the name of a custom event.
	Name Values `yaml:"name"`
	// App is the product or tenant.
	App Values `yaml:"app"`
	// User is the user as the event names it.
	User Values `yaml:"user"`
	// Page is a glob over the normalised page or screen name.
	Page Values `yaml:"page"`
	// Target is a glob over the target's id, or its selector where it has no id.
	Target Values `yaml:"target"`
	// Op is a glob over the operation of a request or the form of a submit.
	Op Values `yaml:"op"`
	// Status is a status such as 404, or some: 5xx, 400-499.
	Status Values `yaml:"status"`
	// Error is a glob over the message of an error, its kind, or both as `kind: message`.
	Error Values `yaml:"error"`
	// ErrorKind is a glob over the kind of an error.
	ErrorKind Values `yaml:"error_kind"`
	// ErrorMessage is a glob over the message of an error.
	ErrorMessage Values `yaml:"error_message"`
	// Attrs are globs over attributes, by name.
	Attrs map[string]Values `yaml:"attrs"`
}

// Values is one value or a list of which any will do.
type Values []string

// UnmarshalYAML reads a scalar or a list of scalars.
func (v *Values) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if err := unmarshal(&one); err == nil {
		*v = Values{one}
		return nil
	}
	var many []string
	if err := unmarshal(&many); err != nil {
		return fmt.Errorf("want a value or a list of values: %w", err)
	}
	*v = many
	return nil
}

// Rule is a compiled match.
type Rule func(*event.Event) bool

// CompileAny returns a rule that holds when any of the matches does; nil when there are
// no matches. Errors begin with the path below the list.
func CompileAny(matches []Match) (Rule, error) {
	rules := make([]Rule, 0, len(matches))
	for i, m := range matches {
		rule, err := m.compile()
		if err != nil {
			return nil, fmt.Errorf("[%d]%w", i, err)
		}
		rules = append(rules, rule)
	}
	switch len(rules) {
	case 0:
		return nil, nil
	case 1:
		return rules[0], nil
	}
	return func(e *event.Event) bool {
		for _, r := range rules {
			if r(e) {
				return true
			}
		}
		return false
	}, nil
}

// CompileOne returns the rule of one match. Errors begin with the path below it.
func CompileOne(m Match) (Rule, error) { return m.compile() }

// compile returns a rule that holds when all that the match says holds.
func (m Match) compile() (Rule, error) {
	var conditions []Rule
	if len(m.Type) > 0 {
		for _, name := range m.Type {
			if _, ok := event.TypeOf(name); !ok {
				return nil, fmt.Errorf(".type: unknown event type %q; a custom event is {type: custom, name: %s}", name, name)
			}
		}
		mask := m.types()
		conditions = append(conditions, func(e *event.Event) bool { return mask>>e.Type&1 == 1 })
	}
	conditions = append(conditions, m.exact()...)
	for _, g := range []struct {
		values Values
		of     func(*event.Event) string
	}{
		{m.Page, func(e *event.Event) string { return e.Page }},
		{m.Op, func(e *event.Event) string { return e.Op }},
		{m.Target, targetOf},
	} {
		if len(g.values) > 0 {
			glob, of := AnyGlob(g.values), g.of
			conditions = append(conditions, func(e *event.Event) bool { return glob(of(e)) })
		}
	}
	failures, err := m.failures()
	if err != nil {
		return nil, err
	}
	conditions = append(conditions, failures...)
	names := make([]string, 0, len(m.Attrs))
	for name := range m.Attrs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		glob := AnyGlob(m.Attrs[name])
		conditions = append(conditions, func(e *event.Event) bool { return glob(e.Attr(name)) })
	}
	return all(conditions)
}

// types has one bit for each type of event that can match.
func (m Match) types() (mask uint32) {
	if len(m.Type) == 0 {
		return 1<<event.NumTypes - 1
	}
	for _, name := range m.Type {
		if t, ok := event.TypeOf(name); ok {
			mask |= 1 << t
		}
	}
	return mask
}

// typesOf is the types of events that can match any of some rules.
func typesOf(matches []Match) (mask uint32) {
	for _, m := range matches {
		mask |= m.types()
	}
	return mask
}

// exact returns a condition for each field that is compared as it is.
func (m Match) exact() (conditions []Rule) {
	for _, x := range []struct {
		values Values
		of     func(*event.Event) string
	}{
		{m.Name, func(e *event.Event) string { return e.Name }},
		{m.App, func(e *event.Event) string { return e.App }},
		{m.User, func(e *event.Event) string { return e.User }},
	} {
		if len(x.values) > 0 {
			conditions = append(conditions, func(e *event.Event) bool { return slices.Contains(x.values, x.of(e)) })
		}
	}
	return conditions
}

// targetOf is what a target is called in rules: its id, else its selector.
func targetOf(e *event.Event) string {
	switch {
	case e.Target == nil:
		return ""
	case e.Target.ID != "":
		return e.Target.ID
	}
	return e.Target.Selector
}

// all returns a rule that holds when all conditions do. Rules are evaluated for every
// event, so the usual small numbers have no loop.
func all(conditions []Rule) (Rule, error) {
	switch len(conditions) {
	case 0:
		return nil, fmt.Errorf(": an empty rule matches everything; give at least one of type, name, page, target, op, status, error, attrs")
	case 1:
		return conditions[0], nil
	case 2:
		a, b := conditions[0], conditions[1]
		return func(e *event.Event) bool { return a(e) && b(e) }, nil
	}
	return func(e *event.Event) bool {
		for _, c := range conditions {
			if !c(e) {
				return false
			}
		}
		return true
	}, nil
}
