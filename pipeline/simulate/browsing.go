package simulate

// InnocentCompare is a word of the truth file.
const InnocentCompare = "compare" // back to a product to compare

// browse is a page outside of journeys: look at it, perhaps use it, move on.
func browse(p *person) {
	p.followed = 0
	p.show(p.next, p.item)
	p.visits.enterSite(p.page(), p.now)
	visitSite(p)
	p.visits.closeSite(max(p.now, p.latest))
}

// visitSite is what a person does on a page outside of journeys.
func visitSite(p *person) {
	if !p.load() && p.opened == 1 && p.random.Chance(.65) {
		giveUp(p)
		return
	}
	read(p)
	if p.gone || leavesOverError(p) {
		return
	}
	adding := p.at == product && p.goal == buy && p.pagesLeft <= 1
	if !adding && !p.random.Chance(.3) || usePage(p) || !p.hadEnough() {
		moveOn(p)
	} else {
		giveUp(p)
	}
}

// moveOn decides where to go from a page outside of journeys.
func moveOn(p *person) {
	p.pagesLeft--
	switch {
	case p.pagesLeft > 0 && p.random.Chance(.04):
		leave(p)
	case p.pagesLeft > 0:
		followLink(p)
	case p.goal == look:
		leave(p)
	case p.goal == join:
		p.next = start
	case p.at == product:
		p.next = cart
	default:
		p.turnTo(product)
	}
}

// followLink goes to another page, as pages lead to each other.
func followLink(p *person) {
	if p.at == product && p.lastProduct >= 0 && p.random.Chance(.15) {
		p.next, p.item, p.lastProduct = product, p.lastProduct, p.item
		p.addInnocent(Act{Cause: InnocentCompare, Page: string(p.page().appendName(nil, p.web, p.item))}, p.now)
		return
	}
	if p.at == product {
		p.lastProduct = p.item
	}
	to := [...]pageID{home, category, product, search, help}
	var weights [len(to)]float64
	switch p.at {
	case home:
		weights = [...]float64{0, 50, 18, 28, 4}
	case category:
		weights = [...]float64{3, 14, 72, 10, 1}
	case product:
		weights = [...]float64{6, 42, 30, 18, 4}
	case search:
		weights = [...]float64{4, 6, 74, 14, 2}
	default:
		weights = [...]float64{40, 35, 10, 15, 0}
	}
	p.turnTo(to[p.random.Weighted(weights[:]...)])
}
