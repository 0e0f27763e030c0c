package event

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// The vectors are those of Guava's Hashing.murmur3_128 and ClickHouse's murmurHash3_128, as bytes.
func TestDigestIsMurmur3InByteOrder(t *testing.T) {
	for text, want := range map[string]string{
		"":      "00000000-0000-0000-0000-000000000000",
		"hello": "029bbd41-b3a7-d8cb-191d-ae486a901e5b",
	} {
		if got := DigestOf([]byte(text)).String(); got != want {
			t.Errorf("digest of %q is %s, want %s", text, got, want)
		}
	}
}

func TestDigestsAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := DigestOf(rapid.SliceOf(rapid.Byte()).Draw(t, "payload"))
		got, err := ParseDigest(want.String())
		if err != nil || got != want {
			t.Fatalf("%s is read as %s, %v", want, got, err)
		}
	})
	for _, bad := range []string{"", "x", "029bbd41-b3a7-d8cb-191d-ae486a901e5", "029bbd41+b3a7-d8cb-191d-ae486a901e5b", "029bbd41-b3a7-d8cb-191d-ae486a901e5g"} {
		if d, err := ParseDigest(bad); err == nil || !d.IsZero() {
			t.Errorf("%q is read as %s", bad, d)
		}
	}
}

// Fields of different lists never run together.
func TestKeysAndHashesKeepFieldsApart(t *testing.T) {
	var k Keyer
	seen := map[Key]string{}
	for _, x := range [][3]string{{"ab", "c", ""}, {"a", "bc", ""}, {"a", "b", "c"}, {"", "abc", ""}, {"abc", "", ""}, {"a", "", "bc"}} {
		key := k.Key(x[0], x[1], x[2])
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %s have one key", x, other)
		}
		seen[key] = fmt.Sprintf("%q", x)
		if key != new(Keyer).Key(x[0], x[1], x[2]) {
			t.Errorf("%q has another key the second time", x)
		}
	}
	var h Hasher
	if h.Reset().Str("ab").Str("c").Sum() == h.Reset().Str("a").Str("bc").Sum() {
		t.Error("ab, c and a, bc hash alike")
	}
}

func TestKeysAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Uint64Range(0, 2)
		a, b := Key{part.Draw(t, "a.hi"), part.Draw(t, "a.lo")}, Key{part.Draw(t, "b.hi"), part.Draw(t, "b.lo")}
		want := 0
		if x, y := a.Hi*10+a.Lo, b.Hi*10+b.Lo; x != y {
			want = 1
			if x < y {
				want = -1
			}
		}
		if got := a.Compare(b); got != want || a.Less(b) != (want < 0) {
			t.Fatalf("%v against %v: %d, want %d", a, b, got, want)
		}
	})
}

func TestTypesAreReadAsWritten(t *testing.T) {
	for typ := range NumTypes {
		if got, ok := TypeOf(typ.String()); !ok || got != typ {
			t.Errorf("%s is read as %s, %v", typ, got, ok)
		}
	}
	if got, ok := TypeOf("wave"); ok || got != Custom {
		t.Errorf("an unknown type is %s, %v", got, ok)
	}
	if NumTypes.String() != "custom" || NumReasons.String() != "unknown" || Late.String() != "late" {
		t.Error("names beyond the last")
	}
}

func TestOutcomeOfATry(t *testing.T) {
	for _, c := range []struct {
		name             string
		e                Event
		failed, answered bool
	}{
		{"nothing", Event{}, false, false},
		{"200", Event{Status: 200}, false, true},
		{"399", Event{Status: 399}, false, true},
		{"400", Event{Status: 400}, true, true},
		{"ok", Event{Flags: HasOK | OK}, false, true},
		{"not ok", Event{Flags: HasOK}, true, true},
		{"ok but 500", Event{Status: 500, Flags: HasOK | OK}, true, true},
		{"200 but not ok", Event{Status: 200, Flags: HasOK}, true, true},
	} {
		if c.e.Failed() != c.failed || c.e.Answered() != c.answered {
			t.Errorf("%s: failed %v, answered %v", c.name, c.e.Failed(), c.e.Answered())
		}
	}
}

func TestBalance(t *testing.T) {
	c := Counters{Consumed: 28, Filtered: 1, Rejected: 2, Late: 3, Duplicates: 4, Capped: 5, Pending: 6, InSessions: 7}
	if !c.Balanced() {
		t.Error("1+2+3+4+5+6+7 is 28")
	}
	c.Late--
	if c.Balanced() {
		t.Error("one is missing")
	}
}
