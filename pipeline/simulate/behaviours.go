package simulate

// The lists of what people do, and of what happens to them, while they read a page
// or after it has failed. Forms, the main action of a page, and leaving are in
// files of their own.

// added are behaviours with random sources of their own. The cause of a new signal
// is one file that declares a behaviour, and a line here.
var added = []behaviour{copyError, swipeInVain, swipeThrough, waitForMore, makeNoise}

// pageFaults are faults that may strike on any page, and what looks like them. At
// most one occurs on a page: the first for which the draw succeeds.
var pageFaults = []behaviour{
	{name: "scroll in vain", share: .0006, fault: true, act: scrollInVain},
	{name: "freeze", share: .0006, fault: true, act: freeze},
	{name: "repeat a request", share: .0004, fault: true, act: repeatRequest},
	{name: "outage", share: .0005, fault: true, where: outsideJourneys, act: sufferOutage},
	{name: "crash", share: .0006, fault: true, where: inApp, act: crashAtRest},
	{name: "search in vain", share: .004, fault: true, where: onSearch, act: searchInVain},
	{name: "take a suggestion", share: .08, where: onSearch, act: takeSuggestion},
	{name: "search for several things", share: .05, where: onSearch, act: searchForSeveral},
	{name: "background work", share: .06, act: workInBackground},
}

// wrongLinks are misleading links. They come after pageFaults on the same page.
var wrongLinks = []behaviour{
	{name: "one wrong link", share: .004, fault: true, act: followWrongLink},
	{name: "circles", share: .0012, fault: true, act: goInCircles},
}

// habits are innocent things that look like trouble to a machine. One of them is
// drawn for each page, most often the first, which is none.
var habits = []habit{
	{weight: 75, act: doNothing},
	{weight: 5, act: clickIdly},
	{weight: 4, where: withMouse, act: doubleClickText},
	{weight: 4, where: withMouse, act: selectText},
	{weight: 14, where: hasStepper, act: setQuantity},
	{weight: 11, where: onList, act: pageThrough},
	{weight: 2, where: onList, act: skim},
	{weight: 2, act: lookForNews},
	{weight: 4, act: switchTabs},
	{weight: 7, act: useWidget},
	{weight: 2, act: readToTheEnd},
	{weight: .3, act: watch},
	{weight: 8, where: mouseIsTracked, act: moveAlong},
}

// habit is a behaviour that is drawn against the others by its weight.
type habit struct {
	weight float64
	where  func(*person) bool // nil: everywhere
	act    func(*person)
}

func outsideJourneys(p *person) bool { return p.page().journey == site }

func inApp(p *person) bool { return !p.web }

func onSearch(p *person) bool { return p.at == search }

func withMouse(p *person) bool { return p.web && !p.phone }

func hasStepper(p *person) bool { return p.page().stepper != nil }

func onList(p *person) bool { return p.at == category || p.at == search }

func mouseIsTracked(p *person) bool { return p.tracksMouse }

func doNothing(*person) {}

// workInBackground is what a page or app does that nobody notices.
func workInBackground(p *person) {
	work := [...]func(*person){stutter, requestParts, missBanner}
	work[p.random.Weighted(4, 3, 3)](p)
}

// followHabits plays the habits of a page.
func followHabits(p *person) {
	if p.keyboard && p.random.Chance(.5) {
		useKeyboard(p)
		return
	}
	weights := make([]float64, len(habits))
	for i, h := range habits {
		if h.where == nil || h.where(p) {
			weights[i] = h.weight
		}
	}
	habits[p.random.Weighted(weights...)].act(p)
}
