package event_test

import (
	"strings"
	"testing"

	"friction/pipeline/event"
)

func TestDigestsAreReadAsTheyAreWritten(t *testing.T) {
	d := event.DigestOf([]byte("a"))
	text := d.String()
	if got, err := event.ParseDigest(text); err != nil || got != d || got.IsZero() || !(event.Digest{}).IsZero() {
		t.Fatalf("%v came back as %v: %v", d, got, err)
	}
	for _, at := range []int{8, 13, 18, 23} {
		bad := text[:at] + "0" + text[at+1:]
		if got, err := event.ParseDigest(bad); err == nil || !got.IsZero() {
			t.Errorf("%s was read as %v", bad, got)
		}
	}
	for _, bad := range []string{"", text[1:], text + "0", strings.Replace(text, text[:2], "xx", 1)} {
		if got, err := event.ParseDigest(bad); err == nil || !got.IsZero() {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

func TestKeysAreOrdered(t *testing.T) {
	keys := []event.Key{{}, {Lo: 1}, {Hi: 1}, {Hi: 1, Lo: 1}, {Hi: 2}}
	for i, a := range keys {
		for k, b := range keys {
			want := 0
			switch {
			case i < k:
				want = -1
			case i > k:
				want = 1
			}
			if a.Compare(b) != want || a.Less(b) != (want < 0) {
				t.Errorf("%v and %v compare as %d, %v", a, b, a.Compare(b), a.Less(b))
			}
		}
	}
}
