package target

import "strings"

// maxDepth is how many elements of a selector are looked at: the last ones.
const maxDepth = 32

// path is the elements of a selector: a CSS path such as `form > button.buy[type=submit] svg`, or an XPath.
type path struct {
	parts [maxDepth]part
	n     int
}

// part is one element of a path.
type part struct {
	text    string
	sibling bool // it stands beside what follows, and not around it
}

// read takes the elements of a selector apart. What stands in brackets or quotes belongs to its element.
func (p *path) read(selector string) {
	start, depth, quote := 0, 0, byte(0)
	for i := 0; i < len(selector); i++ {
		c := selector[i]
		switch {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case depth <= 0 && strings.IndexByte(" \t\n>+~/,", c) >= 0:
			p.add(selector[start:i])
			start = i + 1
			if (c == '+' || c == '~') && p.n > 0 {
				p.parts[p.n-1].sibling = true
			}
		}
	}
	if start < len(selector) {
		p.add(selector[start:])
	}
}

// add adds an element; the oldest leaves when there are too many.
func (p *path) add(text string) {
	if text == "" {
		return
	}
	if p.n == maxDepth {
		copy(p.parts[:], p.parts[1:])
		p.n--
	}
	p.parts[p.n] = part{text: text}
	p.n++
}

// last is the element that the selector is of.
func (p *path) last() part {
	if p.n == 0 {
		return part{}
	}
	return p.parts[p.n-1]
}

// inside reports whether an element around the last one has a property; the nearest is asked first.
func (p *path) inside(is func(part) bool) bool {
	for i := p.n - 2; i >= 0; i-- {
		if x := p.parts[i]; !x.sibling && is(x) {
			return true
		}
	}
	return false
}

// tag is the element's name, "" when only something else is said of it.
func (p part) tag() string {
	end := strings.IndexAny(p.text, "#.[:(*@|")
	if end < 0 {
		return p.text
	}
	return p.text[:end]
}

// attr is the value of an attribute in brackets, without its quotes.
func (p part) attr(name string) (value string, ok bool) {
	for rest := p.text; ; {
		at := strings.IndexByte(rest, '[')
		if at < 0 {
			return "", false
		}
		rest = strings.TrimPrefix(rest[at+1:], "@")
		inner, after, closed := strings.Cut(rest, "]")
		if !closed {
			return "", false
		}
		rest = after
		key, value, has := strings.Cut(inner, "=")
		if strings.EqualFold(strings.TrimRight(key, "~|^$* "), name) {
			if !has {
				return "", true
			}
			value = strings.TrimSuffix(strings.TrimSpace(value), " i")
			return strings.Trim(value, `"' `), true
		}
	}
}
