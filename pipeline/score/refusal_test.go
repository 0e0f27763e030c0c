package score

import (
	"reflect"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Rows that say what cannot be are refused.
func TestImpossibleRowsAreRefused(t *testing.T) {
	good := AppendRows(nil, &Rows{Visits: []VisitRow{{Outcome: journey.Dropped}}})
	if _, err := DecodeRows(good); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeRows(AppendRows(nil, &Rows{Visits: []VisitRow{{Outcome: NumOutcomes}}})); err == nil {
		t.Error("an unknown outcome was read")
	}
}

func TestSumsComeBackFromTheirState(t *testing.T) {
	want := cellSums{dirty: true, sums: sums{
		pain: 1, painSq: 2, visits: 3, affected: 4, stalled: 5, outcomes: [journey.NumOutcomes]uint32{6, 7, 8, 9, 10},
		signals: []kindCount{{1, 11}, {2, 12}}, dwell: []Count32{{3, 13}, {95, 14}},
	}}
	out := event.WriteState(nil)
	want.save(out)
	var got cellSums
	in := event.ReadState(out.Bytes())
	if got.save(in); in.Done() != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v came back as %+v: %v", want, got, in.Done())
	}
	for n := range out.Bytes() {
		var cut cellSums
		in := event.ReadState(out.Bytes()[:n])
		if cut.save(in); in.Done() == nil {
			t.Errorf("%d of %d bytes were taken for all", n, len(out.Bytes()))
		}
	}
	for name, bad := range map[string]cellSums{
		"kind":   {sums: sums{signals: []kindCount{{255, 1}}}},
		"bucket": {sums: sums{dwell: []Count32{{NumDwellBuckets, 1}}}},
	} {
		out, back := event.WriteState(nil), cellSums{}
		bad.save(out)
		in := event.ReadState(out.Bytes())
		if back.save(in); in.Done() == nil {
			t.Errorf("an unknown %s was loaded", name)
		}
	}
}
