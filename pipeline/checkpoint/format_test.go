package checkpoint

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"friction/pipeline/event"
)

// refusesAllBut checks that of some bytes the whole is read, and nothing shorter, longer or of another format.
func refusesAllBut(t *testing.T, what string, whole []byte, read func([]byte) bool) {
	t.Helper()
	if !read(whole) {
		t.Errorf("%s was not read", what)
	}
	for n := range whole {
		if read(whole[:n]) {
			t.Errorf("%d of %d bytes of %s were read", n, len(whole), what)
		}
	}
	if read(append(slices.Clone(whole), 0)) {
		t.Errorf("%s with a byte too many was read", what)
	}
	other := slices.Clone(whole)
	other[0]++
	if read(other) {
		t.Errorf("%s of another format was read", what)
	}
}

func TestClaimsAndHeadsAreReadWholeOrNotAtAll(t *testing.T) {
	claim := Claim{Run: "run-1", Birth: 300, Member: "m", Generation: -4, Nonce: 1 << 63, Fresh: true}
	refusesAllBut(t, "a claim", claim.appendTo(nil), func(b []byte) bool {
		got, ok := parseClaim(b)
		return ok && reflect.DeepEqual(got, claim)
	})
	configuration := Configuration{Number: 3, Run: "2", Revision: "abc", Rules: []byte("{}"), Past: []string{"1", "0"}}
	claim.Configuration = configuration
	whole := claim.appendTo(nil)
	if got, ok := parseClaim(whole); !ok || !reflect.DeepEqual(got, claim) {
		t.Errorf("a claim with a configuration comes back as %+v", got)
	}
	refusesAllBut(t, "a configuration", configuration.appendTo([]byte{bodyFormat}), func(b []byte) bool {
		in := &input{b: b}
		format := in.byte()
		var got Configuration
		got.parse(in)
		return format == bodyFormat && !in.bad && len(in.b) == 0 && reflect.DeepEqual(got, configuration)
	})
	e := Epoch{Header: fullMark(7), RowsSum: event.DigestOf([]byte("rows")), RowsLen: 300}
	head, rest, _ := splitHead(append(e.appendHead(nil), "rows"...))
	if string(rest) != "rows" {
		t.Errorf("behind the head lies %q", rest)
	}
	refusesAllBut(t, "the head of an epoch", head, func(b []byte) bool {
		var got Epoch
		return got.parseHead(b) && reflect.DeepEqual(got, e)
	})
	s := Snapshot{Header: fullMark(7), Config: []byte("gap: 30m"), State: []byte("state")}
	head, _, _ = splitHead(s.appendHead(nil))
	refusesAllBut(t, "the head of a snapshot", head, func(b []byte) bool {
		var got Snapshot
		// The length of the state is the last byte; older logs do not have it.
		return got.parseHead(b) && reflect.DeepEqual(got.Header, s.Header) && string(got.Config) == "gap: 30m" && got.stateLen == 5
	})
	var older Snapshot
	if !older.parseHead(head[:len(head)-1]) || older.stateLen != 0 {
		t.Errorf("a snapshot of an older log: %+v", older)
	}
}

// A count of positions is believed only if they could follow.
func TestHostileCountsOfPositionsAreRefused(t *testing.T) {
	for _, n := range []byte{1, 2, 127} {
		in := &input{b: append([]byte{1, n}, make([]byte, minPosition-1)...)}
		var h Header
		if h.parse(in); !in.bad || len(h.Positions) > 0 {
			t.Errorf("%d positions in %d bytes were read", n, minPosition-1)
		}
	}
}

func TestRecordsOfUnknownKindsAreRefused(t *testing.T) {
	good := chunk{kind: kindEpoch, last: true, claim: 1 << 40, nonce: 7, n: 300, index: 2, prev: event.DigestOf([]byte("before")), body: []byte("body"), tail: []byte(" and tail")}
	record := good.appendRecord(nil)
	got, err := parseRecord(9, record)
	if err != nil || got.kind != good.kind || !got.last || got.claim != good.claim || got.nonce != 7 || got.n != 300 || got.index != 2 ||
		got.prev != good.prev || got.sum != good.sum || string(got.body) != "body and tail" {
		t.Fatalf("%+v: %v", got, err)
	}
	if len(record) > len("body and tail")+overhead {
		t.Errorf("%d bytes are more than the overhead allows", len(record))
	}
	for at, values := range map[int]map[byte]string{
		0: {0: "format", recordFormat + 1: "format"},
		1: {0: "kind", byte(kindTombstone) + 1: "kind", 255: "kind", byte(kindClaim): "", byte(kindSnapshot): ""},
		2: {0: "", lastFlag: "", lastFlag + 1: "kind", 255: "kind"},
	} {
		for v, why := range values {
			text := slices.Clone(record[:len(record)-len(good.sum)])
			text[at] = v
			sum := event.DigestOf(text)
			_, err := parseRecord(9, append(text, sum[:]...))
			var damage *CorruptError
			if (err != nil) != (why != "") || why != "" && (!errors.As(err, &damage) || damage.Offset != 9 || !strings.HasPrefix(damage.Why, why)) {
				t.Errorf("byte %d is %d: %v", at, v, err)
			}
		}
	}
	short := append([]byte{recordFormat, byte(kindEpoch), 0}, bytes.Repeat([]byte{0xff}, 11)...) // a number without an end
	sum := event.DigestOf(short)
	if _, err := parseRecord(0, append(short, sum[:]...)); err == nil {
		t.Error("a header that is cut short was read")
	}
}

func TestNegativeOptionsAreRefused(t *testing.T) {
	for _, o := range []Options{{ChunkBytes: -1}, {Retry: -1}} {
		o.Claim.Run = "run"
		if _, _, err := Open(t.Context(), &Memory{}, o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
