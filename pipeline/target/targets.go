package target

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Targets says which targets are taken. What is not known of a target is read from its selector, if it has one.
type Targets struct {
	// Any takes every target but those of `any_but` and `except`.
	Any bool `yaml:"any"`
	// AnyBut lists elements that `any` leaves out; they are taken if something else takes them.
	AnyBut journey.Values `yaml:"any_but"`
	// Named takes only targets with an id, a text or a selector.
	Named bool `yaml:"named"`
	// Untagged takes targets of which neither tag nor role is known, but an id, a text or a selector is.
	Untagged bool `yaml:"untagged"`
	// Inside takes what is inside an element that is taken, such as the icon of a button, if the selector shows it.
	Inside bool `yaml:"inside"`
	// Tags lists elements.
	Tags journey.Values `yaml:"tags"`
	// Roles lists ARIA roles.
	Roles journey.Values `yaml:"roles"`
	// InputTypes lists types of input elements; other inputs are not taken. Empty with `any`: inputs are as other elements.
	InputTypes journey.Values `yaml:"input_types"`
	// Selectors are globs over the target's selector; `**` stands for anything.
	Selectors journey.Values `yaml:"selectors"`
	// Links lists which links are taken: bare (no href), hash (# and a place on the page), script (javascript:), real (any other href).
	Links journey.Values `yaml:"links"`
	// Except names what is never taken.
	Except Except `yaml:"except"`
}

// Except is what is never taken.
type Except struct {
	// Tags lists elements that are never taken.
	Tags journey.Values `yaml:"tags"`
	// Inside lists elements that are never taken, nor anything inside them.
	Inside journey.Values `yaml:"inside"`
	// Selectors are globs over the selector of what is never taken.
	Selectors journey.Values `yaml:"selectors"`
}

// The sorts of links.
const (
	bareLink   = "bare"
	hashLink   = "hash"
	scriptLink = "script"
	realLink   = "real"
)

var linkSorts = []string{bareLink, hashLink, scriptLink, realLink}

// Rule is compiled Targets.
type Rule struct {
	Targets
	selected, unselected func(string) bool // nil for no selectors
}

// Compile checks what was set. The error begins with the key.
func (t Targets) Compile() (*Rule, error) {
	for i, word := range t.Links {
		if !slices.Contains(linkSorts, word) {
			return nil, fmt.Errorf("links[%d]: %q is none of %s", i, word, strings.Join(linkSorts, ", "))
		}
	}
	r := &Rule{Targets: t}
	if len(t.Selectors) > 0 {
		r.selected = journey.AnyGlob(t.Selectors)
	}
	if len(t.Except.Selectors) > 0 {
		r.unselected = journey.AnyGlob(t.Except.Selectors)
	}
	return r, nil
}

// element is what is known of one element.
type element struct{ tag, role, inputType string }

// Takes reports whether a target is taken. The order of the questions: exceptions, links, inputs, then whatever takes it.
func (r *Rule) Takes(t *event.Target) bool {
	if t == nil {
		return r.Any && !r.Named
	}
	var way path
	way.read(t.Selector)
	self, last := element{t.Tag, t.Role, t.InputType}, way.last()
	if self.tag == "" {
		self.tag = last.tag()
	}
	if self.role == "" {
		self.role, _ = last.attr("role")
	}
	if self.inputType == "" && strings.EqualFold(self.tag, "input") {
		self.inputType, _ = last.attr("type")
	}
	if r.Named && t.ID == "" && t.Text == "" && t.Selector == "" || r.excepts(t, self, &way) {
		return false
	}
	if sort := linkOf(t, self, &way); sort != "" {
		if slices.Contains(r.Links, sort) {
			return true
		}
		if sort != bareLink {
			return false
		}
	}
	if self.inputType != "" || strings.EqualFold(self.tag, "input") {
		if len(r.InputTypes) > 0 || !r.Any {
			return has(r.InputTypes, cmp.Or(self.inputType, "text"))
		}
	}
	return r.takes(t, self, &way)
}

// excepts reports a target that is never taken.
func (r *Rule) excepts(t *event.Target, self element, way *path) bool {
	if has(r.Except.Tags, self.tag) || has(r.Except.Inside, self.tag) || r.unselected != nil && t.Selector != "" && r.unselected(t.Selector) {
		return true
	}
	return len(r.Except.Inside) > 0 && way.inside(func(p part) bool { return has(r.Except.Inside, p.tag()) })
}

// takes asks what may take an element that is neither link nor input.
func (r *Rule) takes(t *event.Target, self element, way *path) bool {
	switch {
	case has(r.Tags, self.tag), has(r.Roles, self.role):
		return true
	case r.selected != nil && t.Selector != "" && r.selected(t.Selector):
		return true
	case r.Inside && way.inside(r.holds):
		return true
	case self.tag == "" && self.role == "" && r.Untagged && (t.ID != "" || t.Text != "" || t.Selector != ""):
		return true
	}
	return r.Any && !has(r.AnyBut, self.tag)
}

// holds reports whether what is inside an element is taken for its sake.
func (r *Rule) holds(p part) bool {
	if has(r.Tags, p.tag()) {
		return true
	}
	role, ok := p.attr("role")
	return ok && has(r.Roles, role)
}

// linkOf is the sort of link that a target is or is inside of, "" for none. Selectors name the href of few links: a
// link around the target is a real one unless something says otherwise.
func linkOf(t *event.Target, self element, way *path) string {
	if t.Href != "" {
		return sortOf(t.Href)
	}
	if strings.EqualFold(self.tag, "a") {
		if href, ok := way.last().attr("href"); ok {
			return sortOf(cmp.Or(href, "/"))
		}
		return bareLink
	}
	sort := ""
	way.inside(func(p part) bool {
		if !strings.EqualFold(p.tag(), "a") {
			return false
		}
		href, _ := p.attr("href")
		sort = sortOf(cmp.Or(href, "/"))
		return true
	})
	return sort
}

// sortOf is the sort of a link with an href.
func sortOf(href string) string {
	href = strings.TrimSpace(href)
	const script = "javascript:"
	switch {
	case href == "#" || href == "":
		return hashLink
	case len(href) >= len(script) && strings.EqualFold(href[:len(script)], script):
		return scriptLink
	}
	return realLink
}

// has reports whether a list has a word, whatever its case; the empty word is in none.
func has(list []string, word string) bool {
	if word == "" {
		return false
	}
	for _, w := range list {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// Words are the settings that say something, as key=value, for the version of a rule.
func (t Targets) Words() (all []string) {
	for _, x := range []struct {
		key string
		on  bool
	}{{"any", t.Any}, {"named", t.Named}, {"untagged", t.Untagged}, {"inside", t.Inside}} {
		if x.on {
			all = append(all, x.key)
		}
	}
	for _, x := range []struct {
		key  string
		list journey.Values
	}{
		{"any_but", t.AnyBut},
		{"tags", t.Tags},
		{"roles", t.Roles},
		{"input_types", t.InputTypes},
		{"selectors", t.Selectors},
		{"links", t.Links},
		{"except.tags", t.Except.Tags},
		{"except.inside", t.Except.Inside},
		{"except.selectors", t.Except.Selectors},
	} {
		if len(x.list) > 0 {
			all = append(all, x.key+"="+strings.Join(x.list, ","))
		}
	}
	return all
}

// Changes are the settings that are not the usual ones, and the usual ones that are missing.
func (t Targets) Changes(usual Targets, prefix string) (said []string) {
	have, known := t.Words(), usual.Words()
	for _, word := range have {
		if !slices.Contains(known, word) {
			said = append(said, prefix+word)
		}
	}
	for _, word := range known {
		key, _, _ := strings.Cut(word, "=")
		changed := func(w string) bool { return w == key || strings.HasPrefix(w, key+"=") }
		if !slices.ContainsFunc(have, changed) {
			said = append(said, prefix+key+"=none")
		}
	}
	return said
}
