package signals

import "friction/pipeline/event"

// reversals follows a movement along one axis and says when it turns round: when it
// has gone `distance` the other way from its farthest point, having gone that far
// before.
type reversals struct {
	farthest float32
	way      int8 // -1 or 1; 0 until it has gone anywhere
	begun    bool
}

// turn reports whether the movement turns at a position.
func (t *reversals) turn(at float32, distance float64) bool {
	if !t.begun {
		t.begun, t.farthest = true, at
		return false
	}
	gone := float64(at) - float64(t.farthest)
	switch {
	case gone == 0:
	case t.way == 0:
		if gone >= distance || gone <= -distance {
			t.way, t.farthest = sign(gone), at
		}
	case sign(gone) == t.way:
		t.farthest = at
	case gone >= distance || gone <= -distance:
		t.way, t.farthest = -t.way, at
		return true
	}
	return false
}

func sign(x float64) int8 {
	if x < 0 {
		return -1
	}
	return 1
}

func (t *reversals) save(s *event.State) {
	s.Float(&t.farthest)
	event.Int(s, &t.way)
	s.Bool(&t.begun)
}
