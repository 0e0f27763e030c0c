package simulate

import (
	"strconv"
	"time"
)

// place is a page of the web shop and the screen of the app that matches it.
// Steps of a journey stand in a row, in order.
type place uint8

const (
	home place = iota
	category
	product
	search
	help
	cart
	address
	payment
	confirmation
	start
	details
	verify
	welcome
	places
)

// journeys: which journey a place belongs to.
const (
	site = iota
	checkout
	signUp
	journeys
)

// element is something on a page that people click or fill in. x and y are its
// centre, as shares of the viewport's width and the page's first 800 px.
type element struct {
	id, tag, text, role, input string
	href, classes              string // of web pages
	x, y                       float64
	web, app                   []byte // as JSON
}

// spot is what there is at a place.
type spot struct {
	name         string
	journey      int
	path, screen string
	items, first int           // pages there are of it, numbered from first; 0: one without a number
	loads        string        // operation that fills the page
	button       element       // the main action …
	op           string        // … the operation behind it …
	form         string        // … and the form it sends, if any
	fields       []element     // of the form
	stepper      *element      // a button pressed once per piece
	text         element       // something to read
	dwell        time.Duration // median time to take it in
	leaves       float64       // share of people who leave for reasons of their own
	back         place         // where one came from
}

// journey is the name of the place's journey.
func (s *spot) journeyName() string {
	return [journeys]string{site: SiteJourney, checkout: "checkout", signUp: "sign-up"}[s.journey]
}

// appendPage appends the page as events name it.
func (s *spot) appendPage(b []byte, web bool, item int) []byte {
	if web {
		b = append(b, s.path...)
	} else {
		b = append(b, s.screen...)
	}
	if s.items > 0 {
		b = strconv.AppendInt(b, int64(s.first+item), 10)
	}
	return b
}

// Step says which pages and screens make one step of a journey.
type Step struct {
	Journey, Step string
	// Pages holds the web path and the mobile screen, each a literal that an
	// event's page equals.
	Pages []string
}

// Steps lists the steps of the shop's journeys, each journey's in order:
// sign-up and checkout.
func Steps() []Step {
	var steps []Step
	spots := catalogue()
	for _, journey := range [...]int{signUp, checkout} {
		for i := range spots {
			if s := &spots[i]; s.journey == journey {
				steps = append(steps, Step{s.journeyName(), s.name, []string{s.path, s.screen}})
			}
		}
	}
	return steps
}

func placeOf(journey, step string) (place, bool) {
	spots := catalogue()
	for i := range spots {
		if s := &spots[i]; s.journey != site && s.journeyName() == journey && s.name == step {
			return place(i), true
		}
	}
	return 0, false
}

// catalogue builds the shop.
func catalogue() *[places]spot {
	spots := [places]spot{
		home:     browsing("home", "/", "Home", "GET /api/home", 9*time.Second),
		category: browsing("category", "/category/", "Category/", "GET /api/categories", 14*time.Second),
		product:  browsing("product", "/product/", "Product/", "GET /api/products", 20*time.Second),
		search:   browsing("search", "/search", "Search", "GET /api/search", 11*time.Second),
		help:     browsing("help", "/help", "Help", "GET /api/help", 16*time.Second),

		cart:         stepOf(checkout, "cart", "/cart", "Cart", "GET /api/cart"),
		address:      stepOf(checkout, "address", "/checkout/address", "CheckoutAddress", "GET /api/addresses"),
		payment:      stepOf(checkout, "payment", "/checkout/payment", "CheckoutPayment", "GET /api/payment-methods"),
		confirmation: stepOf(checkout, "confirmation", "/checkout/confirmation", "CheckoutConfirmation", "GET /api/orders/latest"),
		start:        stepOf(signUp, "start", "/sign-up", "SignUpStart", "GET /api/sign-up"),
		details:      stepOf(signUp, "details", "/sign-up/details", "SignUpDetails", "GET /api/countries"),
		verify:       stepOf(signUp, "verify", "/sign-up/verify", "SignUpVerify", "GET /api/sign-up/code"),
		welcome:      stepOf(signUp, "welcome", "/sign-up/welcome", "SignUpWelcome", "GET /api/account"),
	}
	furnish(&spots)
	for i := range spots {
		spots[i].encode()
	}
	return &spots
}

func browsing(name, path, screen, loads string, dwell time.Duration) spot {
	return spot{name: name, journey: site, path: path, screen: screen, loads: loads, dwell: dwell}
}

func stepOf(journey int, name, path, screen, loads string) spot {
	return spot{name: name, journey: journey, path: path, screen: screen, loads: loads, dwell: 6 * time.Second}
}

// furnish puts buttons, forms and habits on the pages.
func furnish(s *[places]spot) {
	s[home].does(button("offer", "See the offer", .5, .45), "GET /api/offers", 0)
	s[category].does(button("filter-apply", "Apply filters", .14, .8), "GET /api/products/filtered", 0)
	s[category].items, s[category].first = 24, 1
	s[product].does(button("add-to-cart", "Add to cart", .78, .55), "POST /api/cart", 0)
	s[product].items, s[product].first = 5000, 1000
	s[product].stepper = stepper(.70)
	s[search].does(button("search-go", "Search", .66, .08), "GET /api/search/results", 0)
	s[search].fields = []element{field("q", "search", .4)}
	s[search].form = "search-form"
	s[help].does(button("was-helpful", "This helped", .3, .9), "POST /api/help/votes", 0)

	s[cart].does(button("to-checkout", "Check out", .82, .7), "POST /api/checkout", .22)
	s[cart].stepper = stepper(.55)
	s[cart].back = product
	s[address].does(button("to-payment", "Go to payment", .5, .88), "POST /api/checkout/address", .07)
	s[address].asks("address-form", field("street", "text", .3), field("postcode", "text", .42), field("city", "text", .54))
	s[address].back = cart
	s[payment].does(button("pay", "Pay now", .5, .82), "POST /api/payments", .06)
	s[payment].asks("payment-form", field("card-number", "tel", .34), field("card-expiry", "tel", .46), field("card-code", "password", .58))
	s[payment].back = address
	s[confirmation].does(button("track-order", "Track your order", .5, .6), "POST /api/orders/tracking", .1)
	s[confirmation].back = payment

	s[start].does(button("join", "Create an account", .5, .5), "POST /api/sign-up", .15)
	s[start].back = home
	s[details].does(button("save-details", "Continue", .5, .86), "POST /api/sign-up/details", .1)
	s[details].asks("details-form", field("name", "text", .25), field("email", "email", .37), field("password", "password", .49))
	s[details].back = start
	s[verify].does(button("confirm-code", "Confirm", .5, .62), "POST /api/sign-up/verify", .06)
	s[verify].asks("code-form", field("code", "tel", .44))
	s[verify].back = details
	s[welcome].does(button("choose-interests", "Save my interests", .5, .74), "POST /api/account/interests", .1)
	s[welcome].back = verify
	for i := range s {
		s[i].text = element{id: s[i].name + "-text", tag: "p", x: .42, y: .3}
	}
}

func (s *spot) does(b element, op string, leaves float64) {
	s.button, s.op, s.leaves = b, op, leaves
}

func (s *spot) asks(form string, fields ...element) {
	s.form, s.fields = form, fields
}

func button(id, text string, x, y float64) element {
	return element{id: id, tag: "button", text: text, role: "button", x: x, y: y}
}

func stepper(x float64) *element {
	e := button("quantity-plus", "+", x, .5)
	return &e
}

func field(id, input string, y float64) element {
	return element{id: id, tag: "input", role: "textbox", input: input, x: .45, y: y}
}

func (s *spot) encode() {
	s.button.encode()
	s.text.encode()
	if s.stepper != nil {
		s.stepper.encode()
	}
	for i := range s.fields {
		s.fields[i].encode()
	}
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
