package checkpoint

import (
	"errors"
	"strings"
	"testing"
)

// A snapshot of which a part cannot be written ends where it is written.
func TestAPartOfASnapshotThatIsLostEndsIt(t *testing.T) {
	log := &scriptedLog{}
	w, _ := mustOpen(t, log, Options{ChunkBytes: 64})
	mustAppend(t, w, 1, 0)
	b, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 1}, State: make([]byte, 500)})
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		log.then(vanished)
	}
	if err := b.Write(t.Context(), make([]byte, 500)); !errors.Is(err, ErrSnapshotVoid) || !strings.HasPrefix(err.Error(), "write snapshot of epoch 1: ") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsOutsideOfALogIsNamed(t *testing.T) {
	err := &RangeError{From: 3, First: 5, End: 9}
	if got := err.Error(); !strings.Contains(got, "5 to 9") || !strings.Contains(got, "offset 3") {
		t.Errorf("%q", got)
	}
	if from, first, end := err.Outside(); from != 3 || first != 5 || end != 9 {
		t.Errorf("%d, %d, %d", from, first, end)
	}
}

// An epoch whose parts are exactly full, of head and rows in one.
func TestEpochsOfEverySize(t *testing.T) {
	for size := range 200 {
		var log Memory
		w, _ := mustOpen(t, &log, Options{ChunkBytes: 48})
		e := &Epoch{Header: Header{N: 1}, Rows: make([]byte, size)}
		if err := w.AppendEpoch(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		again, r := mustOpen(t, &log, Options{})
		if len(r.Epochs) != 1 {
			t.Fatalf("%d bytes of rows: %d epochs", size, len(r.Epochs))
		}
		if rows, err := again.Rows(t.Context(), &r.Epochs[0]); err != nil || len(rows) != size {
			t.Errorf("%d bytes came back as %d: %v", size, len(rows), err)
		}
	}
}
