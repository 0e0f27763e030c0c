package simulate

import (
	"strconv"
	"time"
)

// pageID is a kind of page of the web shop, and the screen of the app that
// matches it. Steps of a journey are in a row, in order.
type pageID uint8

const (
	home pageID = iota
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
	pageCount
)

// The journeys that pages belong to.
const (
	site = iota
	checkout
	signUp
	journeyCount
)

// SiteJourney is the journey of [Visit]s to pages that are no step of a journey.
const SiteJourney = "site"

// page is what there is on one kind of page.
type page struct {
	name         string
	journey      int
	path, screen string
	items, first int           // pages there are of it, numbered from first; 0: one without a number
	loads        string        // operation that fills the page
	button       element       // the main action …
	op           string        // … the operation behind it …
	form         string        // … and the form it sends, if any
	fields       []element     // of the form
	stepper      *element      // a quantity button, pressed once per piece
	text         element       // something to read
	dwell        time.Duration // median time to take it in
	leaves       float64       // share of people who leave for reasons of their own
	back         pageID        // the page before
}

// journeyName is the journey as events and the truth file name it.
func (pg *page) journeyName() string {
	return [journeyCount]string{site: SiteJourney, checkout: "checkout", signUp: "sign-up"}[pg.journey]
}

// appendName appends the page as events name it; item numbers pages of a kind.
func (pg *page) appendName(b []byte, web bool, item int) []byte {
	if web {
		b = append(b, pg.path...)
	} else {
		b = append(b, pg.screen...)
	}
	if pg.items > 0 {
		b = strconv.AppendInt(b, int64(pg.first+item), 10)
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
	pages := buildPages()
	for _, journey := range [...]int{signUp, checkout} {
		for i := range pages {
			if pg := &pages[i]; pg.journey == journey {
				steps = append(steps, Step{pg.journeyName(), pg.name, []string{pg.path, pg.screen}})
			}
		}
	}
	return steps
}

// stepNamed finds the page that is a step of a journey.
func stepNamed(journey, step string) (pageID, bool) {
	pages := buildPages()
	for i := range pages {
		if pg := &pages[i]; pg.journey != site && pg.journeyName() == journey && pg.name == step {
			return pageID(i), true
		}
	}
	return 0, false
}

// buildPages makes the shop's pages.
func buildPages() *[pageCount]page {
	pages := [pageCount]page{
		home:     sitePage("home", "/", "Home", "GET /api/home", 9*time.Second),
		category: sitePage("category", "/category/", "Category/", "GET /api/categories", 14*time.Second),
		product:  sitePage("product", "/product/", "Product/", "GET /api/products", 20*time.Second),
		search:   sitePage("search", "/search", "Search", "GET /api/search", 11*time.Second),
		help:     sitePage("help", "/help", "Help", "GET /api/help", 16*time.Second),

		cart:         stepPage(checkout, "cart", "/cart", "Cart", "GET /api/cart"),
		address:      stepPage(checkout, "address", "/checkout/address", "CheckoutAddress", "GET /api/addresses"),
		payment:      stepPage(checkout, "payment", "/checkout/payment", "CheckoutPayment", "GET /api/payment-methods"),
		confirmation: stepPage(checkout, "confirmation", "/checkout/confirmation", "CheckoutConfirmation", "GET /api/orders/latest"),
		start:        stepPage(signUp, "start", "/sign-up", "SignUpStart", "GET /api/sign-up"),
		details:      stepPage(signUp, "details", "/sign-up/details", "SignUpDetails", "GET /api/countries"),
		verify:       stepPage(signUp, "verify", "/sign-up/verify", "SignUpVerify", "GET /api/sign-up/code"),
		welcome:      stepPage(signUp, "welcome", "/sign-up/welcome", "SignUpWelcome", "GET /api/account"),
	}
	furnish(&pages)
	for i := range pages {
		pages[i].encode()
	}
	return &pages
}

func sitePage(name, path, screen, loads string, dwell time.Duration) page {
	return page{name: name, journey: site, path: path, screen: screen, loads: loads, dwell: dwell}
}

func stepPage(journey int, name, path, screen, loads string) page {
	return page{name: name, journey: journey, path: path, screen: screen, loads: loads, dwell: 6 * time.Second}
}

// furnish puts buttons and forms on the pages.
func furnish(pages *[pageCount]page) {
	pages[home].acts(button("offer", "See the offer", .5, .45), "GET /api/offers", 0)
	pages[category].acts(button("filter-apply", "Apply filters", .14, .8), "GET /api/products/filtered", 0)
	pages[category].items, pages[category].first = 24, 1
	pages[product].acts(button("add-to-cart", "Add to cart", .78, .55), "POST /api/cart", 0)
	pages[product].items, pages[product].first = 5000, 1000
	pages[product].stepper = quantityButton(.70)
	pages[search].acts(button("search-go", "Search", .66, .08), "GET /api/search/results", 0)
	pages[search].fields = []element{field("q", "search", .4)}
	pages[search].form = "search-form"
	pages[help].acts(button("was-helpful", "This helped", .3, .9), "POST /api/help/votes", 0)

	pages[cart].acts(button("to-checkout", "Check out", .82, .7), "POST /api/checkout", .22)
	pages[cart].stepper = quantityButton(.55)
	pages[cart].back = product
	pages[address].acts(button("to-payment", "Go to payment", .5, .88), "POST /api/checkout/address", .07)
	pages[address].asks("address-form", field("street", "text", .3), field("postcode", "text", .42), field("city", "text", .54))
	pages[address].back = cart
	pages[payment].acts(button("pay", "Pay now", .5, .82), "POST /api/payments", .06)
	pages[payment].asks("payment-form", field("card-number", "tel", .34), field("card-expiry", "tel", .46), field("card-code", "password", .58))
	pages[payment].back = address
	pages[confirmation].acts(button("track-order", "Track your order", .5, .6), "POST /api/orders/tracking", .1)
	pages[confirmation].back = payment

	pages[start].acts(button("join", "Create an account", .5, .5), "POST /api/sign-up", .15)
	pages[start].back = home
	pages[details].acts(button("save-details", "Continue", .5, .86), "POST /api/sign-up/details", .1)
	pages[details].asks("details-form", field("name", "text", .25), field("email", "email", .37), field("password", "password", .49))
	pages[details].back = start
	pages[verify].acts(button("confirm-code", "Confirm", .5, .62), "POST /api/sign-up/verify", .06)
	pages[verify].asks("code-form", field("code", "tel", .44))
	pages[verify].back = details
	pages[welcome].acts(button("choose-interests", "Save my interests", .5, .74), "POST /api/account/interests", .1)
	pages[welcome].back = verify
	for i := range pages {
		pages[i].text = element{id: pages[i].name + "-text", tag: "p", x: .42, y: .3}
	}
}

// acts sets the main action: its button, its operation, and the share of people
// who leave without using it.
func (pg *page) acts(b element, op string, leaves float64) {
	pg.button, pg.op, pg.leaves = b, op, leaves
}

// asks sets the form.
func (pg *page) asks(form string, fields ...element) {
	pg.form, pg.fields = form, fields
}

func (pg *page) encode() {
	pg.button.encode()
	pg.text.encode()
	if pg.stepper != nil {
		pg.stepper.encode()
	}
	for i := range pg.fields {
		pg.fields[i].encode()
	}
}
