package checkpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Of an epoch in parts some may be there twice, and parts of others between them. Its rows are its own.
func TestRowsOfEpochsInParts(t *testing.T) {
	log := &scriptedLog{}
	w, _ := mustOpen(t, log, Options{ChunkBytes: 64})
	var epochs []*Epoch
	for n := uint64(1); n <= 4; n++ {
		switch n {
		case 2: // the second part has no answer, and is there
			log.then(fine(log), unanswered(log))
		case 3: // the second part has no answer, and is not there
			log.then(fine(log), vanished)
		}
		e := &Epoch{Header: Header{N: n}, Rows: bytes.Repeat([]byte{byte('a' + n)}, 300)}
		if err := w.AppendEpoch(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		epochs = append(epochs, e)
		if n == 3 { // a part of a snapshot lies among the parts of what follows
			b, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 3}, State: make([]byte, 200)})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Write(t.Context(), make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, e := range epochs {
		rows, err := w.Rows(t.Context(), &Epoch{Header: e.Header, RowsSum: e.RowsSum, RowsLen: e.RowsLen, At: e.At, End: e.End})
		if err != nil || !bytes.Equal(rows, e.Rows) {
			t.Errorf("epoch %d: %q, %v", e.N, rows, err)
		}
	}
}

// Who looks for an epoch where another is finds out.
func TestRowsOfAnotherEpochAreRefused(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	one, two := mustAppend(t, w, 1, 0), mustAppend(t, w, 2, 0)
	for name, e := range map[string]Epoch{
		"place": {Header: one.Header, RowsSum: one.RowsSum, RowsLen: one.RowsLen, At: two.At, End: two.End},
		"sum":   {Header: one.Header, RowsSum: two.RowsSum, RowsLen: one.RowsLen, At: one.At, End: one.End},
	} {
		var damage *CorruptError
		if _, err := w.Rows(t.Context(), &e); !errors.As(err, &damage) || damage.Offset != e.At {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

// Status counts the bytes of epochs since the newest snapshot began, of all their parts.
func TestStatusCountsBytesSinceTheSnapshot(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{ChunkBytes: 50})
	size := func(from int) (n int64) {
		for _, v := range log.values[from:] {
			n += int64(len(v))
		}
		return n
	}
	append3 := func(n uint64) {
		if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: n}, Rows: make([]byte, 200)}); err != nil {
			t.Fatal(err)
		}
	}
	from := len(log.values)
	append3(1)
	append3(2)
	if s := mustStatus(t, w); s.BytesSince != size(from) || s.EpochsSince != 2 || s.HasSnapshot || s.Hint != -1 {
		t.Errorf("%+v, want %d bytes of 2 epochs", s, size(from))
	}
	if err := w.AppendSnapshot(t.Context(), &Snapshot{Header: Header{N: 2, Flushed: 2}, State: make([]byte, 200)}); err != nil {
		t.Fatal(err)
	}
	from = len(log.values)
	append3(3)
	want := size(from)
	if s := mustStatus(t, w); s.BytesSince != want || s.EpochsSince != 1 || s.SnapshotN != 2 || s.Hint < 0 {
		t.Errorf("%+v, want %d bytes of 1 epoch", s, want)
	}
	again, r := mustOpen(t, &log, Options{Hint: mustStatus(t, w).Hint, Claim: Claim{Nonce: 5}})
	if s := mustStatus(t, again); s.BytesSince != want || r.LastN != 3 || len(r.Epochs) != 1 {
		t.Errorf("opened again: %+v, want %d bytes", s, want)
	}
}

// A part of a snapshot is tried eight times.
func TestASnapshotIsGivenUpAfterEightTries(t *testing.T) {
	for lost, want := range map[int]error{7: nil, 8: ErrSnapshotVoid} {
		log := &scriptedLog{}
		w, _ := mustOpen(t, log, Options{})
		mustAppend(t, w, 1, 0)
		b, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 1}})
		if err != nil {
			t.Fatal(err)
		}
		for range lost {
			log.then(vanished)
		}
		if err := b.Commit(t.Context()); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%d tries lost: %v, want %v", lost, err, want)
		}
	}
}

// Who has lost the log to somebody else does not write on at a snapshot.
func TestASnapshotEndsWithItsWriter(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{Claim: Claim{Nonce: 1}})
	mustAppend(t, w, 1, 0)
	b, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 1}})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := mustOpen(t, &log, Options{Claim: Claim{Nonce: 2}})
	mustAppend(t, other, 2, 0)
	if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 2}}); !errors.Is(err, ErrFenced) {
		t.Fatalf("an epoch: %v", err)
	}
	records := len(log.values)
	if err := b.Commit(t.Context()); !errors.Is(err, ErrFenced) || len(log.values) != records {
		t.Errorf("a snapshot: %v, %d records", err, len(log.values)-records)
	}
}

// What a message says of what is missing is what is missing.
func TestWhatIsGoneIsNamed(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	var third *Epoch
	for n := uint64(1); n <= 4; n++ {
		if n == 3 {
			if err := w.Reclaim(t.Context(), "m", 2, nil); err != nil {
				t.Fatal(err)
			}
		}
		if e := mustAppend(t, w, n, 0); n == 3 {
			third = e
		}
	}
	log.Cut(third.At - 1) // the claim before it is the first record
	if _, _, err := Open(t.Context(), &log, quick(Options{})); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "epochs 1 to 2 are gone") {
		t.Errorf("epochs cut off: %v", err)
	}
	log.Cut(1 << 40)
	if _, _, err := Open(t.Context(), &log, quick(Options{})); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "it is empty up to offset") {
		t.Errorf("all cut off: %v", err)
	}
}

// unreadable is a log that cannot be read for a while.
type unreadable struct {
	scriptedLog
	err error
}

func (u *unreadable) Read(ctx context.Context, from int64, fn func(int64, []byte) error) error {
	if u.err != nil {
		return u.err
	}
	return u.Memory.Read(ctx, from, fn)
}

func TestALogThatCannotBeReadIsAnError(t *testing.T) {
	log := &unreadable{}
	w, _ := mustOpen(t, log, Options{})
	log.then(unanswered(&log.scriptedLog))
	broken := errors.New("the broker is away")
	log.err = broken
	err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 1}})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), fmt.Sprint("from offset ", 1)) {
		t.Errorf("%v", err)
	}
	log.err = nil
	if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 1}}); err != nil {
		t.Errorf("once it can be read again: %v", err)
	}
}
