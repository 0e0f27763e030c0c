package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"friction/pipeline/score"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c", "\x00\x1f\x7f", "ü漢🎉", "\xff\xc3", "x\xe2\x82", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil || !utf8.Valid(b) {
			t.Fatalf("%q became %s: %v", s, b, err)
		}
		// The other encoder's reading of the same bytes.
		other, err := json.Marshal(s)
		var want string
		if err != nil || json.Unmarshal(other, &want) != nil || got != want {
			t.Fatalf("%q reads back as %q, want %q", s, got, want)
		}
	})
}

func TestLineOfARow(t *testing.T) {
	rows := &score.Rows{Late: []score.LateRow{{
		Topic: "clicks", Offset: 7, RecordTime: ms(day), EventTime: ms(day - 1), App: "shop", User: "u", Type: "click", Page: "/a", EventID: "e", LateBy: 5,
	}}}
	var b bytes.Buffer
	if err := WriteNDJSON(&b, stampOf(3, score.Version(1, 2)), rows); err != nil {
		t.Fatal(err)
	}
	want := `{"table":"late_events","topic":"clicks","partition":3,"offset":7,"record_time":"2026-03-01T12:00:00.000Z",` +
		`"event_time":"2026-03-01T11:59:59.999Z","app":"shop","user":"u","type":"click","page":"/a","event_id":"e","late_by_ms":5,` +
		`"run":"g/r1","version":281474976710658}` + "\n"
	if b.String() != want {
		t.Errorf("got  %swant %s", b.String(), want)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsAreReported(t *testing.T) {
	err := WriteNDJSON(full{}, stampOf(0, 1), newRNG(1).rows(1))
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("%v", err)
	}
}
