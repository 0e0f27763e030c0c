package session

import "friction/pipeline/event"

// Acts says which events are acts: what somebody did. Only acts open and prolong
// sessions and visits. Empty is [OnlyActs].
type Acts string

// Which events are acts.
const (
	OnlyActs Acts = "acts" // all but those that an app makes by itself
	AllActs  Acts = "all"  // every event
)

// byItself are the types of events that an app makes while nobody is there: it asks for
// news, changes its page, and is hidden and shown.
const byItself = 1<<event.Mutation | 1<<event.Visibility | 1<<event.MouseMove | 1<<event.Request

// typesOfActs has one bit for each type of event that is an act.
func (a Acts) typesOfActs() uint32 {
	if a == AllActs {
		return 1<<event.NumTypes - 1
	}
	return 1<<event.NumTypes - 1 - byItself
}

// IsAct reports whether an event is what somebody did. Every line of an access log is, and
// so is the request for a page itself: GET of the path that the event names as its page.
func (r *Rules) IsAct(e *event.Event) bool {
	return r.acts>>e.Type&1 == 1 || e.Has(event.AccessLog) || e.Type == event.Request && loadsPage(e)
}

// loadsPage reports whether a request is for the page that it names.
func loadsPage(e *event.Event) bool {
	const get = "GET "
	return e.Page != "" && len(e.Op) == len(get)+len(e.Page) && e.Op[:len(get)] == get && e.Op[len(get):] == e.Page
}
