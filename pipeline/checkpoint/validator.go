package checkpoint

import (
	"slices"

	"friction/pipeline/event"
)

// validator is the one predicate on which the log rests, for writers and readers:
//
//	An epoch or snapshot counts if all its parts are there, in order, and no other
//	claim lies between its own claim and its last part. The first copy of an
//	epoch that counts is the epoch, and it must follow the one before: behind a
//	gap, which only a log that lost its end can have, nothing counts.
//
// It sees the records of a log in order, each once. It may start at any claim:
// what was written under claims before that is of no interest to it. Two rules
// keep versions growing: a claim of a birth below the highest one seen takes the
// log over like any other, so that nobody writes unseen, but nothing under it
// counts; a claim of another run begins a new life of the log only with a higher
// birth than all before.
type validator struct {
	keepState bool // of snapshots that count
	certain   bool // the first claim seen is the newest of its time: nothing is hidden before it

	next  int64 // offset after the last record seen
	force int64 // offset of the claim in force, -1 before the first
	claim Claim // in force

	run   string // life of the log
	birth uint64
	start bool   // the life's first claim was seen
	known bool   // lastN is certain: the start of the log, an epoch or a snapshot was seen
	lastN uint64 // highest epoch of this life that counts

	claims   []claimPoint // of this life, oldest first
	epoch    assembly
	snapshot assembly
	bytes    int64 // of all parts of epochs seen
}

// claimMark notes that every epoch above n lies behind the claim at.
type claimPoint struct {
	at int64
	n  uint64
}

// assembly is an epoch or snapshot whose parts are being seen.
type assembly struct {
	open     bool
	n        uint64
	next     uint64 // index of the part that must follow
	prev     event.Digest
	first    event.Digest // sum of part 0
	at       int64
	body     []byte // head, and state if it is kept
	size     int    // of the whole body
	headDone bool
	since    int64 // validator.bytes when it began
}

// verdict is what one record brought about: at most one of the three.
type verdict struct {
	claimed  bool
	newRun   bool // the claim began one
	epoch    *Epoch
	snapshot *Snapshot
	since    int64 // bytes of epochs seen since the snapshot began
}

// newValidator starts at the record at offset next: 0 is the start of everything, a
// hinted offset is that of a claim known to have counted, and any other may hide
// claims before it.
func newValidator(next int64, hinted, keepState bool) *validator {
	return &validator{keepState: keepState, certain: next == 0 || hinted, next: next, force: -1, known: next == 0}
}

func (v *validator) read(offset int64, value []byte) (f verdict, err error) {
	if offset < v.next {
		return f, nil // a batch may begin before what was asked for
	}
	v.next = offset + 1
	c, err := parseRecord(offset, value)
	if err != nil {
		return f, err
	}
	if c.kind == kindClaim {
		return v.readClaim(offset, &c)
	}
	if c.claim != v.force || c.nonce != v.claim.Nonce || v.claim.Run != v.run || v.claim.Birth != v.birth {
		return f, nil
	}
	a := &v.epoch
	if c.kind == kindSnapshot {
		a = &v.snapshot
	} else {
		v.bytes += int64(len(value))
	}
	if !v.add(a, offset, &c) || !c.last {
		return f, nil
	}
	a.open = false
	if c.kind == kindSnapshot {
		return v.finishSnapshot(a, offset)
	}
	return v.finishEpoch(a, offset)
}

func (v *validator) readClaim(offset int64, c *chunk) (f verdict, err error) {
	claim, ok := parseClaim(c.body)
	if !ok {
		return f, &CorruptError{offset, "a claim that cannot be read"}
	}
	f.claimed = true
	switch {
	case v.force < 0:
		v.run, v.birth, v.start = claim.Run, claim.Birth, claim.Fresh
	case claim.Run == v.run:
		v.birth = max(v.birth, claim.Birth)
	case claim.Birth > v.birth, claim.Birth == v.birth && !v.known && !v.certain:
		f.newRun = true
		v.run, v.birth, v.start = claim.Run, claim.Birth, claim.Fresh
		v.known, v.lastN, v.claims = v.certain, 0, nil
	}
	v.force, v.claim = offset, claim
	v.epoch, v.snapshot = assembly{}, assembly{}
	if claim.Run == v.run && claim.Birth == v.birth {
		v.claims = append(v.claims, claimPoint{at: offset, n: v.lastN})
	}
	return f, nil
}

// add takes a part into a; false if it does not belong there. A part may come
// twice: a writer that got no answer sends it again.
func (v *validator) add(a *assembly, offset int64, c *chunk) bool {
	switch {
	case a.open && c.n == a.n && (c.sum == a.first || c.index > 0 && c.index < a.next):
		return false
	case c.index == 0:
		*a = assembly{open: true, n: c.n, at: offset, first: c.sum, since: v.bytes}
	case !a.open || c.n != a.n || c.index != a.next || c.prev != a.prev:
		a.open = false
		return false
	}
	a.next, a.prev = c.index+1, c.sum
	a.size += len(c.body)
	keep := a == &v.snapshot && v.keepState
	if !keep && a.headDone {
		return true
	}
	a.body = append(a.body, c.body...)
	if a.headDone {
		return true
	}
	var head []byte
	if head, _, a.headDone = splitHead(a.body); a.headDone && keep {
		var b Snapshot
		if b.parseHead(head) {
			a.body = slices.Grow(a.body, b.stateLen)
		}
	}
	return true
}

func (v *validator) finishEpoch(a *assembly, end int64) (f verdict, err error) {
	if v.known && a.n != v.lastN+1 {
		return f, nil // a copy of what counts already, or the log lost what came before
	}
	head, rest, _ := splitHead(a.body)
	e := &Epoch{Birth: v.birth, At: a.at, End: end}
	if !e.parseHead(head) || e.N != a.n || a.n == 0 || e.RowsLen != a.size-(len(a.body)-len(rest)) {
		return f, &CorruptError{end, "an epoch that cannot be read"}
	}
	v.settle(a.n - 1)
	v.lastN = a.n
	a.body = nil
	return verdict{epoch: e}, nil
}

func (v *validator) finishSnapshot(a *assembly, end int64) (f verdict, err error) {
	if v.known && a.n > v.lastN {
		return f, nil
	}
	head, rest, _ := splitHead(a.body)
	b := &Snapshot{Birth: v.birth, At: a.at, End: end}
	if !b.parseHead(head) || b.N != a.n {
		return f, &CorruptError{end, "a snapshot that cannot be read"}
	}
	if v.keepState {
		b.State = rest
	}
	v.settle(a.n)
	a.body = nil
	return verdict{snapshot: b, since: v.bytes - a.since}, nil
}

// settle makes lastN certain when the first epoch or snapshot shows it.
func (v *validator) settle(n uint64) {
	if v.known {
		return
	}
	v.known, v.lastN = true, n
	for i := range v.claims {
		v.claims[i].n = n
	}
}

// fresh reports that nothing was written since the claim in force.
func (v *validator) fresh() bool {
	if len(v.claims) == 0 {
		return false
	}
	c := v.claims[len(v.claims)-1]
	return c.at == v.force && c.n == v.lastN
}

// hint is the offset of the newest claim that, read from, shows the snapshot whose
// claim is at snapshot and every epoch above n; -1 if there is none.
func (v *validator) hint(snapshot int64, n uint64) int64 {
	at := int64(-1)
	for _, c := range v.claims {
		if c.at <= snapshot && c.n <= n {
			at = c.at
		}
	}
	return at
}

// forget drops claims before at, which no hint will name again.
func (v *validator) forget(at int64) {
	keep := v.claims[:0]
	for _, c := range v.claims {
		if c.at >= at {
			keep = append(keep, c)
		}
	}
	v.claims = keep
}
