package session

import (
	"slices"

	"friction/pipeline/event"
)

// Clock is the event time of a task: the topic time of each of its topics, and the
// watermark.
type Clock struct {
	disorder   event.Millis
	topicTimes []event.Millis
	watermark  event.Millis
}

// NewClock starts a clock for n topics that have seen nothing.
func NewClock(disorder event.Millis, n int) Clock {
	c := Clock{disorder: disorder, topicTimes: make([]event.Millis, n), watermark: event.Beginning}
	for i := range c.topicTimes {
		c.topicTimes[i] = event.Beginning
	}
	return c
}

// Effective notes the time of an accepted event of a topic and returns its effective
// time: max(event time, topic time − disorder). If the watermark is above that already,
// because the topic was idle, the watermark is the effective time, and overtaken is true.
func (c *Clock) Effective(topic uint8, t event.Millis) (effective event.Millis, overtaken bool) {
	topicTime := c.topicTimes[topic]
	if t > topicTime {
		c.topicTimes[topic] = t
		topicTime = t
	}
	effective = max(t, topicTime-c.disorder)
	if effective < c.watermark {
		return c.watermark, true
	}
	return effective, false
}

// TopicTime is the highest event time accepted from a topic, event.Beginning
// before the first.
func (c *Clock) TopicTime(topic int) event.Millis { return c.topicTimes[topic] }

// Watermark is the event time strictly below which everything is processed.
func (c *Clock) Watermark() event.Millis { return c.watermark }

// Reachable is the watermark that the topics not marked idle allow: min of topic
// time − disorder, never less than today's. When all are idle it is today's, or,
// where there is none yet, what the topics that have sent anything allow.
func (c *Clock) Reachable(idle []bool) event.Millis {
	if c.watermark == event.Beginning && !slices.Contains(idle, false) && len(idle) == len(c.topicTimes) {
		return c.first()
	}
	lowest, waited := event.Never, false
	for i, t := range c.topicTimes {
		if i < len(idle) && idle[i] {
			continue
		}
		waited = true
		if t == event.Beginning {
			return c.watermark
		}
		lowest = min(lowest, t-c.disorder)
	}
	if !waited {
		return c.watermark
	}
	return max(lowest, c.watermark)
}

// first is the first watermark of a task all of whose topics are idle.
func (c *Clock) first() event.Millis {
	lowest := event.Never
	for _, t := range c.topicTimes {
		if t != event.Beginning {
			lowest = min(lowest, t-c.disorder)
		}
	}
	if lowest == event.Never {
		return event.Beginning
	}
	return lowest
}

// Advance moves the watermark; it never goes back.
func (c *Clock) Advance(w event.Millis) { c.watermark = max(c.watermark, w) }
