package loadgen

// user is what a load knows of a user.
type user struct {
	seen   int64 // time of the last event, 0 before the first
	inStay bool
}

// stay is one stay of a user. Left is how many events are to come, 0 until it
// begins.
type stay struct {
	user, left int
	burst      int // clicks of a burst …
	burstAt    int // … that is due when so many events are left
	page       int
	clicked    bool // the last event is an ordinary click …
	answered   bool // … and the next one is its reaction
	key        string
}

// bursting reports that the next event is a click of the burst.
func (s *stay) bursting() bool {
	return s.burst > 0 && s.left <= s.burstAt && s.left > s.burstAt-s.burst
}

// ends reports that the next event is the last before a burst or of the stay.
func (s *stay) ends() bool { return s.left == 1 || s.burst > 0 && s.left == s.burstAt+1 }
