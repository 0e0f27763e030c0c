package oracle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/event"
)

// window is when an event of one type is a reaction.
type window struct{ before, within event.Millis }

// reaction is one entry of a list of reactions as text.
func reaction(types, before, within string) string { return types + "|" + before + "|" + within }

// reactionText is one entry as YAML has it, as text.
func reactionText(x map[string]any) string {
	span := func(key string) string {
		d, err := time.ParseDuration(fmt.Sprint(x[key]))
		if err != nil {
			return "0s"
		}
		return d.String()
	}
	return reaction(strings.Join(words(x["types"]), " "), span("before"), span("within"))
}

// windows reads a list of reactions. What has no time of its own has that of the signal.
func (v values) windows() map[event.Type]window {
	all := map[event.Type]window{}
	for _, line := range v.wordsOf("reactions") {
		parts := strings.Split(line, "|")
		entry := values{"before": parts[1], "within": parts[2]}
		w := window{entry.span("before"), entry.span("within")}
		if w.within == 0 {
			w.within = v.span("within")
		}
		for name := range strings.FieldsSeq(parts[0]) {
			t, ok := event.TypeOf(name)
			if !ok {
				panic(name) // the engine has checked it
			}
			all[t] = w
		}
	}
	return all
}

// waits is how long a reaction is waited for, and how far back one is looked for.
func (v values) waits(all map[event.Type]window) (wait, before event.Millis) {
	wait = v.span("within")
	for t, w := range all {
		wait, before = max(wait, w.within), max(before, w.before)
		if t == event.Request {
			wait = max(wait, v.span("answer"))
		}
	}
	return wait, before
}

// beganAt is when what an event tells of began: requests and swipes are told when they are over.
func beganAt(e *event.Event) event.Millis {
	if e.Has(event.HasDuration) && (e.Type == event.Request || e.Type == event.Swipe) {
		return e.Time - e.Duration
	}
	return e.Time
}

// reactedIn says that an event answers what lasted from one time to another.
func reactedIn(all map[event.Type]window, x *event.Event, from, to event.Millis) bool {
	w, ok := all[x.Type]
	return ok && beganAt(x) >= from-w.before && beganAt(x) <= to+w.within
}

// presses finds the clicks that belong to a judged one before them, and those that are judged, by whatever rule each is
// for.
func (r *reading) presses() (again, judged map[*occurrence]bool) {
	again, judged = map[*occurrence]bool{}, map[*occurrence]bool{}
	var pressed []*occurrence // the latest judged of each target, the newest last
	rules, mutates := r.readings(r.s, r.sig), false
	for _, h := range r.s.seen {
		mutates = mutates || h.e.Type == event.Mutation
		if !h.e.Type.IsClick() {
			continue
		}
		name := h.e.Target.Name()
		same := func(p *occurrence) bool { return p.e.Target.Name() == name }
		if i := slices.IndexFunc(rules, func(x *reading) bool { return x.mine(h) }); i >= 0 {
			repeat := rules[i].span("repeat")
			if at := slices.IndexFunc(pressed, same); at >= 0 && repeat > 0 {
				p := pressed[at]
				again[h] = apart(p, h) >= 0 && apart(p, h) <= repeat && !lapsed(p, h, repeat+patience)
			}
			judged[h] = mutates && !again[h] && canBeDead(rules[i].values, h.e.Target)
			if judged[h] && name != "" {
				pressed = append(slices.DeleteFunc(pressed, same), h)
				pressed = pressed[max(0, len(pressed)-16):]
			}
		}
		if slices.ContainsFunc(rules, func(x *reading) bool { return x.on("compat.consecutive") }) {
			pressed = slices.DeleteFunc(pressed, func(p *occurrence) bool { return !same(p) })
		}
	}
	return again, judged
}
