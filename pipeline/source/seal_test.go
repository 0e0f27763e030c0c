package source

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// raw is all that the dead-letter topic holds, as anybody reads it.
func raw(t *testing.T, c Config) (all []byte) {
	t.Helper()
	k := connectTo(t, c)
	for p := range int32(1) {
		_, end, err := k.Bounds(t.Context(), c.DeadLetterTopic(), p)
		if err != nil {
			t.Fatal(err)
		}
		for from := int64(0); from < end; {
			b, err := k.Fetcher(p).Fetch(t.Context(), c.DeadLetterTopic(), from)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range b.Records {
				all = append(append(append(all, r.Key...), r.Value...), r.Headers...)
			}
			from = b.Next
			b.Release()
		}
	}
	return all
}

// With pseudonyms, dead letters are encrypted; with the key they are what they were, and can be submitted again. Without
// it, or with another key of that name, they stay closed, and the list goes on. What is dropped is nowhere.
func TestContentOfDeadLetters(t *testing.T) {
	const who = "jane@example.org"
	k1 := Secret{ID: "k1", Key: []byte("0123456789abcdef")}
	for _, x := range []struct {
		content string
		secret  Secret
		hidden  bool
		reader  Secret
		want    string
	}{
		{"", Secret{}, false, Secret{}, who},
		{"", k1, true, k1, who},
		{EncryptContent, k1, true, Secret{}, "sealed k1"},
		{EncryptContent, k1, true, Secret{ID: "k1", Key: []byte("another key of that name")}, "sealed k1"},
		{KeepContent, k1, false, Secret{}, who},
		{DropContent, k1, true, k1, "dropped"},
	} {
		c := broker(t, 1, []string{"t"})
		conf := settings(c, "t")
		conf.DeadLetters.Content, conf.DeadLetters.Secret = x.content, x.secret
		letters := []DeadLetter{
			{Topic: "t", Offset: 3, Reason: "malformed", Key: []byte(who), Value: []byte(who), Headers: []Header{{Name: "h", Value: []byte(who)}, {Name: OriginHeader, Value: []byte("t/0/1")}}},
			{Topic: "t", Offset: 4, Reason: "empty", Key: []byte(who)},
		}
		if err := connectTo(t, conf).DeadLetters().Write(t.Context(), letters); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("content %q with key %q, read with %q", x.content, x.secret.ID, x.reader.Key)
		if got := bytes.Contains(raw(t, conf), []byte(who)); got == x.hidden {
			t.Errorf("%s: the topic names people: %v", name, got)
		}
		conf.DeadLetters.Secret = x.reader
		stored := deadLetters(t, connectTo(t, conf))
		if len(stored) != 2 {
			t.Fatalf("%s: %d dead letters", name, len(stored))
		}
		slices.SortFunc(stored, func(a, b StoredDeadLetter) int { return int(a.Offset - b.Offset) })
		d := &stored[0]
		got := string(d.Value)
		switch {
		case d.Sealed != "":
			got = "sealed " + d.Sealed
		case d.Cut != "":
			got = d.Cut
		}
		if got != x.want || d.Reason != "malformed" || d.Origin() != "t/0/1" {
			t.Errorf("%s: reads %q as %s, repeating %q; want %q", name, got, d.Reason, d.Origin(), x.want)
		}
		if e := &stored[1]; x.want == who && (string(e.Key) != who || e.Value != nil || string(d.Key) != who || string(d.Headers[0].Value) != who) {
			t.Errorf("%s: %+v and %+v are not what was written", name, d, e)
		}
	}
}

// Without a key nothing is written that was to be encrypted.
func TestEncryptNeedsAKey(t *testing.T) {
	conf := settings(broker(t, 1, []string{"t"}), "t")
	conf.DeadLetters.Content = EncryptContent
	if err := connectTo(t, conf).DeadLetters().Write(t.Context(), []DeadLetter{{Topic: "t", Reason: "empty", Value: []byte("x")}}); err == nil {
		t.Error("it was written")
	}
}
