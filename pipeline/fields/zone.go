package fields

import (
	"sort"

	"friction/pipeline/event"
)

// Zone is how far the clocks of a place are ahead of UTC, and since when. It is data,
// so that whoever keeps it decodes the same times later, whatever a time zone
// database says by then.
type Zone struct {
	Since  []event.Millis // UTC, ascending; the first is earlier than any time of an event
	Offset []event.Millis // from then on
}

// At is the instant at which the clocks showed t, which is written as if it were UTC.
// Of an hour that they showed twice it is the first, and twice is true. An hour that
// they left out counts on from the hour before it.
func (z *Zone) At(t event.Millis) (at event.Millis, twice bool) {
	next := 1 + sort.Search(len(z.Since)-1, func(i int) bool { return t < z.Since[i+1]+z.Offset[i] })
	i := next - 1
	at = t - z.Offset[i]
	if i > 0 && at < z.Since[i] {
		return t - z.Offset[i-1], false
	}
	return at, next < len(z.Since) && t >= z.Since[next]+z.Offset[next]
}
