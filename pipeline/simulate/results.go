package simulate

import "friction/pipeline/traffic"

// result is what comes of one use of a page's main action.
type result uint8

const (
	success     result = iota
	refused            // the backend answers with a 5xx
	timedOut           // it is slow, then fails
	slow               // it is slow, then answers
	unconnected        // the button does nothing at all
	throwing           // the page's script throws before anything is sent
	misread            // the form was filled in wrongly and is sent back
	fatal              // the app ends
)

// duringIncident draws the result of a use that an incident has struck.
func duringIncident(r *traffic.Random) result {
	results := [...]result{refused, timedOut, slow, unconnected, throwing}
	return results[r.Weighted(50, 17, 13, 12, 8)]
}

// onOrdinaryDay draws the first result on a page: rarely anything but success,
// and alike on every page.
func onOrdinaryDay(r *traffic.Random, trouble float64) result {
	results := [...]result{success, refused, slow, unconnected, throwing, misread}
	return results[r.Weighted(max(9780-220*(trouble-1), 2000), 55*trouble, 40*trouble, 35*trouble, 25*trouble, 65*trouble)]
}
