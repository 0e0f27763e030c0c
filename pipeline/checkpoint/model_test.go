package checkpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// faultyLog is a log whose appends have every result that a broker can give: done,
// lost, done without an answer, and done long after the answer was given up. Now
// and then somebody else acts in the middle of an append.
type faultyLog struct {
	Memory

	t         *rapid.T
	history   [][]byte // every record ever, by offset; retention does not touch it
	late      [][]byte // given up by their writers, still on their way
	interfere func()   // somebody else acts
	depth     int
	faultless bool
}

func (w *faultyLog) arrive(value []byte) int64 {
	w.history = append(w.history, slices.Clone(value))
	at, _ := w.Memory.Append(context.Background(), value)
	return at
}

func (w *faultyLog) arriveLate() {
	for len(w.late) > 0 && rapid.Bool().Draw(w.t, "arrives") {
		w.arrive(w.late[0])
		w.late = w.late[1:]
	}
}

var errNoAnswer = errors.New("no answer")

func (w *faultyLog) Append(_ context.Context, value []byte) (int64, error) {
	if w.faultless {
		return w.arrive(value), nil
	}
	w.arriveLate()
	if w.depth < 2 && rapid.IntRange(0, 9).Draw(w.t, "interfere") == 0 {
		w.depth++
		w.interfere()
		w.depth--
	}
	switch rapid.IntRange(0, 11).Draw(w.t, "outcome") {
	case 0:
		return 0, errNoAnswer
	case 1:
		w.arrive(value)
		return 0, errNoAnswer
	case 2:
		w.late = append(w.late, slices.Clone(value))
		return 0, errNoAnswer
	}
	return w.arrive(value), nil
}

// oracle computes from the whole history, by the letter of the definition and
// with no regard to cost, which epochs and snapshots count.
type oracle struct {
	epochs    map[uint64][]byte // rows
	snapshots map[uint64][]byte // states
	top       uint64
}

func validateNaively(t *rapid.T, history [][]byte) oracle {
	o := oracle{epochs: map[uint64][]byte{}, snapshots: map[uint64][]byte{}}
	chunks := make([]chunk, len(history))
	claims := map[int]Claim{}
	for i, b := range history {
		c, err := parseRecord(int64(i), b)
		if err != nil {
			t.Fatal(err)
		}
		chunks[i] = c
		if c.kind == kindClaim {
			claims[i], _ = parseClaim(c.body)
		}
	}
	for end, c := range chunks {
		if c.kind == kindClaim || !c.last {
			continue
		}
		own, ok := claims[int(c.claim)]
		if !ok || own.Nonce != c.nonce || int(c.claim) > end {
			continue
		}
		counts := true
		for at, other := range claims {
			if at > int(c.claim) && at <= end || at < end && other.Birth > own.Birth {
				counts = false
			}
		}
		body, whole := gather(chunks[:end+1], c)
		if !counts || !whole {
			continue
		}
		_, rest, _ := splitHead(body)
		if _, there := o.epochs[c.n]; c.kind == kindEpoch && !there {
			o.epochs[c.n] = rest
			o.top = max(o.top, c.n)
		}
		if c.kind == kindSnapshot {
			o.snapshots[c.n] = rest
		}
	}
	for n := uint64(1); n <= o.top; n++ {
		if o.epochs[n] == nil {
			t.Fatalf("oracle: epoch %d counts and %d does not", o.top, n)
		}
	}
	return o
}

// gather follows the chain of sums back from the last part.
func gather(chunks []chunk, last chunk) (body []byte, whole bool) {
	parts := [][]byte{last.body}
	for c := last; c.index > 0; {
		i := slices.IndexFunc(chunks, func(o chunk) bool { return o.sum == c.prev && o.index == c.index-1 && o.claim == last.claim })
		if i < 0 {
			return nil, false
		}
		c = chunks[i]
		parts = append(parts, c.body)
	}
	slices.Reverse(parts)
	return bytes.Join(parts, nil), true
}

// chain is a state that depends on every epoch before it.
func chain(state, rows []byte) []byte {
	sum := event.DigestOf(append(slices.Clone(state), rows...))
	return append([]byte(strings.Repeat("state ", 20)), sum[:]...)
}

func (o oracle) stateAfter(n uint64) []byte {
	var s []byte
	for i := uint64(1); i <= n; i++ {
		s = chain(s, o.epochs[i])
	}
	return s
}

// member is one process that believes it owns the log.
type member struct {
	w             *Writer
	n             uint64
	state         []byte
	snapshot      *SnapshotWriter
	snapshotN     uint64
	snapshotState []byte
}

type world struct {
	t       *rapid.T
	log     *faultyLog
	members [3]*member
	serial  uint64
	hint    int64
	acked   map[uint64][]byte // epochs somebody was told count
}

func (w *world) open(i int) {
	w.serial++
	opt := Options{
		Claim: Claim{Run: "run", Member: fmt.Sprint(i), Generation: int32(w.serial), Nonce: w.serial},
		Hint:  rapid.SampledFrom([]int64{0, w.hint, w.hint + 1, 3}).Draw(w.t, "hint"), ChunkBytes: 150, Retry: time.Nanosecond,
	}
	if rapid.Bool().Draw(w.t, "may claim") {
		opt.MayClaim = func(context.Context) error { return nil }
	}
	w.members[i] = nil
	wr, r, err := Open(w.t.Context(), w.log, opt)
	if err != nil {
		w.onlyFenced(err)
		return
	}
	m := &member{w: wr, n: r.LastN}
	if r.Snapshot != nil {
		m.state = r.Snapshot.State
	}
	if n := len(r.Epochs); r.LastN > r.SnapshotN() && (n == 0 || r.Epochs[n-1].N != r.LastN) {
		w.t.Fatalf("recovered epochs end before %d", r.LastN)
	}
	for j := range r.Epochs {
		e := &r.Epochs[j]
		rows, err := wr.Rows(w.t.Context(), e)
		if err != nil {
			w.t.Fatal(err)
		}
		if told := w.acked[e.N]; told != nil && !bytes.Equal(told, rows) {
			w.t.Fatalf("epoch %d was acknowledged as %q and recovered as %q", e.N, told, rows)
		}
		if e.N > r.SnapshotN() {
			m.state = chain(m.state, rows)
		}
	}
	w.members[i] = m
	o := validateNaively(w.t, w.log.history)
	if r.LastN > o.top || !bytes.Equal(m.state, o.stateAfter(r.LastN)) {
		w.t.Fatalf("recovered epoch %d as %q, oracle knows up to %d: %q", r.LastN, m.state, o.top, o.stateAfter(r.LastN))
	}
	for n := range w.acked {
		if n > r.LastN {
			w.t.Fatalf("epoch %d was acknowledged and is not recovered, only %d", n, r.LastN)
		}
	}
}

func (w *world) onlyFenced(err error) {
	if !errors.Is(err, ErrFenced) {
		w.t.Fatalf("want success or ErrFenced, got %v", err)
	}
}

func (w *world) epoch(i int) {
	m := w.members[i]
	if m == nil || m.w == nil {
		return
	}
	rows := []byte(fmt.Sprintf("epoch %d by %d, %s", m.n+1, m.w.claim.Nonce, strings.Repeat(".", rapid.IntRange(0, 400).Draw(w.t, "size"))))
	e := &Epoch{Header: Header{N: m.n + 1, Flushed: m.n}, Rows: rows}
	if rapid.Bool().Draw(w.t, "behind") {
		e.Flushed = 0
	}
	wr := m.w
	m.w = nil // a meddler must not use it meanwhile
	err := wr.AppendEpoch(w.t.Context(), e)
	if w.members[i] != m {
		return
	}
	m.w = wr
	if err != nil {
		w.onlyFenced(err)
		w.members[i] = nil
		return
	}
	w.acked[e.N] = rows
	m.n, m.state = e.N, chain(m.state, rows)
	if o := validateNaively(w.t, w.log.history); !bytes.Equal(o.epochs[e.N], rows) {
		w.t.Fatalf("epoch %d was acknowledged, the oracle has %q there", e.N, o.epochs[e.N])
	}
	if got, err := wr.Rows(w.t.Context(), &Epoch{Header: e.Header, RowsSum: e.RowsSum, RowsLen: e.RowsLen, At: e.At, End: e.End}); err != nil || !bytes.Equal(got, rows) {
		w.t.Fatalf("rows read back: %q, %v", got, err)
	}
}

func (w *world) basePart(i int) {
	m := w.members[i]
	if m == nil || m.w == nil {
		return
	}
	wr := m.w
	m.w = nil
	defer func() {
		if w.members[i] == m {
			m.w = wr
		}
	}()
	var err error
	switch {
	case m.snapshot == nil:
		m.snapshotN, m.snapshotState = m.n, m.state
		m.snapshot, err = wr.BeginSnapshot(w.t.Context(), &Snapshot{Header: Header{N: m.n, Flushed: 0}})
	case len(m.snapshotState) > 0:
		n := min(len(m.snapshotState), rapid.IntRange(1, 200).Draw(w.t, "part"))
		err = m.snapshot.Write(w.t.Context(), m.snapshotState[:n])
		m.snapshotState = m.snapshotState[n:]
	default:
		err = m.snapshot.Commit(w.t.Context())
		if o := validateNaively(w.t, w.log.history); err == nil && o.snapshots[m.snapshotN] == nil && m.snapshotN > 0 {
			w.t.Fatalf("snapshot of epoch %d was acknowledged and does not count", m.snapshotN)
		}
		m.snapshot = nil
	}
	if err != nil {
		m.snapshot = nil
		if !errors.Is(err, ErrSnapshotVoid) {
			w.onlyFenced(err)
		}
	}
}

func (w *world) other(i int) {
	m := w.members[i]
	if m == nil || m.w == nil {
		return
	}
	wr := m.w
	m.w = nil
	var err error
	if rapid.IntRange(0, 3).Draw(w.t, "raise") == 0 {
		err = wr.Raise(w.t.Context(), wr.claim.Birth+1)
	} else {
		err = wr.Reclaim(w.t.Context(), fmt.Sprint(i), 77, wr.opt.MayClaim)
	}
	if w.members[i] != m {
		return
	}
	m.w = wr
	if err != nil {
		w.onlyFenced(err)
		w.members[i] = nil
	}
}

// retention forgets what the writer in force no longer needs, and keeps its hint.
func (w *world) retention(i int) {
	m := w.members[i]
	if m == nil || m.w == nil || m.w.fatal != nil {
		return
	}
	s, err := m.w.Status(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if s.Hint < 0 || !bytes.Equal(validateNaively(w.t, w.log.history).epochs[s.LastN], w.acked[s.LastN]) {
		return
	}
	w.hint = s.Hint
	if rapid.Bool().Draw(w.t, "cut") {
		w.log.Cut(s.Hint)
	}
}

func (w *world) act() {
	i := rapid.IntRange(0, len(w.members)-1).Draw(w.t, "who")
	switch rapid.IntRange(0, 13).Draw(w.t, "act") {
	case 0, 1:
		w.open(i)
	case 2, 3, 4, 5, 6:
		w.epoch(i)
	case 7, 8, 9, 10:
		w.basePart(i)
	case 11:
		w.other(i)
	case 12:
		w.retention(i)
	case 13:
		w.log.arriveLate()
	}
}

func TestWhatIsAcknowledgedCountsAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, log: &faultyLog{t: t}, acked: map[uint64][]byte{}}
		w.log.interfere = w.act
		for range rapid.IntRange(5, 60).Draw(t, "acts") {
			w.act()
		}
		w.log.faultless = true
		w.open(0)
		m, o := w.members[0], validateNaively(t, w.log.history)
		if m == nil || m.n != o.top {
			t.Fatalf("in the end the oracle knows %d epochs, the reader has %+v", o.top, m)
		}
	})
}
