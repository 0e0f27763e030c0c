package oracle

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// readOverride reads an entry as its users write it.
func readOverride(x map[string]any) override {
	o := override{step: words(x["step"]), signals: words(x["signals"]), off: x["off"] == true, values: settings{}}
	m := journey.Match{
		App: words(x["app"]), Page: words(x["page"]), Target: words(x["target"]), Op: words(x["op"]), Status: words(x["status"]), Error: words(x["error"]),
	}
	if attrs, ok := x["attrs"].(map[string]any); ok && len(attrs) > 0 {
		m.Attrs = map[string]journey.Values{}
		for name, values := range attrs {
			m.Attrs[name] = words(values)
		}
	}
	if len(m.App)+len(m.Page)+len(m.Target)+len(m.Op)+len(m.Status)+len(m.Error)+len(m.Attrs) > 0 {
		o.match = &m
	}
	o.values.flatten("", x)
	delete(o.values, "off")
	return o
}

// rulesOf are the rules of a signal: overrides in their order, then the
// configuration's own.
func (o *oracle) rulesOf(sig *signal) []rule {
	if known, ok := o.rules[sig.name]; ok {
		return known
	}
	own := o.settings.signal(sig.name)
	if len(o.lists.Only) > 0 && !slices.Contains(o.lists.Only, sig.name) {
		o.rules[sig.name] = []rule{{values: own, off: true}}
		return o.rules[sig.name]
	}
	var all []rule
	for i := range o.lists.Overrides {
		x := &o.lists.Overrides[i]
		if !slices.Contains(x.signals, sig.name) {
			continue
		}
		all = append(all, rule{values: x.apply(sig, own), where: x, off: x.off})
	}
	all = append(all, rule{values: own, off: !own.on("enabled")})
	o.rules[sig.name] = all
	return all
}

// apply is the thresholds of a signal under an override. Count, within and
// distance stand for the signal's main threshold of that sort.
func (x *override) apply(sig *signal, own values) values {
	changed := maps.Clone(own)
	for key, v := range x.values {
		if plain(v) == "" {
			continue // nothing is as it is without the override
		}
		switch key {
		case "count":
			key = sig.count
		case "within":
			key = sig.within
		case "distance":
			key = sig.distance
		}
		changed[key] = v
	}
	return changed
}

// holds reports whether an override is about an event, which is the i-th that
// the session's detectors see.
func (o *oracle) holds(x *override, s *history, i int) bool {
	h := s.seen[i]
	if x.match != nil && !matches(*x.match, h.e) {
		return false
	}
	if len(x.step) == 0 {
		return true
	}
	for _, v := range o.visits(s, seen(s.all[:s.index(h)])) {
		if v.left == event.Never && (slices.Contains(x.step, v.step) || slices.Contains(x.step, v.journey+"/"+v.step)) {
			return true
		}
	}
	return false
}

// readings are the rules of a signal that look at a session.
func (o *oracle) readings(s *history, sig *signal) (all []*reading) {
	rules, without := o.rulesOf(sig), o.without(s, sig.name)
	for i := range rules {
		all = append(all, &reading{oracle: o, values: rules[i].values, s: without, sig: sig, own: map[*occurrence]bool{}})
	}
	if !slices.ContainsFunc(rules, func(r rule) bool { return !r.off }) {
		return nil
	}
	for i, h := range s.seen {
		if o.leftOut(s, sig.name, i) || o.absent(sig.name, h.e) {
			continue
		}
		at := slices.IndexFunc(rules, func(r rule) bool { return r.where == nil || o.holds(r.where, s, i) })
		if !rules[at].off {
			all[at].own[h] = true
		}
	}
	var on []*reading
	for i := range all {
		if !rules[i].off {
			on = append(on, all[i])
		}
	}
	return on
}

// mine reports that an event, if the signal is about it, is for this rule: it is
// no known false alarm, and the first override that matches is this one.
func (r *reading) mine(h *occurrence) bool { return r.own[h] }
