package zones

import (
	"fmt"
	"time"
	_ "time/tzdata" // for machines without a time zone database

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Of returns the rules of the zones that are named, by name.
func Of(names []string) (map[string]fields.Zone, error) {
	if len(names) == 0 {
		return nil, nil
	}
	zones := map[string]fields.Zone{}
	for _, name := range names {
		place, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("read the rules of time zone %q: %w", name, err)
		}
		zones[name] = rulesOf(place)
	}
	return zones, nil
}

// rulesOf lists the offsets of a place over all times that an event can have. It looks
// at each day, and where two differ for the second of the change.
func rulesOf(place *time.Location) fields.Zone {
	const day = 24 * 60 * 60 * 1000
	last := offsetAt(place, fields.Earliest-day)
	z := fields.Zone{Since: []event.Millis{event.Beginning}, Offset: []event.Millis{last}}
	for at := fields.Earliest; at < fields.Latest+day; at += day {
		now := offsetAt(place, at)
		if now == last {
			continue
		}
		before, after := at-day, at
		for after-before > 1000 {
			if middle := before + (after-before)/2000*1000; offsetAt(place, middle) == last {
				before = middle
			} else {
				after = middle
			}
		}
		z.Since, z.Offset = append(z.Since, after), append(z.Offset, now)
		last = now
	}
	return z
}

func offsetAt(place *time.Location, at event.Millis) event.Millis {
	_, seconds := time.UnixMilli(int64(at)).In(place).Zone()
	return event.Millis(seconds) * 1000
}
