package produce

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/files"
)

// topic keeps what is sent to it.
type topic struct {
	sent    []string
	flushed int // how many of them were there at the last flush
}

func (k *topic) Send(_ context.Context, name string, key, value []byte, _ event.Millis) error {
	k.sent = append(k.sent, fmt.Sprintf("%s %s %s", name, key, value))
	return nil
}

func (k *topic) Flush(context.Context) error { k.flushed = len(k.sent); return nil }

// lines are the records of a file.
type lines struct {
	list []event.Record
	at   int
}

func (l *lines) Next() (*event.Record, error) {
	if l.at == len(l.list) {
		return nil, io.EOF
	}
	l.at++
	return &l.list[l.at-1], nil
}

func (*lines) Position() files.Position { return files.Position{} }
func (*lines) Close() error             { return nil }

// opened reads texts, each as often as it is opened.
func opened(texts ...string) files.Opener {
	return func(...*decode.Decoder) (files.Records, error) {
		l := &lines{}
		for i, text := range texts {
			l.list = append(l.list, event.Record{Offset: int64(i + 1), Time: 1_700_000_100_000, Value: []byte(text), NoKey: true})
		}
		return l, nil
	}
}

const (
	first  = `{"time":1700000000000,"user":"anna","type":"click","page":"/a"}`
	second = `{"time":1700000060000,"user":"bert","type":"click","page":"/b"}`
)

// Lines go out as they are, keyed by user; one that cannot be decoded has a key of its own.
func TestLinesAreKeyedByUser(t *testing.T) {
	k := &topic{}
	made, err := Produce(t.Context(), k, Options{Decode: decode.DefaultConfig(), Topic: "clicks", Open: opened(first, "{broken", second)})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"clicks anna " + first, "clicks line 2 {broken", "clicks bert " + second}
	if !slices.Equal(k.sent, want) || k.flushed != 3 {
		t.Errorf("sent %q, flushed %d", k.sent, k.flushed)
	}
	if made.Records != 3 || made.Undecoded != 1 || made.Bytes != uint64(len(first)+len(second)+len("{broken")) {
		t.Errorf("%+v", made)
	}
}

// A record that was too long to be held is left out.
func TestTooLongRecordsAreLeftOut(t *testing.T) {
	k := &topic{}
	open := func(...*decode.Decoder) (files.Records, error) {
		return &lines{list: []event.Record{{Offset: 1, Value: []byte(first[:20]), NoKey: true, Size: len(first)}}}, nil
	}
	made, err := Produce(t.Context(), k, Options{Decode: decode.DefaultConfig(), Topic: "clicks", Open: open})
	if err != nil || made.TooLarge != 1 || made.Records != 0 || len(k.sent) != 0 {
		t.Errorf("%+v, %v, sent %q", made, err, k.sent)
	}
}

// Shifted times keep their distances, and the newest event happens when it is asked to.
func TestTimesAreShifted(t *testing.T) {
	k := &topic{}
	to := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := Options{Decode: decode.DefaultConfig(), Topic: "clicks", Open: opened(first, second), ShiftTo: to}
	if _, err := Produce(t.Context(), k, o); err != nil {
		t.Fatal(err)
	}
	if len(k.sent) != 2 || !strings.Contains(k.sent[0], `"2026-03-01T11:59:00.000Z"`) || !strings.Contains(k.sent[1], `"2026-03-01T12:00:00.000Z"`) {
		t.Errorf("sent %q", k.sent)
	}
	o.Open = opened("{broken")
	if _, err := Produce(t.Context(), k, o); err == nil || !strings.Contains(err.Error(), "hold no event that can be decoded") {
		t.Errorf("nothing to shift by: %v", err)
	}
}

// The pace is what was asked for.
func TestRecordsAreSentAtARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		texts := slices.Repeat([]string{first}, 101)
		began := time.Now()
		if _, err := Produce(t.Context(), &topic{}, Options{Decode: decode.DefaultConfig(), Topic: "clicks", Open: opened(texts...), Rate: 10}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("101 records at 10 a second took %v, want 10 s", took)
		}
	})
}
