package simulate

import (
	"strconv"

	"friction/pipeline/traffic"
)

// topic is where an event goes.
type topic uint8

const (
	clickstream topic = iota
	telemetry
	topicCount
)

// pendingEvent is an event that has happened and is not delivered yet.
type pendingEvent struct {
	at    int64 // true time, Unix ns
	stamp int64 // device time, Unix ms
	to    topic
	value []byte
}

// recorder holds the events of the page that is being played. All people of a
// shop share one, since one page is played at a time.
type recorder struct {
	key     uint64 // of this shop's traffic; event ids are made of it
	slab    traffic.Slab
	times   traffic.TimeWriter
	pending []pendingEvent
}

// begin starts an event. Browsers write Unix ms, apps RFC 3339.
func (r *recorder) begin(stamp int64, web bool, id uint64) []byte {
	b := append(r.slab.Buffer(), `{"time":`...)
	if web {
		b = strconv.AppendInt(b, stamp, 10)
	} else {
		b = r.times.Append(b, stamp)
	}
	b = append(b, `,"id":"`...)
	return traffic.AppendID(b, traffic.Mix(r.key^id))
}

// end keeps an event that is written out.
func (r *recorder) end(b []byte, at, stamp int64, to topic) {
	r.pending = append(r.pending, pendingEvent{at, stamp, to, r.slab.Commit(b)})
}
