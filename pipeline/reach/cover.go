package reach

import (
	"slices"
	"strings"

	"friction/pipeline/glob"
	"friction/pipeline/journey"
)

// takerOf is the name of a step before step n that all events of step n enter, "" if
// there is none. Of several that share them it is the first.
func takerOf(steps []journey.Step, n int) (name string) {
	for _, m := range steps[n].Match {
		taker := ""
		for i := 0; i < n && taker == ""; i++ {
			if slices.ContainsFunc(steps[i].Match, func(earlier journey.Match) bool { return covers(&earlier, &m) }) {
				taker = steps[i].Name
			}
		}
		if taker == "" {
			return ""
		}
		if name == "" {
			name = taker
		}
	}
	return name
}

// part is one field of a rule.
type part struct {
	key    string
	values journey.Values
	globs  bool
	one    journey.Match // the rule that has this field alone
}

// partsOf are the fields that a rule gives.
func partsOf(m *journey.Match) (list []part) {
	for _, p := range []part{
		{"type", m.Type, false, journey.Match{Type: m.Type}},
		{"name", m.Name, false, journey.Match{Name: m.Name}},
		{"app", m.App, false, journey.Match{App: m.App}},
		{"user", m.User, false, journey.Match{User: m.User}},
		{"page", m.Page, true, journey.Match{Page: m.Page}},
		{"target", m.Target, true, journey.Match{Target: m.Target}},
		{"op", m.Op, true, journey.Match{Op: m.Op}},
		{"status", m.Status, false, journey.Match{Status: m.Status}},
		{"error", m.Error, true, journey.Match{Error: m.Error}},
		{"error_kind", m.ErrorKind, true, journey.Match{ErrorKind: m.ErrorKind}},
		{"error_message", m.ErrorMessage, true, journey.Match{ErrorMessage: m.ErrorMessage}},
	} {
		if len(p.values) > 0 {
			list = append(list, p)
		}
	}
	names := make([]string, 0, len(m.Attrs))
	for name := range m.Attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, part{"attrs." + name, m.Attrs[name], true, journey.Match{Attrs: map[string]journey.Values{name: m.Attrs[name]}}})
	}
	return list
}

// covers reports whether every event that matches m also matches earlier, as far as
// that can be seen from the rules: each field of earlier is in m, and as narrow.
func covers(earlier, m *journey.Match) bool {
	narrow := partsOf(m)
	for _, wide := range partsOf(earlier) {
		i := slices.IndexFunc(narrow, func(p part) bool { return p.key == wide.key })
		if i < 0 {
			return false
		}
		for _, value := range narrow[i].values {
			if !slices.ContainsFunc(wide.values, func(w string) bool { return w == value || wide.globs && within(value, w) }) {
				return false
			}
		}
	}
	return true
}

// within reports whether all that matches a glob also matches a wider one. It knows
// texts without stars, and wider globs that end in their only star.
func within(narrow, wide string) bool {
	if !strings.Contains(narrow, "*") {
		return glob.Match(wide, narrow)
	}
	start := strings.TrimRight(wide, "*")
	rest, ok := strings.CutPrefix(narrow, start)
	if !ok || strings.Contains(start, "*") {
		return false
	}
	return strings.HasSuffix(wide, "**") || wide != start && !strings.Contains(rest, "/") && !strings.Contains(rest, "**")
}
