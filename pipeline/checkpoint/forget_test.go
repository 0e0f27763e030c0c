package checkpoint

import (
	"fmt"
	"reflect"
	"testing"
)

// A tombstone waits until an epoch has applied it, through other writers and reads from a hint, and then no longer.
func TestTombstonesWaitUntilTheyAreApplied(t *testing.T) {
	ctx, log := t.Context(), &Memory{}
	open := func(hint int64) (*Writer, *Recovery) {
		t.Helper()
		w, r, err := Open(ctx, log, Options{Claim: Claim{Run: "1", Birth: 1, Member: "m"}, Hint: hint})
		if err != nil {
			t.Fatal(err)
		}
		return w, r
	}
	w, _ := open(0)
	n := uint64(0)
	epoch := func(applied ...Tombstone) {
		t.Helper()
		n++
		if err := w.AppendEpoch(ctx, &Epoch{Header: Header{N: n, Forgotten: applied}, Rows: []byte("rows")}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(users ...string) {
		t.Helper()
		var got []string
		for _, x := range w.Tombstones() {
			got = append(got, x.Users...)
		}
		if fmt.Sprint(got) != fmt.Sprint(users) {
			t.Fatalf("waiting are %v, want %v", got, users)
		}
	}
	epoch()
	want()
	at, err := Forget(ctx, log, Tombstone{App: "shop", Users: []string{"ann"}, Account: "a"})
	if err != nil {
		t.Fatal(err)
	}
	epoch() // it was made before anybody knew
	want("ann")
	if err := w.AppendSnapshot(ctx, &Snapshot{Header: Header{N: n, Flushed: n}, State: []byte("state")}); err != nil {
		t.Fatal(err)
	}
	s, err := w.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w, _ = open(s.Hint)
	want("ann")
	if done, err := Forgotten(ctx, log, at); done || err != nil {
		t.Errorf("applied before anybody did: %v, %v", done, err)
	}
	if _, err := Forget(ctx, log, Tombstone{Users: []string{"bob"}}); err != nil {
		t.Fatal(err)
	}
	first := w.Tombstones()[0]
	if first.Offset != at || first.App != "shop" || first.Account != "a" {
		t.Errorf("%+v is not what was written", first)
	}
	epoch(first)
	want("bob")
	if done, err := Forgotten(ctx, log, at); !done || err != nil {
		t.Errorf("applied: %v, %v", done, err)
	}
	epoch(w.Tombstones()...)
	want()
	var r *Recovery
	w, r = open(0)
	want()
	if got := r.Epochs[0].Forgotten; len(got) != 1 || !reflect.DeepEqual(got[0], first) {
		t.Errorf("the epoch says it has applied %+v, want %+v", got, first)
	}
}
