package worker

import (
	"testing"
	"time"
)

func TestWhenASnapshotIsDue(t *testing.T) {
	c := DefaultConfig()
	start := time.Unix(1_700_000_000, 0)
	fresh := func(tasks int) *snapshots {
		b := &snapshots{tasks: tasks}
		b.due(1, start, &c)
		return b
	}
	enough := int(fresh(1).replayable(c.ReplayTime)) + 1

	t.Run("when enough has come", func(t *testing.T) {
		b := fresh(1)
		b.since = enough - 2
		if b.due(2, start, &c) {
			t.Error("due before")
		}
		if b.since = enough; !b.due(3, start, &c) || b.due(4, start, &c) {
			t.Error("want one, and no second while it is being written")
		}
	})
	t.Run("more often when more tasks recover together", func(t *testing.T) {
		b := fresh(1000)
		if b.since = enough / 10; !b.due(2, start, &c) {
			t.Error("not due")
		}
	})
	t.Run("not at once after one that took long to write", func(t *testing.T) {
		b := fresh(1)
		b.since, b.took = enough, time.Minute
		if b.due(2, start.Add(119*time.Second), &c) {
			t.Error("due while others need the time")
		}
		if !b.due(3, start.Add(2*time.Minute), &c) {
			t.Error("never due again")
		}
	})
	t.Run("as a recovery has shown", func(t *testing.T) {
		b := &snapshots{tasks: 1000}
		b.recovered(1_000_000, 10*time.Second) // 100,000 a second
		if got := b.replayable(5 * time.Second); got < 499_000 || got > 501_000 {
			t.Errorf("%.0f records in 5 s, want 500,000", got)
		}
	})
}
