package simulate

import (
	"bytes"
	"testing"
	"time"
)

// TestANewBehaviourChangesOnlyTheStaysInWhichItOccurs adds behaviours to a shop
// and compares the events of each stay with those of the shop without them.
func TestANewBehaviourChangesOnlyTheStaysInWhichItOccurs(t *testing.T) {
	whistles := func(p *person) {
		p.end(append(p.begin("custom", p.now), `,"name":"whistle"`...), p.now, clickstream)
		p.pass(time.Second)
	}
	f := func(name string, b behaviour, wantShare float64) {
		t.Run(name, func(t *testing.T) {
			o := Options{Seed: 61, Rate: 40, Users: 1e6, Disorder: -1, Duplicates: -1, Trouble: 5, End: opening.Add(30 * time.Minute)}
			before := firstStays(t, o, nil)
			after := firstStays(t, o, []behaviour{b})
			struck := 0
			for user, was := range before {
				is := after[user]
				if bytes.Contains(is, []byte("whistle")) {
					struck++
				} else if !bytes.Equal(was, is) {
					t.Fatalf("%s did not whistle, and yet has other events:\n%s\n%s", user, was, is)
				}
			}
			if len(after) != len(before) {
				t.Errorf("%d users came, %d with the behaviour", len(before), len(after))
			}
			if share := float64(struck) / float64(len(before)); share < wantShare/2 || share > wantShare*2 {
				t.Errorf("it occurred to %.3f of the users, want about %.3f", share, wantShare)
			}
		})
	}
	f("while reading", behaviour{name: "whistle", share: .02, act: whistles}, .12)
	f("as a fault", behaviour{name: "whistle", share: .004, fault: true, act: whistles}, .12)
	f("somewhere", behaviour{name: "whistle", share: .02, where: inApp, act: whistles}, .04)
	f("after a failure", behaviour{name: "whistle", share: 1, when: afterFailure, act: whistles}, .15)
}

// firstStays are the events of each user's first stay, joined.
func firstStays(t *testing.T, o Options, added []behaviour) map[string][]byte {
	t.Helper()
	s := shopFor(t, o)
	s.env.added = added
	stays, first := map[string][]byte{}, map[string]string{}
	for r := range s.Records(time.Time{}) {
		e := decoded(t, r)
		if first[r.Key] == "" {
			first[r.Key] = e.Session
		}
		if first[r.Key] == e.Session {
			stays[r.Key] = append(append(stays[r.Key], r.Value...), '\n')
		}
	}
	return stays
}

// TestBehavioursDoNotOccurTogether: two behaviours with different names have
// different random sources, so that one does not follow from the other.
func TestBehavioursDoNotOccurTogether(t *testing.T) {
	var pages, one, both int
	counted, seen := false, 0
	count := func(n int) func(*person) {
		return func(*person) { seen |= n }
	}
	every := func(p *person) bool { // asked once a page, before the others
		if counted {
			pages++
			switch seen {
			case 1, 2:
				one++
			case 3:
				both++
			}
		}
		counted, seen = true, 0
		return false
	}
	s := shopFor(t, Options{Seed: 62, Rate: 60, End: opening.Add(20 * time.Minute)})
	s.env.added = []behaviour{{name: "page", where: every}, {name: "a", share: .5, act: count(1)}, {name: "b", share: .5, act: count(2)}}
	for range s.Records(time.Time{}) {
	}
	if pages < 1000 || both < pages/5 || both > pages*3/10 || one < pages*4/10 || one > pages*6/10 {
		t.Errorf("on %d pages, one of two behaviours occurred %d times and both %d times", pages, one, both)
	}
}
