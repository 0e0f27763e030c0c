package signals

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// rage finds bursts of clicks at one place: at least `clicks` clicks, the first
// to the last of them at most `within`, each at the place of the one before. A
// burst goes on while such a click follows within `silence`, and is one signal.
// [RageThresholds] says what else a product's own rule may be made of.
type rage struct {
	*rageRule
	recent []click       // of no burst, at most `within` old; the latest `most` of them
	open   detect.Signal // Count 0: none
	last   click         // of the burst
	box    box           // of the burst
	origin origin        // of the burst
}

type rageRule struct {
	on              event.Type
	clicks, most    int
	within, silence event.Millis // inclusive
	every           int          // 0: once a burst
	gap, restart    bool         // what kind of window `within` is
	consecutive     bool         // a click elsewhere begins anew
	breaks          bool         // what makes clicks forgotten ends a burst, too
	same            Same
	place           bool // same is [SamePlace]
	taps            bool // of taps: names of targets count as ids, and must be near as well
	near            proximity
	places          map[string]string // of targets, by id
}

// minRecent is how many clicks in no burst are remembered where few make one: more than anybody clicks elsewhere between
// two clicks in anger. Where many make one it is four times as many. Each new click is compared with pairs of them.
const minRecent = 16

// click is what is kept of a click.
type click struct {
	time    event.Millis
	now     event.Millis
	place   string // identity of the target, where that matters
	x, y    float32
	located bool          // x and y say where it was
	signal  detect.Signal // as if the click were a burst of its own
}

// rule finds bursts of events of one type.
func (t RageThresholds) rule(on event.Type) detect.Rule {
	c := t.Compat
	shared := &rageRule{
		place: t.Same == "" || t.Same == SamePlace, taps: on == event.Tap,
		on: on, clicks: t.Clicks, most: min(max(minRecent, 4*t.Clicks), detect.Most), within: c.Edge.inclusive(session.Millis(t.Within)), silence: session.Millis(c.Ends),
		every: c.Every, gap: c.Window == Gap, restart: c.Window == Restart, consecutive: c.Consecutive, breaks: c.Breaks, same: t.Same,
		near: proximity{c.Shape, t.Distance, c.DistanceEdge}, places: map[string]string{},
	}
	if c.Ends == 0 {
		shared.silence = shared.within
	}
	return detect.Rule{
		Triggers: detect.TypesOf(on), Forgets: true,
		New: func() detect.Detector { return &rage{rageRule: shared, last: click{now: event.Beginning / 2}} },
	}
}

// Observe adds a click to the burst that is going on if it follows it closely, else to the recent clicks, of which a
// new burst may begin.
func (r *rage) Observe(in *detect.Input) {
	if in.Event == nil {
		if in.Closing || r.last.now+r.silence < in.Now {
			r.end(in)
		}
		return
	}
	if in.Event.Type != r.on { // it makes clicks that are part of no signal forgotten
		if r.breaks {
			r.end(in)
		}
		r.forget(in, func(click) bool { return true })
		return
	}
	c := r.newClick(in)
	if c.time > r.last.time+r.silence {
		r.end(in)
	}
	if r.open.Count > 0 && r.continues(c) && r.near.fits(r.box, c) {
		r.join(in, c)
		return
	}
	if n := len(r.recent); r.consecutive && (r.open.Count > 0 || n > 0 && !r.neighbours(c)) {
		r.end(in)
		r.forget(in, func(click) bool { return true })
	}
	r.age(in, c)
	if len(r.recent) == r.most {
		in.Leave(r.recent[0].signal.First())
	}
	r.recent = detect.Push(in, r.recent, c, r.most, event.LimitRageClicks)
	r.begin(in)
}

// age forgets clicks that no burst can begin with any more.
func (r *rage) age(in *detect.Input, c click) {
	if n := len(r.recent); r.gap && n > 0 {
		if last := r.recent[n-1]; last.time >= c.time-r.within && last.now+r.within >= c.now {
			return
		}
	}
	old := func(x click) bool { return x.time < c.time-r.within || x.now+r.within < c.now }
	all := r.restart && slices.ContainsFunc(r.recent, old)
	r.forget(in, func(x click) bool { return all || old(x) })
}

// forget forgets clicks that are in no burst, and says so to who waits for them.
func (r *rage) forget(in *detect.Input, gone func(click) bool) {
	r.recent = detect.Drop(r.recent, func(c click) bool {
		if !gone(c) {
			return false
		}
		in.Leave(c.signal.First())
		return true
	})
}

// join makes a click part of the burst.
func (r *rage) join(in *detect.Input, c click) {
	if r.open.Count == 0 {
		r.open, r.box, r.origin = c.signal, boxOf(c), originOf(c)
	} else {
		r.open.Add(c.time, c.signal.First())
		r.box = r.box.with(c)
		r.origin.take(c)
	}
	r.open.Count++
	r.last = c
	in.Claim(c.signal.First())
	if r.every > 0 && int(r.open.Count) == r.every {
		r.end(in)
	}
}

func (r *rage) newClick(in *detect.Input) click {
	e := in.Event
	c := click{time: e.Time, now: in.Now, x: e.X, y: e.Y, signal: in.Begin()}
	c.located = detect.IsLocated(e)
	switch {
	case r.same == OnlyDistance:
	case r.place && r.taps, !r.place && r.same != TargetOrDistance:
		c.place = e.Target.Name()
	case e.Target != nil && e.Target.ID != "":
		c.place = r.placeOf(e.Target.ID)
	case !c.located:
		c.place = "?" + e.Target.Name()
	}
	return c
}

// maxPlaces bounds the places that are kept ready.
const maxPlaces = 4096

// placeOf is the place of a target with an id, made once for many clicks.
func (r *rageRule) placeOf(id string) string {
	place, ok := r.places[id]
	if !ok {
		if len(r.places) == maxPlaces {
			clear(r.places)
		}
		place = "#" + id
		r.places[place[1:]] = place
	}
	return place
}

// follows reports whether c is such a click as the one before it.
func (r *rage) follows(c, before click) bool {
	near := c.located && before.located && r.near.near(c, before)
	switch r.same {
	case OnlyTarget:
		return c.place == before.place && c.place != ""
	case OnlyDistance:
		return near
	case TargetAndDistance:
		return c.place == before.place && (near || c.place != "" && !(c.located && before.located))
	}
	if c.place != "" || before.place != "" {
		return c.place == before.place && c.place != "?"
	}
	return near
}

// begin starts a burst when the newest click completes one. It walks back from the
// newest click over those at the same place (chain), asks whether the chain is long
// enough, short enough in time, and within the distance as a whole, and moves its
// clicks from recent into the burst. A burst that was open ends: it was elsewhere.
func (r *rage) begin(in *detect.Input) {
	if len(r.recent) < r.clicks {
		return
	}
	chain := r.chain()
	if len(chain) < r.clicks {
		return
	}
	newest, first := r.recent[chain[0]], r.recent[chain[len(chain)-1]]
	if !r.gap && newest.time-first.time > r.within {
		return
	}
	taken := make([]click, 0, len(chain))
	for _, i := range slices.Backward(chain) {
		taken = append(taken, r.recent[i])
	}
	if !r.near.hold(taken) {
		return
	}
	kept := r.recent[:0]
	for i, c := range r.recent {
		if !slices.Contains(chain, i) {
			kept = append(kept, c)
		}
	}
	clear(r.recent[len(kept):])
	r.recent = kept
	r.end(in)
	for _, c := range taken {
		r.join(in, c)
	}
}

// chain is the places in recent of the clicks that the newest one may make a signal
// of, the newest first.
func (r *rage) chain() []int {
	if r.place {
		return r.placeChain()
	}
	chain := make([]int, 0, 8)
	newest := r.recent[len(r.recent)-1]
	for i, at := len(r.recent)-1, newest; i >= 0 && len(chain) < r.clicks; i-- {
		switch c := r.recent[i]; {
		case len(chain) == 0 || r.follows(at, c):
			chain, at = append(chain, i), c
		case at.place == "" && c.place == "": // "the one before" is elsewhere
			return nil
		}
	}
	return chain
}

func (r *rage) end(in *detect.Input) {
	if r.open.Count > 0 {
		in.Find(r.open)
		r.open = detect.Signal{}
	}
}

// AwaitedUntil says until what effective time the click that a signal is about may still
// become part of a burst.
func (r *rage) AwaitedUntil(s *detect.Signal) event.Millis {
	for i := range r.recent {
		if c := &r.recent[i]; c.time == s.Started && c.signal.First() == s.First() {
			return c.now + r.within
		}
	}
	return event.Beginning
}

func (r *rage) Pending(now event.Millis) detect.Pending {
	n := len(r.recent)
	out := detect.Pending{Due: event.Never, Since: event.Never, Spent: n == 0 || r.recent[n-1].now+r.within < now}
	for i := range r.recent {
		out.Since = min(out.Since, r.recent[i].time)
	}
	if r.open.Count > 0 {
		out = detect.Pending{Due: r.last.now + r.silence, Since: min(out.Since, r.open.Started)}
	}
	return out
}

func (r *rage) Save(s *event.State) {
	event.Slice(s, &r.recent, func(c *click) { c.save(s) })
	r.open.Save(s)
	r.last.save(s)
	r.box.save(s)
	r.origin.save(s)
}

func (c *click) save(s *event.State) {
	event.Int(s, &c.time)
	event.Int(s, &c.now)
	event.Str(s, &c.place)
	s.Float(&c.x)
	s.Float(&c.y)
	s.Bool(&c.located)
	c.signal.Save(s)
}
