// Package simulate is a web and mobile shop full of people: seeded traffic
// whose true friction is known.
//
// Owns: the people and what they do, the shop's pages and journeys, its
// incidents, the trackers that deliver what happened, and the ground truth of
// who was hurt, where and why.
//
// In: a seed, a start time, a rate, a schedule of incidents. No clock is read
// and nothing is shared between two shops: one seed and one start give one
// stream of bytes (on one architecture: floating point is used to draw times).
//
// Out: [Record]s in the order in which they arrive at the collector, their
// values native events as JSON; [Visit]s as ground truth.
//
// May not: know a detector, its thresholds or its name for a thing beyond the
// words of the truth file. It models causes. A backend fails or is slow, a
// button is dead, a form is misread; then a person's own patience decides
// whether they wait, try again, click in anger, go round in circles or leave.
// Others double-click, page fast, step quantities up and go back to compare,
// and nothing is wrong. What a person meant is the truth, whatever a detector
// says.
//
// # How it is built
//
// A [Shop] lets people in (arrivals.go), plays them one page at a time and
// delivers the events of the page (delivery.go). Between pages a person waits in
// a queue by time. People never meet, so the shop holds those inside and what is
// on its way, never the history.
//
// An actor is a person at a device: clock, random source, page, tracker. Its
// methods write events. A person is an actor with an itinerary, a mood and a log
// of visits. What people do is functions over a person, one file a behaviour;
// each file declares the words of the truth file that it uses. The lists in
// behaviours.go say which behaviours occur while a page is read or after it has
// failed. Calls go one way:
//
//	Shop → stay → browsing, journey steps → reading, using pages → behaviours
//	     → navigation, leaving → person → actor → recorder
//
// # To simulate the cause of a new signal
//
// Write one file that declares the word of the truth file and a function over a
// person, and add a behaviour to the list added in behaviours.go. It has a random
// source of its own: a stay in which it does not occur keeps its events.
package simulate
