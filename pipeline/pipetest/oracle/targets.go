package oracle

import (
	"regexp"
	"slices"
	"strings"

	"friction/pipeline/event"
)

// element is one element on the way to a target, as a selector has it.
type element struct {
	tag    string
	attrs  map[string]string
	beside bool // the next one is its sibling
}

var (
	// selectorPart is an element, or a + or ~ between two.
	selectorPart = regexp.MustCompile(`(?:\\.|\[(?:"[^"]*"|'[^']*'|[^\]"'])*\]|\([^)]*\)|"[^"]*"|'[^']*'|[^\s>+~/,\[("'\\])+|[+~]`)
	tagPart      = regexp.MustCompile(`^[^#.\[:(*@|]*`)
	attrPart     = regexp.MustCompile(`\[@?([^\]=~|^$* ]+)[~|^$* ]*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\]]*?)))?(?: i)?\s*\]`)
)

// way is the elements of a selector from the outermost to the target, the last 32 at most.
func way(selector string) (all []element) {
	for _, text := range selectorPart.FindAllString(selector, -1) {
		if text == "+" || text == "~" {
			if len(all) > 0 {
				all[len(all)-1].beside = true
			}
			continue
		}
		e := element{tag: tagPart.FindString(text), attrs: map[string]string{}}
		for _, m := range attrPart.FindAllStringSubmatch(text, -1) {
			if _, known := e.attrs[strings.ToLower(m[1])]; !known {
				e.attrs[strings.ToLower(m[1])] = m[2] + m[3] + m[4]
			}
		}
		all = append(all, e)
	}
	return all[max(0, len(all)-32):]
}

// lines is a list as one text.
func lines(list ...string) string { return strings.Join(list, "\n") }

// wordsOf reads a list of words; what is not set is empty.
func (v values) wordsOf(key string) []string {
	if v[key] == "" {
		return nil
	}
	return strings.Split(v[key], "\n")
}

// listed says that a word is in a list, whatever its case.
func (v values) listed(key, word string) bool {
	return word != "" && slices.ContainsFunc(v.wordsOf(key), func(w string) bool { return strings.EqualFold(w, word) })
}

// anyGlob says that a selector fits a pattern of a list.
func (v values) anyGlob(key, selector string) bool {
	return selector != "" && slices.ContainsFunc(v.wordsOf(key), func(p string) bool { return globs(p, selector) })
}

// canBeDead says whether a click on a target can be a dead click, by the settings below `targets`.
func canBeDead(v values, t *event.Target) bool {
	if t == nil {
		return v.on("targets.any") && !v.on("targets.named")
	}
	around := way(t.Selector)
	self := element{attrs: map[string]string{}}
	if n := len(around); n > 0 {
		self, around = around[n-1], around[:n-1]
	}
	around = slices.DeleteFunc(slices.Clone(around), func(e element) bool { return e.beside })
	slices.Reverse(around)
	if t.Tag != "" {
		self.tag = t.Tag
	}
	role, isInput := t.Role, strings.EqualFold(self.tag, "input")
	if role == "" {
		role = self.attrs["role"]
	}
	inputType := t.InputType
	if inputType == "" && isInput {
		inputType = self.attrs["type"]
	}
	switch {
	case v.on("targets.named") && t.ID+t.Text+t.Selector == "":
		return false
	case v.listed("targets.except.tags", self.tag) || v.listed("targets.except.inside", self.tag) || v.anyGlob("targets.except.selectors", t.Selector):
		return false
	case slices.ContainsFunc(around, func(e element) bool { return v.listed("targets.except.inside", e.tag) }):
		return false
	}
	if sort := linkSort(t.Href, self, around); sort != "" {
		if v.listed("targets.links", sort) {
			return true
		}
		if sort != "bare" {
			return false
		}
	}
	if (isInput || inputType != "") && (v["targets.input_types"] != "" || !v.on("targets.any")) {
		if inputType == "" {
			inputType = "text"
		}
		return v.listed("targets.input_types", inputType)
	}
	taken := func(e element) bool {
		return v.listed("targets.tags", e.tag) || v.listed("targets.roles", e.attrs["role"])
	}
	known := self.tag != "" || role != ""
	return v.listed("targets.tags", self.tag) || v.listed("targets.roles", role) || v.anyGlob("targets.selectors", t.Selector) ||
		v.on("targets.inside") && slices.ContainsFunc(around, taken) ||
		!known && v.on("targets.untagged") && t.ID+t.Text+t.Selector != "" ||
		v.on("targets.any") && !v.listed("targets.any_but", self.tag)
}

// linkSort is what sort of link a target is, or is inside of; "" for none.
func linkSort(href string, self element, around []element) string {
	if href == "" {
		at := slices.IndexFunc(around, func(e element) bool { return strings.EqualFold(e.tag, "a") })
		given, ok := self.attrs["href"]
		switch {
		case strings.EqualFold(self.tag, "a") && !ok:
			return "bare"
		case strings.EqualFold(self.tag, "a"):
			href = given
		case at < 0:
			return ""
		default:
			href = around[at].attrs["href"]
		}
		if href == "" {
			return "real"
		}
	}
	switch href = strings.TrimSpace(href); {
	case href == "" || href == "#":
		return "hash"
	case strings.HasPrefix(strings.ToLower(href), "javascript:"):
		return "script"
	}
	return "real"
}
