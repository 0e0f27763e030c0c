package oracle

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

func anyMatches(list []journey.Match, e *event.Event) bool {
	return slices.ContainsFunc(list, func(m journey.Match) bool { return matches(m, e) })
}

func matches(m journey.Match, e *event.Event) bool {
	target := ""
	if e.Target != nil {
		target = e.Target.ID
		if target == "" {
			target = e.Target.Selector
		}
	}
	if !among(m.Type, e.Type.String()) || !among(m.Name, e.Name) || !among(m.App, e.App) || !among(m.User, e.User) ||
		!among(m.Page, e.Page) || !among(m.Target, target) || !among(m.Op, e.Op) || !amongStatuses(m.Status, e.Status) ||
		!amongErrors(m.Error, m.ErrorKind, m.ErrorMessage, e) {
		return false
	}
	for name, want := range m.Attrs {
		if !among(want, e.Attr(name)) {
			return false
		}
	}
	return true
}

func among(want journey.Values, have string) bool {
	return len(want) == 0 || slices.ContainsFunc(want, func(w string) bool { return globs(w, have) })
}

// globs says whether a pattern with `*` and `**` fits, by trying every way.
func globs(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case len(pattern) >= 2 && pattern[:2] == "**":
		return globs(pattern[2:], s) || s != "" && globs(pattern, s[1:])
	case pattern[0] == '*':
		return globs(pattern[1:], s) || s != "" && s[0] != '/' && globs(pattern, s[1:])
	}
	return s != "" && s[0] == pattern[0] && globs(pattern[1:], s[1:])
}
