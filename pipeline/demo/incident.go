package demo

import "time"

// incidentBegins is when the incident begins in a demo that was started, lets live traffic in from liveFrom on, and ends
// by itself after lasts, 0 for never. In one that is short it begins early enough to be seen, at most heldBack before.
func incidentBegins(started, liveFrom time.Time, lasts time.Duration) time.Time {
	calm := min(max(started.Add(incidentAfter).Sub(liveFrom), calmAtLeast), calmAtMost)
	if lasts > 0 {
		calm = max(min(calm, lasts-incidentSeen), -heldBack)
	}
	return liveFrom.Add(calm)
}
