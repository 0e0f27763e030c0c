package worker

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"friction/pipeline/checkpoint"
)

// What was open of people when they were forgotten leaves no rows, also through crashes: every recovery applies tombstones
// where they were applied before, or it would make other rows than the log has, which is an error. All others have theirs.
func TestForgottenThroughCrashes(t *testing.T) {
	w := shopWorld(t, 2)
	c := quick()
	c.BaseEvery, c.ReplayTime = time.Hour, time.Hour // every recovery processes everything again
	if !w.live(t, -1, 200, c) {
		t.Fatal("the undisturbed process did not finish")
	}
	want := w.rows.rows
	w.reset()
	var people []string
	for _, topic := range w.Topics {
		for _, r := range w.Records[topic] {
			if key := string(r.Key); len(people) < 60 && !strings.Contains(fmt.Sprint(people), key) {
				people = append(people, key)
			}
		}
	}
	dice := rand.New(rand.NewPCG(2, 7))
	for life := int64(1); !w.live(t, 40+15*life+dice.Int64N(60), 100+dice.IntN(200), c); life++ { // each has more to do again
		if life > 200 || t.Failed() {
			t.Fatalf("no end after %d lives", life)
		}
		if life < 20 {
			if _, err := checkpoint.Forget(t.Context(), w.log, checkpoint.Tombstone{Users: people}); err != nil {
				t.Fatal(err)
			}
		}
	}
	forgotten, others := 0, 0
	for key, row := range want {
		if !strings.HasPrefix(key, "session ") {
			continue
		}
		named := false
		for _, p := range people {
			named = named || strings.Contains(row, "User:"+p+" ")
		}
		switch got, there := w.rows.rows[key]; {
		case named && !there:
			forgotten++
		case !named && got != row:
			t.Errorf("somebody else's: want %s, got %s", row, got)
		case !named:
			others++
		}
	}
	if forgotten == 0 || others == 0 {
		t.Errorf("%d sessions are forgotten, %d of others are there: the test proves nothing", forgotten, others)
	}
}
