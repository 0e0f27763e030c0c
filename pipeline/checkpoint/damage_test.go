package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// fullLog is a log as writers leave it: claims, epochs and a snapshot in several parts, a
// second writer.
func fullLog(t testing.TB) [][]byte {
	t.Helper()
	log := &Memory{}
	for i := range 2 {
		w, r, err := Open(t.Context(), log, Options{Claim: Claim{Run: "run-1", Member: fmt.Sprint("m", i), Nonce: uint64(7 + i)}, ChunkBytes: 64})
		if err != nil {
			t.Fatal(err)
		}
		for n := r.LastN + 1; n <= r.LastN+3; n++ {
			e := &Epoch{Header: Header{N: n, Watermark: 1000, EngineVersion: "1"}, Rows: bytes.Repeat([]byte{byte(n)}, 100)}
			if err := w.AppendEpoch(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if n == 2 {
				snapshot := &Snapshot{Header: Header{N: n, EngineVersion: "1"}, Config: []byte("config"), State: bytes.Repeat([]byte("state"), 40)}
				if err := w.AppendSnapshot(t.Context(), snapshot); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return log.values
}

// recovered is all that a recovery takes from a log, as text.
func recovered(t testing.TB, values [][]byte) (string, error) {
	t.Helper()
	log := &Memory{values: slices.Clone(values)}
	w, r, err := Open(t.Context(), log, Options{Claim: Claim{Run: "run-1", Nonce: 99}})
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%+v\n", *r.Snapshot)
	for i := range r.Epochs {
		rows, err := w.Rows(t.Context(), &r.Epochs[i])
		if err != nil {
			return "", err
		}
		text += fmt.Sprintf("%+v %x\n", r.Epochs[i], rows)
	}
	return text, nil
}

// A record of the log of which any bit is flipped, or that is torn at any place, is
// found out: nothing is ever read from it.
func TestDamagedRecordsAreFoundOut(t *testing.T) {
	values := fullLog(t)
	if _, err := recovered(t, values); err != nil {
		t.Fatal(err)
	}
	var damage *CorruptError
	for i, v := range values {
		try := func(what string, b []byte) {
			bad := slices.Clone(values)
			bad[i] = b
			if _, err := recovered(t, bad); !errors.As(err, &damage) || damage.Offset != int64(i) {
				t.Fatalf("record %d of %d bytes, %s: %v", i, len(v), what, err)
			}
		}
		for bit := range 8 * len(v) {
			b := slices.Clone(v)
			b[bit/8] ^= 1 << (bit % 8)
			try(fmt.Sprint("bit ", bit, " flipped"), b)
		}
		for n := range v {
			try(fmt.Sprint("torn after ", n, " bytes"), v[:n])
		}
		try("with a byte too many", append(slices.Clip(v), 0))
	}
}

// FuzzDamagedLog changes a byte of one record, and cuts its end off: a recovery from it
// fails, unless nothing has changed.
func FuzzDamagedLog(f *testing.F) {
	values := fullLog(f)
	want, err := recovered(f, values)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(2), uint16(5), uint8(1), uint16(0))
	f.Add(uint8(4), uint16(0), uint8(0), uint16(3))
	f.Fuzz(func(t *testing.T, which uint8, at uint16, change uint8, cut uint16) {
		i := int(which) % len(values)
		b := slices.Clone(values[i])
		b[int(at)%len(b)] ^= change
		b = b[:len(b)-int(cut)%(len(b)+1)]
		bad := slices.Clone(values)
		bad[i] = b
		got, err := recovered(t, bad)
		var damage *CorruptError
		switch {
		case bytes.Equal(b, values[i]) && (err != nil || got != want):
			t.Fatalf("a sound log was not read: %v", err)
		case !bytes.Equal(b, values[i]) && !errors.As(err, &damage):
			t.Fatalf("record %d was damaged: %v", i, err)
		}
	})
}
