package simulate

import (
	"bytes"
	"math"
	"testing"
	"time"
)

// disorder is the share of records, duplicates apart, that come after a younger
// one of the same user and topic, and the share that come again.
func disorder(t *testing.T, records []Record) (late, again float64) {
	t.Helper()
	newest := map[string]time.Time{}
	values := map[string][]byte{}
	n := 0.0
	for _, r := range records {
		id := decoded(t, r).ID
		if before, ok := values[id]; ok {
			if again++; !bytes.Equal(before, r.Value) {
				t.Fatalf("id %s names two events:\n%s\n%s", id, before, r.Value)
			}
			continue
		}
		values[id] = r.Value
		n++
		if of := r.Topic + r.Key; r.Time.Before(newest[of]) {
			late++
		} else {
			newest[of] = r.Time
		}
	}
	return late / n, again / n
}

func TestDisorderAndDuplicates(t *testing.T) {
	f := func(o Options, late, again float64) {
		t.Helper()
		o.Seed = 31
		gotLate, gotAgain := disorder(t, playFor(t, 30*time.Minute, o).records)
		if math.Abs(gotLate-late) > .1*late {
			t.Errorf("%.4f are out of order, want %.4f", gotLate, late)
		}
		if math.Abs(gotAgain-again) > .5*again { // a few batches, large and small
			t.Errorf("%.4f come again, want %.4f", gotAgain, again)
		}
	}
	f(Options{}, .05, .002)
	f(Options{Disorder: .15, Duplicates: .03}, .15, .03)
	f(Options{Disorder: -1, Duplicates: -1}, 0, 0)
}

func TestDeliveryDoesNotChangeWhatPeopleDo(t *testing.T) {
	truth := func(o Options) (b []byte) {
		o.Seed = 32
		for _, v := range playFor(t, time.Hour, o).visits {
			b = append(v.AppendJSON(b), '\n')
		}
		return b
	}
	if !bytes.Equal(truth(Options{}), truth(Options{Disorder: .3, Duplicates: .2})) {
		t.Error("people behave differently when their trackers do")
	}
}
