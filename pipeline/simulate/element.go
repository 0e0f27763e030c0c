package simulate

import "strconv"

// element is something on a page that people click or fill in. x and y are its
// centre, as shares of the viewport's width and of the page's first 800 px.
type element struct {
	id, tag, text, role, input string
	href, classes              string // of web pages
	x, y                       float64
	web, app                   []byte // as JSON
}

func button(id, text string, x, y float64) element {
	return element{id: id, tag: "button", text: text, role: "button", x: x, y: y}
}

func quantityButton(x float64) *element {
	e := button("quantity-plus", "+", x, .5)
	return &e
}

func field(id, input string, y float64) element {
	return element{id: id, tag: "input", role: "textbox", input: input, x: .45, y: y}
}

// encode writes the element as both kinds of tracker report it: browsers know
// its tag and selector, apps its accessibility role.
func (e *element) encode() {
	add := func(b []byte, name, value string) []byte {
		if value == "" {
			return b
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), `":`...)
		return strconv.AppendQuote(b, value)
	}
	e.web = add([]byte{'{'}, "tag", e.tag)
	e.app = []byte{'{'}
	if e.tag == "p" {
		e.app = add(e.app, "role", "text")
	}
	for _, b := range [...]*[]byte{&e.web, &e.app} {
		*b = add(*b, "id", e.id)
		*b = add(*b, "text", e.text)
		*b = add(*b, "role", e.role)
		*b = add(*b, "input_type", e.input)
	}
	e.web = add(e.web, "href", e.href)
	selector := e.tag
	if e.id != "" {
		selector += "#" + e.id
	}
	if e.classes != "" {
		e.web = append(strconv.AppendQuote(append(e.web, `,"classes":[`...), e.classes), ']')
		selector += "." + e.classes
	}
	e.web = append(add(e.web, "selector", selector), '}')
	e.app = append(e.app, '}')
}
