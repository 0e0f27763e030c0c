package checkpoint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// script writes a log by hand, one word a record, with nothing checked:
//
//	C1        claim of birth 1 by a new writer (C1:other for another run)
//	C1@a      the same by the writer of claim a, again
//	E3        epoch 3, one part, under the newest claim
//	E3.0/2    its first part of two
//	B3        snapshot of epoch 3; B3.1/3 a part of it
//	E3^1      under the claim written first (0, 1, …)
type script struct {
	t      *testing.T
	values [][]byte
	claims []claimPoint // offset, nonce
	prev   map[string]chunk
}

func writeLog(t *testing.T, words string) *script {
	s := &script{t: t, prev: map[string]chunk{}}
	for w := range strings.FieldsSeq(words) {
		s.word(w)
	}
	return s
}

func (s *script) word(w string) {
	s.t.Helper()
	at := int64(len(s.values))
	if w[0] == 'C' {
		run := "run"
		w, other, ok := strings.Cut(w, ":")
		if ok {
			run = other
		}
		var birth uint64
		scanWord(s.t, w, "C%d", &birth)
		c := Claim{Run: run, Birth: birth, Member: fmt.Sprint(at), Nonce: 1000 + uint64(at), Fresh: ok}
		s.claims = append(s.claims, claimPoint{at, c.Nonce})
		s.values = append(s.values, (&chunk{kind: kindClaim, last: true, body: c.appendTo(nil)}).appendRecord(nil))
		return
	}
	w, under, ok := strings.Cut(w, "^")
	by := len(s.claims) - 1
	if ok {
		scanWord(s.t, under, "%d", &by)
	}
	name, part, ok := strings.Cut(w, ".")
	i, k := uint64(0), uint64(1)
	if ok {
		scanWord(s.t, part, "%d/%d", &i, &k)
	}
	c := chunk{claim: s.claims[by].at, nonce: s.claims[by].n, index: i, last: i == k-1}
	scanWord(s.t, name[1:], "%d", &c.n)
	var body []byte
	text := []byte(strings.Repeat("x", 40) + "of " + name)
	if c.kind = kindEpoch; name[0] == 'B' {
		c.kind = kindSnapshot
		body = append((&Snapshot{Header: Header{N: c.n}}).appendHead(nil), text...)
	} else {
		body = append((&Epoch{Header: Header{N: c.n}, RowsLen: len(text)}).appendHead(nil), text...)
	}
	c.body = body[uint64(len(body))*i/k : uint64(len(body))*(i+1)/k]
	id := fmt.Sprint(name, by)
	c.prev = s.prev[id].sum
	s.values = append(s.values, c.appendRecord(nil))
	s.prev[id] = c
}

func scanWord(t *testing.T, in, format string, out ...any) {
	t.Helper()
	if _, err := fmt.Sscanf(in, format, out...); err != nil {
		t.Fatalf("%q: %v", in, err)
	}
}

// counted lists what counts, as the validator finds it, from offset from on.
func (s *script) counted(from int64, hinted bool) (string, error) {
	var out []string
	v := newValidator(from, hinted, true)
	for i := from; i < int64(len(s.values)); i++ {
		f, err := v.read(i, s.values[i])
		switch {
		case err != nil:
			return strings.Join(out, " "), err
		case f.newRun:
			out = append(out, "run:"+v.run)
		case f.epoch != nil:
			out = append(out, fmt.Sprint("E", f.epoch.N))
		case f.snapshot != nil:
			out = append(out, fmt.Sprint("B", f.snapshot.N))
			if !strings.HasSuffix(string(f.snapshot.State), fmt.Sprint("of B", f.snapshot.N)) {
				return "", fmt.Errorf("state of snapshot %d is %q", f.snapshot.N, f.snapshot.State)
			}
		}
	}
	return strings.Join(out, " "), nil
}

func TestWhatCounts(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{"in order", "C1 E1 E2 B2 E3", "E1 E2 B2 E3"},
		{"parts", "C1 E1.0/3 E1.1/3 E1.2/3 E2", "E1 E2"},
		{"last part missing", "C1 E1 E2.0/3 E2.1/3", "E1"},
		{"middle part missing", "C1 E1 E2.0/3 E2.2/3 E2.0/1", "E1 E2"},
		{"first part missing", "C1 E1 E2.1/2", "E1"},
		{"parts twice", "C1 E1 B1.0/3 B1.0/3 B1.1/3 B1.0/3 E2 B1.1/3 B1.2/3 B1.2/3", "E1 E2 B1"},
		{"parts in the wrong order", "C1 E1 E2.1/2 E2.0/2", "E1"},
		{"a part twice", "C1 E1.0/2 E1.0/2 E1.1/2", "E1"},
		{"a claim between parts", "C1 E1 E2.0/2 C1 E2.1/2^0 E2", "E1 E2"},
		{"whole under an old claim", "C1 E1 C1 E2^0", "E1"},
		{"late, then right", "C1 E1 C1 E2^0 E2", "E1 E2"},
		{"right, then late", "C1 E1 C1 E2 E2^0 E3", "E1 E2 E3"},
		{"a copy of what counts", "C1 E1 E1 E2", "E1 E2"},
		{"another claim hides nothing that stands", "C1 E1 C1 C1 E2", "E1 E2"},
		{"snapshot between epochs", "C1 E1 B1.0/3 E2 B1.1/3 E3 B1.2/3", "E1 E2 E3 B1"},
		{"torn snapshot", "C1 E1 B1.0/3 E2 B1.1/3 E3", "E1 E2 E3"},
		{"snapshot torn by a claim", "C1 E1 B1.0/2 C1 B1.1/2^0 E2", "E1 E2"},
		{"a snapshot begun anew", "C1 E1 B1.0/3 B1.1/3 E2 B2.0/2 B2.1/2", "E1 E2 B2"},
		{"snapshot given up, its part late", "C1 E1 B1.0/3 E2 B2.0/2 B1.1/3 B2.1/2", "E1 E2"},
		{"snapshot of nothing", "C1 B0 E1", "B0 E1"},
		{"higher birth", "C1 E1 C2 E2", "E1 E2"},
		{"lower birth takes over but counts for nothing", "C1 E1 C3 E2 C1 E3 C3 E3", "E1 E2 E3"},
		{"lower birth fences", "C3 E1 C1 E2^0", "E1"},
		{"new run", "C1 E1 E2 C2:new E1 E2", "E1 E2 run:new E1 E2"},
		{"the old run again", "C1 E1 C2:new E1 C1 E2 C2:new E2", "E1 run:new E1 E2"},
		{"a gap", "C1 E1 E3 B3 E4 E2 B2", "E1 E2 B2"},
		{"a gap at the start", "C1 E2 B2 E1", "E1"},
		{"two begin at once, the first stands", "C1 C1:new E1 C1 E1", "E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := writeLog(t, c.log).counted(0, false)
			if err != nil || got != c.want {
				t.Fatalf("%s\ncounts %s (%v)\nwant   %s", c.log, got, err, c.want)
			}
		})
	}
}

func TestWhatCountsFromTheMiddle(t *testing.T) {
	for _, c := range []struct {
		name, log string
		from      int64
		hinted    bool
		want      string
	}{
		{"retention cut a claim", "C1 E1 E2 C1 E3", 1, false, "E3"},
		{"retention cut a snapshot", "C1 E1 B1.0/2 B1.1/2 E2 C1 B2 E3", 3, false, "B2 E3"},
		{"hint", "C1 E1 C1 B1 E2", 2, true, "B1 E2"},
		{"a zombie's claim is the first to be seen", "C1 C2:new E1 C1 C2:new E2 E3", 3, false, "run:new E2 E3"},
		{"the loser of a tie is the first to be seen", "C1 C1:new C1 E1", 1, false, "run:run E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := writeLog(t, c.log).counted(c.from, c.hinted)
			if err != nil || got != c.want {
				t.Fatalf("%s\ncounts %s (%v)\nwant   %s", c.log, got, err, c.want)
			}
		})
	}
}

func TestOffsetsThatComeAgainDoNotRevive(t *testing.T) {
	s := writeLog(t, "C1 E1 C1 E2")
	lost := s.values[3] // written under the claim at offset 2, which a power cut takes
	s.values, s.claims = s.values[:2], s.claims[:1]
	s.word("C1")
	s.claims[1].n = 7 // another writer
	claim := Claim{Run: "run", Birth: 1, Nonce: 7}
	s.values[2] = (&chunk{kind: kindClaim, last: true, body: claim.appendTo(nil)}).appendRecord(nil)
	s.values = append(s.values, lost)
	if got, err := s.counted(0, false); err != nil || got != "E1" {
		t.Fatalf("counts %s, %v; want E1 alone", got, err)
	}
}

// Every part of every record, cut short or with any bit flipped, is found.
func TestEveryFlipAndCutIsFound(t *testing.T) {
	s := writeLog(t, "C1 E1.0/2 E1.1/2 B1")
	for i, whole := range s.values {
		for cut := range whole {
			found(t, s, i, whole[:cut])
		}
		for bit := range 8 * len(whole) {
			flipped := slices.Clone(whole)
			flipped[bit/8] ^= 1 << (bit % 8)
			found(t, s, i, flipped)
		}
		s.values[i] = whole
	}
}

func found(t *testing.T, s *script, i int, value []byte) {
	t.Helper()
	s.values[i] = value
	var damage *CorruptError
	if got, err := s.counted(0, false); !errors.As(err, &damage) || damage.Offset != int64(i) {
		t.Fatalf("record %d damaged: counts %s, %v; want a CorruptError with its offset", i, got, err)
	}
}

// A log that ends anywhere, as if the process had died there, shows exactly what
// was complete by then.
func TestEveryTornEnd(t *testing.T) {
	words := strings.Fields("C1 E1 E2.0/2 E2.1/2 C1 B2.0/3 E3 B2.1/3 E4.0/2 E4.1/2 B2.2/3 E5")
	want := []string{
		"", "", "E1", "E1", "E1 E2", "E1 E2", "E1 E2", "E1 E2 E3", "E1 E2 E3", "E1 E2 E3", "E1 E2 E3 E4",
		"E1 E2 E3 E4 B2", "E1 E2 E3 E4 B2 E5",
	}
	for n := range want {
		if got, err := writeLog(t, strings.Join(words[:n], " ")).counted(0, false); err != nil || got != want[n] {
			t.Errorf("after %d records: counts %s, %v; want %s", n, got, err, want[n])
		}
	}
}

func TestHintShowsWhatIsNeeded(t *testing.T) {
	s := writeLog(t, "C1 E1 E2 C1 B2 E3 E4 C1 B4 E5")
	v := newValidator(0, false, false)
	for i, record := range s.values {
		if _, err := v.read(int64(i), record); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		snapshot int64
		n        uint64
		want     int64
	}{{8, 4, 7}, {8, 3, 3}, {8, 2, 3}, {8, 1, 0}, {4, 4, 3}, {8, 9, 7}} {
		if got := v.hint(c.snapshot, c.n); got != c.want {
			t.Errorf("snapshot at %d, epochs above %d: hint %d, want %d", c.snapshot, c.n, got, c.want)
		}
	}
	v.dropClaims(3)
	if got := v.hint(8, 1); got != -1 {
		t.Errorf("a forgotten claim was named: %d", got)
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, v := range writeLog(&testing.T{}, "C1 E1.0/2 E1.1/2 B1").values {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseRecord(7, b)
		if err != nil {
			return
		}
		if again := c.appendRecord(nil); c.index > 0 && len(again) > len(b) {
			t.Fatalf("%d bytes became %d", len(b), len(again))
		}
	})
}

// Bodies are checked behind the checksum, so that a fuzzer must be let past it.
func FuzzBodies(f *testing.F) {
	c := Claim{Run: "r", Birth: 3, Member: "m", Generation: 4, Nonce: 5}
	f.Add(uint8(0), c.appendTo(nil))
	m := Header{N: 2, Positions: []Position{{Topic: "t", To: 9}}, EngineVersion: "1"}
	f.Add(uint8(1), (&Snapshot{Header: m, Config: []byte("c")}).appendHead(nil))
	f.Add(uint8(2), (&Epoch{Header: m}).appendHead(nil))
	f.Fuzz(func(t *testing.T, what uint8, b []byte) {
		s := writeLog(t, "C1 E1")
		k := chunk{kind: kind(what%3) + kindClaim, last: true, claim: s.claims[0].at, nonce: s.claims[0].n, n: 2, body: b}
		s.values = append(s.values, k.appendRecord(nil))
		_, err := s.counted(0, false)
		var damage *CorruptError
		if err != nil && !errors.As(err, &damage) && !strings.HasPrefix(err.Error(), "state of snapshot") {
			t.Fatal(err)
		}
	})
}
