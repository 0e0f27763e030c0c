package journey

import (
	"fmt"
	"testing"

	"friction/pipeline/event"
)

// A scanner's pages take the places of others for an hour at most, and hide no page that people use, whatever it does.
func TestJunkPagesBlindNothing(t *testing.T) {
	s := NewSteps(50)
	see := func(page string, now event.Millis) bool {
		id, other := s.Page("shop", &event.Event{Type: event.PageView, Page: page}, now)
		return !other && s.Info(id).Step == page
	}
	junk := 0
	for ; junk < 50; junk++ { // it came first
		see(fmt.Sprint("/junk", junk), 0)
	}
	for h := range event.Millis(24) {
		for i := range event.Millis(3000) {
			now := h*hour + i*1000
			junk++
			see(fmt.Sprint("/junk", junk), now) // twice as many views as the page that people use
			if i%2 == 1 {
				if known := see("/cart", now); known != (h > 0) {
					t.Fatalf("hour %d, view %d: /cart has a place: %v", h, i, known)
				}
			}
		}
		if len(s.site("shop").kept) > 50 || len(s.site("shop").candidates) > 50 || len(s.infos) > 110 {
			t.Fatalf("%d places, %d candidates, %d steps", len(s.site("shop").kept), len(s.site("shop").candidates), len(s.infos))
		}
	}
}

// A page that is not there gets no place.
func TestMissingPagesGetNoPlace(t *testing.T) {
	s := NewSteps(3)
	for i, status := range []int32{404, 410, 200, 500} {
		page := fmt.Sprint("/", i)
		id, other := s.Page("shop", &event.Event{Type: event.PageView, Page: page, Status: status}, 0)
		if missing := status == 404 || status == 410; other != missing || (s.Info(id).Step == Other) != missing {
			t.Errorf("status %d: step %s, other %v", status, s.Info(id).Step, other)
		}
	}
}

// A step that lost its place stays while something is counted on it, and its number is used again after that.
func TestStepsAreUsedAgain(t *testing.T) {
	s := NewSteps(1)
	see := func(page string, now event.Millis) StepID {
		id, _ := s.Page("shop", &event.Event{Type: event.PageView, Page: page}, now)
		return id
	}
	first := see("/a", 0)
	s.Hold(first)
	see("/b", 1)
	see("/b", 2)
	second := see("/b", hour)
	if s.Info(first).Step != "/a" || s.Info(second).Step != "/b" {
		t.Errorf("steps are %+v and %+v, want /a, on which something is counted, and /b", s.Info(first), s.Info(second))
	}
	s.Release(first)
	if s.Has(first) {
		t.Error("the step is there after nothing is counted on it")
	}
	if id := s.Step(StepInfo{App: "shop", Journey: "buy", Step: "pay"}); id != first {
		t.Errorf("the number %d was not used again but %d", first, id)
	}
	s.Forget("shop")
	if len(s.known) != 0 || len(s.free) != len(s.infos)-1 {
		t.Errorf("after its app was forgotten there are %v", s.known)
	}
}
