package session

import "friction/pipeline/event"

// Closed remembers when the sessions of a task were that have closed, so that an overdue
// event of that time is not counted as a session of its own. It holds no pointers: the
// garbage collector does not look into it.
type Closed struct {
	limit   int          // of spans remembered
	keep    event.Millis // how old an event may be that is still asked for
	ring    []span       // by sequence number; its length is a power of two
	first   uint32       // sequence number of the oldest span remembered
	n       uint32       // how many are
	last    map[uint64]uint32
	horizon event.Millis // nothing is known any more of what ended up to here
}

// span is when a session of a key was.
type span struct {
	key    uint64
	end    event.Millis
	length uint32 // ms
	back   uint32 // how many sequence numbers before it the span of the same key before this one is; 0 for none
}

// leastSpan is how many bytes a span takes at least when it is saved.
const leastSpan = 10

// mostSpans is how many closed sessions of one key are looked at. A key with more of them
// takes no overdue events.
const mostSpans = 64

// NewClosed returns an empty memory.
func NewClosed(c Config) Closed {
	return Closed{limit: min(c.MaxClosed, 1<<31), keep: Millis(c.AcceptLate), last: map[uint64]uint32{}, horizon: event.Beginning}
}

// Add remembers a session that closes at a time in force. forgotten is how many others are
// forgotten for it that an event might still have belonged to.
func (c *Closed) Add(key event.Key, start, end, now event.Millis) (forgotten uint64) {
	for c.n > 0 && c.oldest().end+c.keep < now {
		c.drop()
	}
	if end+c.keep < now || c.keep == 0 {
		return 0
	}
	for int(c.n) >= c.limit {
		c.horizon = max(c.horizon, c.oldest().end)
		c.drop()
		forgotten++
	}
	c.push(span{key: fold(key), end: end, length: uint32(end - start)})
	return forgotten
}

// Covers reports an event of a key and time that needs no session of its own: one of its
// time has closed, or nothing is known of that time any more.
func (c *Closed) Covers(key event.Key, t event.Millis) bool {
	if t <= c.horizon {
		return true
	}
	at, ok := c.last[fold(key)]
	if !ok {
		return false
	}
	for range mostSpans {
		s := c.at(at)
		if t <= s.end && t >= s.end-event.Millis(s.length) {
			return true
		}
		if s.back == 0 || s.back > at-c.first {
			return false
		}
		at -= s.back
	}
	return true
}

// Len is the number of spans remembered.
func (c *Closed) Len() int { return int(c.n) }

// fold makes a key half as long. Two keys of a task are not likely to be equal then.
func fold(key event.Key) uint64 { return key.Hi ^ key.Lo }

func (c *Closed) at(number uint32) *span { return &c.ring[number&uint32(len(c.ring)-1)] }

func (c *Closed) oldest() *span { return c.at(c.first) }

// drop forgets the oldest span.
func (c *Closed) drop() {
	key := c.oldest().key
	if c.last[key] == c.first {
		delete(c.last, key)
	}
	c.first++
	c.n--
}

// push puts a span behind the newest one.
func (c *Closed) push(s span) {
	if int(c.n) == len(c.ring) {
		c.grow()
	}
	number := c.first + c.n
	if before, ok := c.last[s.key]; ok {
		s.back = number - before
	}
	c.last[s.key] = number
	c.n++
	*c.at(number) = s
}

// grow makes room for twice as many spans.
func (c *Closed) grow() {
	old := *c
	c.ring = make([]span, max(16, 2*len(old.ring)))
	for i := range old.n {
		*c.at(old.first + i) = *old.at(old.first + i)
	}
}

// Save visits the spans, the oldest first.
func (c *Closed) Save(st *event.State) {
	event.Int(st, &c.horizon)
	n := c.n
	event.Uint(st, &n)
	if st.Reading() {
		c.load(st, n)
		return
	}
	for i := range n {
		c.at(c.first + i).save(st)
	}
}

// load reads n spans.
func (c *Closed) load(st *event.State, n uint32) {
	if uint64(n) > uint64(len(st.Rest())/leastSpan) {
		st.Fail("number of closed sessions")
		return
	}
	for range n {
		var s span
		if s.save(st); st.Err() != nil {
			return
		}
		c.push(s)
	}
}

func (s *span) save(st *event.State) {
	st.Hash(&s.key)
	event.Time(st, &s.end)
	event.Uint(st, &s.length)
}
