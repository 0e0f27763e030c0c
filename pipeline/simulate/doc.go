// Package simulate is a web and mobile shop full of people: seeded traffic
// whose true friction is known.
//
// Owns: the people and what drives them (goals, patience, temper), the shop's
// pages and journeys, its incidents, the trackers that deliver what happened,
// and the ground truth of who was hurt, where and why. A second generator,
// [Load], makes plain traffic with exactly known counts for benchmarks.
//
// In: a seed, a start time, a rate, a schedule of incidents. No clock is read
// and nothing is shared between two shops: one seed, one start, one stream of
// bytes (on one architecture: the only floating point is in drawing times).
//
// Out: [Record]s in the order in which they arrive at the collector, their
// values native events as JSON; [Visit]s as ground truth.
//
// May not: know a detector, its thresholds or its name for a thing beyond the
// words of the truth file. It models causes. A backend fails or dawdles, a
// button is dead, a form is misread; then a person's own patience decides
// whether they wait, try again, hammer, go round in circles or leave. Others
// double-click, page fast, step quantities up and go back to compare, and mean
// nothing by it. What a person meant is the truth, whatever a detector says.
//
// A person is played one page at a time: the scene runs in straight-line code
// on the person's own clock, its events go through the person's tracker, and
// the person sleeps in a queue until the next page. People never meet, so the
// shop holds those inside and what is on its way, never the history.
package simulate
