package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/loadgen"
)

// footprint is what the engine holds, after garbage collection.
type footprint struct {
	Sessions        int
	EventsEach      int
	BytesPerSession float64 // without the two below
	BytesOfIDs      float64 // for each session, to find duplicates
	WindowsMB       float64 // window sums and everything else that does not grow with sessions
}

// eventsEach is how many events an open session of the measurement memory has.
const eventsEach = 20

// measureMemory fills two engines, one with more sessions than the other. The difference is the memory of sessions,
// the rest that of windows. Ids are measured as the difference if the same events have ids.
func measureMemory(ctx context.Context, t *task, w *watch) (int, error) {
	scripts, err := templates()
	if err != nil {
		return 0, err
	}
	f := &footprint{Sessions: t.Sessions, EventsEach: eventsEach}
	few, some := t.Sessions/20, t.Sessions/10
	w.start()
	var held [4]float64
	for i, c := range []struct {
		sessions int
		ids      bool
	}{{t.Sessions, false}, {few, false}, {some, false}, {some, true}} {
		if held[i], err = hold(ctx, scripts, c.sessions, c.ids); err != nil {
			return 0, err
		}
	}
	w.stop()
	f.BytesPerSession = (held[0] - held[1]) / float64(t.Sessions-few)
	f.BytesOfIDs = (held[3] - held[2]) / float64(some)
	f.WindowsMB = (held[1] - f.BytesPerSession*float64(few)) / (1 << 20)
	w.m.Memory = f
	return eventsEach * (t.Sessions + few + 2*some), nil
}

// templates are decoded sessions of the load.
func templates() (list [][]event.Event, err error) {
	load, err := loadgen.New(loadgen.Options{Seed: seed, Events: 40_000, Users: 200_000, Skew: -1, Disorder: -1})
	if err != nil {
		return nil, err
	}
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		return nil, err
	}
	stays := map[string][]event.Event{}
	for r := range load.Records() {
		var e event.Event
		rec := event.Record{Key: []byte(r.Key), Value: r.Value, Time: event.Millis(r.Time.UnixMilli())}
		if why := d.Decode(&rec, &e); why.Reason != event.Accepted {
			return nil, fmt.Errorf("decode a record of the load: %s", why.Reason)
		}
		e.ID = ""
		if stays[r.Key] = append(stays[r.Key], e); len(stays[r.Key]) == eventsEach {
			list = append(list, stays[r.Key])
		}
	}
	list = slices.DeleteFunc(list, func(stay []event.Event) bool { // of users who came twice
		return stay[len(stay)-1].Time-stay[0].Time >= longestStay
	})
	return list, nil
}

// Times of the sessions: all begin within the gap, so that none closes.
const (
	beginWithin = 25 * time.Minute
	longestStay = 1 << 18 // ms; a power of two
)

// turn is one event of one session.
type turn struct{ session, event int32 }

// hold returns how many bytes an engine holds with so many open sessions.
func hold(ctx context.Context, scripts [][]event.Event, sessions int, ids bool) (float64, error) {
	c := everything()
	c.Sessions.Disorder = 0 // no record waits
	e, err := engine.New(c, topics())
	if err != nil {
		return 0, err
	}
	before := heap()
	if err := play(ctx, e, scripts, sessions, ids); err != nil {
		return 0, err
	}
	after := heap()
	if e.Open() != sessions {
		return 0, fmt.Errorf("%d sessions are open, want %d", e.Open(), sessions)
	}
	runtime.KeepAlive(e)
	return after - before, nil
}

// play feeds the scripts to the engine in the order of time, many sessions at once. A wheel with one slot per
// millisecond holds which session has its next event when.
func play(ctx context.Context, e *engine.Engine, scripts [][]event.Event, sessions int, ids bool) error {
	wheel := make([][]turn, longestStay)
	start := event.Millis(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	left, begun, n := sessions*eventsEach, 0, uint64(0)
	for at := event.Millis(0); left > 0; at++ {
		for ; begun < sessions && int64(begun)*beginWithin.Milliseconds()/int64(sessions) <= int64(at); begun++ {
			slot := &wheel[at%longestStay]
			*slot = append(*slot, turn{int32(begun), 0})
		}
		slot := &wheel[at%longestStay]
		for _, x := range *slot {
			script := scripts[int(x.session)%len(scripts)]
			n++
			feed(e, &script[x.event], start+at, uint64(x.session), n, ids)
			left--
			if next := x.event + 1; int(next) < len(script) {
				wait := script[next].Time - script[x.event].Time
				if wait < 1 {
					return fmt.Errorf("two events of a template are at the same time")
				}
				later := &wheel[(at+wait)%longestStay]
				*later = append(*later, turn{x.session, next})
			}
		}
		if *slot = nil; at%100 == 0 {
			settle(e)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	settle(e)
	return nil
}

// feed gives the engine a copy of an event, for one session at one time.
func feed(e *engine.Engine, template *event.Event, at event.Millis, session, n uint64, ids bool) {
	slot := e.Slot()
	*slot = *template
	slot.Time, slot.User = at, "u"+strconv.FormatUint(10_000_000+session, 10)
	slot.Key = event.Key{Hi: session * 0x9e3779b97f4a7c15, Lo: session}
	binary.LittleEndian.PutUint64(slot.Hash[:], n*0x9e3779b97f4a7c15)
	if ids {
		slot.ID = strconv.FormatUint(n*0x9e3779b97f4a7c15, 16)
	}
	topic := uint8(0)
	if slot.Type == event.Request {
		topic = 1
	}
	e.Add(&event.Record{Topic: topic, Offset: int64(n), Time: at})
}

// settle lets the engine take all it has.
func settle(e *engine.Engine) {
	e.Advance(max(e.TopicTime(0), e.TopicTime(1)))
	for done := false; !done; {
		done = e.Run()
		e.Reuse(e.TakeRows())
	}
}

// heap is how many bytes of it are in use.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
