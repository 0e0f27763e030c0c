package oracle

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/event"
)

// tracked reports that a signal is taken as the tracker sends it.
func (o *oracle) tracked(signal string) bool { return slices.Contains(o.lists.FromTracker, signal) }

// ready are the signals that a tracker has found.
func (r *reading) ready() (found []*finding) {
	for _, h := range r.s.seen {
		if !r.mine(h) || !trackerSays(h.e, r.sig.name) {
			continue
		}
		f := r.s.alone(r.sig.name, h)
		for _, name := range []string{"click_count", "[Amplitude] Click Count", "clickCount"} {
			if n, err := strconv.Atoi(h.e.Attr(name)); err == nil && n > 0 && n < 65536 {
				f.count = uint32(n)
			}
		}
		if f.target == "" {
			f.target = h.e.Attr("target")
		}
		found = append(found, f)
	}
	return found
}

var before = regexp.MustCompile(`^(faro\.frustration\.|frustration\.|\[amplitude\] |\$mp_|\$|fullstory/)`)

// trackerSays reports that an event says of itself that it is a signal.
func trackerSays(e *event.Event, signal string) bool {
	if !e.Type.IsClick() && e.Type != event.Custom {
		return false
	}
	for _, name := range []string{"frustration", "frustration.type", "action.frustration.type", "frustration_type"} {
		if regexp.MustCompile(`(^|[^a-z_])` + signal + `($|[^a-z_])`).MatchString(e.Attr(name)) {
			return true
		}
	}
	if e.Type != event.Custom || e.Name == "" {
		return false
	}
	if e.Name == "ui.slowClickDetected" {
		return signal == "dead_click" && e.Attr("endReason") == "timeout" || signal == "slow_click" && e.Attr("endReason") != "timeout"
	}
	plain := func(s string) string { return strings.NewReplacer(" ", "", "_", "").Replace(s) }
	return plain(before.ReplaceAllString(strings.ToLower(e.Name), "")) == plain(signal)
}
