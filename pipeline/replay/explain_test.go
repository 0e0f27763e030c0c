package replay

import (
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// A login changes the user within a session of the client; that is said unless the client's session is the key.
func TestUsersThatChangeWithinAClientSession(t *testing.T) {
	events := []event.Event{
		{App: "shop", Client: "c1", User: "anonymous-1"},
		{App: "shop", Client: "c1", User: "jane"},
		{App: "shop", Client: "c1", User: "anonymous-1"}, // counted already
		{App: "shop", Client: "c2", User: "joe"},
		{App: "shop", Client: "c2", User: "joe"},
		{App: "other", Client: "c2", User: "ann"}, // another app's session of that id
		{App: "shop", User: "bob"},
	}
	for key, want := range map[session.Key]uint64{session.ByUser: 1, session.ByClient: 0} {
		c := session.DefaultConfig()
		c.Key = key
		s, err := sessionsBy(c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			s.see(&events[i])
		}
		if s.Changed != want {
			t.Errorf("by %s: %d client sessions changed their user, want %d", key, s.Changed, want)
		}
	}
}
