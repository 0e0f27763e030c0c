package oracle

import (
	"slices"

	"friction/pipeline/event"
)

// burst is a rule about like things that lie close together.
type burst struct {
	count     int
	within    event.Millis
	gap       bool // `within` is between neighbours
	uncounted int  // how many of a run are not counted
	enough    func([]*occurrence) bool
}

// item is one of the things, or what ends a run of them.
type item struct {
	h      *occurrence
	key    string
	ends   bool   // ends the run of the key after this, every key's when it is "*"
	unless string // not done while this key has a run
}

// group is what is known of one key.
type group struct {
	loose, run []*occurrence
	begun      int // events processed when the run began
}

// bursts reads items in order.
func (r *reading) bursts(items []item, b burst) (found []*finding) {
	s := r.s
	groups := map[string]*group{}
	var keys []string
	finish := func(p *group, made int) {
		if n := len(p.run); n > b.uncounted {
			f := run(r.sig.name, p.run, n-b.uncounted)
			f.made, f.began = made, p.begun
			for _, h := range p.run {
				f.claims = append(f.claims, max(p.begun, s.index(h)))
			}
			found = append(found, f)
		}
		p.run = nil
	}
	quiet := func(p *group, h *occurrence) {
		if n := len(p.run); n > 0 && lapsed(p.run[n-1], h, b.within) {
			finish(p, s.after(p.run[n-1].effective+b.within))
		}
	}
	for _, d := range items {
		for _, key := range keys {
			quiet(groups[key], d.h)
		}
		if other := groups[d.unless]; d.unless != "" && other != nil && len(other.run) > 0 {
			continue
		}
		if d.ends {
			for _, key := range keys {
				if key == d.key || d.key == "*" {
					finish(groups[key], s.index(d.h))
					groups[key].loose = nil
				}
			}
			continue
		}
		if groups[d.key] == nil {
			groups[d.key] = &group{}
			keys = append(keys, d.key)
		}
		p := groups[d.key]
		if len(p.run) > 0 && d.h.e.Time > newest(p.run)+b.within {
			finish(p, s.index(d.h))
		}
		if len(p.run) > 0 {
			p.run = append(p.run, d.h)
			continue
		}
		p.loose = append(b.recent(p.loose, d.h), d.h)
		if len(p.loose) >= b.count && (b.enough == nil || b.enough(p.loose)) {
			p.run, p.loose, p.begun = p.loose, nil, s.index(d.h)
		}
	}
	for _, key := range keys {
		if p := groups[key]; len(p.run) > 0 {
			finish(p, s.after(p.run[len(p.run)-1].effective+b.within))
		}
	}
	return found
}

// recent is what may still be in one run with h.
func (b burst) recent(loose []*occurrence, h *occurrence) []*occurrence {
	far := func(x *occurrence) bool { return apart(x, h) > b.within || h.effective > x.effective+b.within }
	if b.gap {
		if n := len(loose); n > 0 && far(loose[n-1]) {
			return nil
		}
		return loose
	}
	return slices.DeleteFunc(slices.Clone(loose), far)
}

func newest(list []*occurrence) event.Millis {
	t := event.Beginning
	for _, h := range list {
		t = max(t, h.e.Time)
	}
	return t
}
