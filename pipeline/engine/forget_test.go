package engine

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// forgetting is an engine that is given events by hand.
type forgetting struct {
	*Engine
	t      *testing.T
	offset int64
	keyer  event.Keyer
}

func (f *forgetting) add(user, account string, second int, kind event.Type) {
	e := f.Slot()
	*e = event.Event{
		Time: event.Millis(1_700_000_000_000 + second*1000), App: "shop", User: user, Account: account, Type: kind,
		Page: "/p", Flags: event.MillisecondTime, Key: f.keyer.Key("shop", user, ""),
	}
	f.Add(&event.Record{Offset: f.offset, Time: e.Time, Key: []byte(user)})
	f.offset++
}

func (f *forgetting) rows() *score.Rows {
	f.Advance(f.Reachable(nil))
	for !f.Run() {
		f.t.Fatal("too many rows")
	}
	return f.TakeRows()
}

// An attempt that somebody left is forgotten with them: its visit is not written again.
func TestForgetDropsUnfinishedAttempts(t *testing.T) {
	c := DefaultConfig()
	c.Journeys.List = []journey.Journey{{Name: "buy", Resume: 5 * time.Hour, Steps: []journey.Step{
		{Name: "p", Match: []journey.Match{{Page: journey.Values{"/p"}}}}, {Name: "q", Match: []journey.Match{{Page: journey.Values{"/q"}}}},
	}}}
	e, err := New(c, []string{"t"})
	if err != nil {
		t.Fatal(err)
	}
	f := &forgetting{Engine: e, t: t}
	for _, user := range []string{"ada", "bob", "eve"} { // eve's session is open
		f.add(user, "account of "+user, map[string]int{"eve": 5000}[user], event.PageView)
	}
	f.add("clock", "", 5100, event.PageView)
	f.rows()
	f.Forget(&Person{Users: []string{"ada", "eve"}})
	state := f.AppendState(nil)
	if bytes.Contains(state, []byte("ada")) || bytes.Contains(state, []byte("eve")) || !bytes.Contains(state, []byte("bob")) {
		t.Error("the state still names who was forgotten, or not the others")
	}
	f.Forget(&Person{Account: "account of bob"})
	if bytes.Contains(f.AppendState(nil), []byte("bob")) {
		t.Error("the state still names whose account was forgotten")
	}
}

// Who is forgotten leaves no rows of open sessions, resident or evicted, and no waiting events; the others and the sums
// have theirs. An engine that was saved and loaded before forgets in the same way.
func TestForget(t *testing.T) {
	for _, maxAwake := range []int{0, 1000} {
		t.Run(fmt.Sprint("resident ", maxAwake), func(t *testing.T) {
			c := DefaultConfig()
			c.Sessions.MaxAwake = max(maxAwake, 1)
			fresh := func() *forgetting {
				e, err := New(c, []string{"t"})
				if err != nil {
					t.Fatal(err)
				}
				return &forgetting{Engine: e, t: t}
			}
			f := fresh()
			for i := range 20 {
				f.add(fmt.Sprint("user-", i), fmt.Sprint("account-", i), i, event.PageView)
				f.add(fmt.Sprint("user-", i), "", i, event.Click)
			}
			f.add("clock", "", 300, event.PageView)
			f.rows()
			f.add("user-3", "", 301, event.Click) // they wait
			f.add("user-4", "", 301, event.Click)
			state := f.AppendState(nil)
			again := fresh()
			if err := again.LoadState(state); err != nil {
				t.Fatal(err)
			}
			again.offset = f.offset
			var made [2]*score.Rows
			for k, x := range []*forgetting{f, again} {
				sessions, waiting := x.Forget(&Person{App: "shop", Users: []string{"user-3", "user-5"}})
				if sessions != 2 || waiting != 1 {
					t.Errorf("%d sessions and %d events forgotten, want 2 and 1", sessions, waiting)
				}
				if n, _ := x.Forget(&Person{App: "other", Users: []string{"user-4"}}); n != 0 {
					t.Error("another app's user is forgotten")
				}
				if n, _ := x.Forget(&Person{Account: "account-7"}); n != 1 {
					t.Errorf("%d sessions of an account forgotten, want 1", n)
				}
				if after := x.AppendState(nil); bytes.Contains(after, []byte("user-3")) || bytes.Contains(after, []byte("user-7")) || !bytes.Contains(after, []byte("user-4")) {
					t.Error("the state still names who was forgotten, or not the others")
				}
				x.Advance(x.ClosingWatermark())
				x.Run()
				made[k] = x.TakeRows()
			}
			if !reflect.DeepEqual(made[0].Sessions, made[1].Sessions) || !reflect.DeepEqual(made[0].Visits, made[1].Visits) || !reflect.DeepEqual(made[0].Panes, made[1].Panes) {
				t.Error("an engine that was loaded makes other rows")
			}
			if n := len(made[0].Sessions); n != 18 {
				t.Errorf("%d sessions have rows, want 17 and the clock's", n)
			}
			for _, s := range made[0].Sessions {
				if s.User == "user-3" || s.User == "user-5" || s.User == "user-7" {
					t.Errorf("%s has a row", s.User)
				}
			}
			if c := f.Counters(); !c.Balanced() || c.Filtered != 1 || c.Pending != 0 {
				t.Errorf("%+v", c)
			}
		})
	}
}
