package simulate

// goal is what someone came for.
type goal uint8

const (
	look goal = iota
	buy
	join
)

// itinerary is where a person is, where they have been, and where they go.
type itinerary struct {
	goal         goal
	pagesLeft    int // pages to see before going for the goal
	at, next     pageID
	item         int    // number of the page of its kind, or of the next one
	opened       int    // pages, in this stay
	entry        [2]int // kind and number of the first of them
	sawOtherPage bool   // than the first
	lastProduct  int    // the product seen before this one, −1 for none
}

// open notes that a page is opened.
func (i *itinerary) open(at pageID, item int) {
	i.at, i.item = at, item
	switch page := [2]int{int(at), item}; {
	case i.opened == 0:
		i.entry = page
	case page != i.entry:
		i.sawOtherPage = true
	}
	i.opened++
}
