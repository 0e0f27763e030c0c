package checkpoint

import (
	"slices"

	"friction/pipeline/event"
)

// validator decides which records of a log count. Writers and readers use the same
// rule:
//
//	An epoch or snapshot counts if all its parts are there, in order, and no other
//	claim lies between its own claim and its last part. The first copy of an
//	epoch that counts is the epoch, and it must follow the one before. After a
//	gap, which only a log that lost its end can have, nothing counts.
//
// It reads the records of a log in order, each once. It may start at any claim;
// what was written under earlier claims does not matter to it then. Two rules make
// sure that versions of rows only grow. A claim with a lower birth than the highest
// one so far takes the log over like any other, so that nobody writes unnoticed, but
// nothing under it counts. A claim of another run begins that run only with a higher
// birth than all claims before.
//
// A configuration counts if its number follows the one in force, whoever wrote it.
type validator struct {
	keepState bool // of snapshots; else only their heads are kept
	fromStart bool // no claim is hidden before the first one read

	next    int64 // offset after the last record read
	claimAt int64 // offset of the claim in force, -1 before the first
	claim   Claim // in force

	configuration Configuration // in force in the group
	tombstones    []Tombstone   // that no epoch has applied yet, in order

	run      string // whose epochs count
	birth    uint64 // highest one of the run
	sawStart bool   // the run's first claim was read
	known    bool   // lastN is certain: the start of the log, an epoch or a snapshot was read
	lastN    uint64 // highest epoch of the run that counts

	claims   []claimPoint // of the run, oldest first
	epoch    assembly     // the one whose parts are being read
	snapshot assembly
	bytes    int64 // of all parts of epochs read
}

// claimPoint notes that every epoch above n lies behind the claim at offset at.
type claimPoint struct {
	at int64
	n  uint64
}

// assembly is an epoch or snapshot that is put together from its parts.
type assembly struct {
	open     bool         // more parts can follow
	n        uint64       // number of the epoch
	next     uint64       // index of the part that must follow
	prev     event.Digest // sum of the part before that
	first    event.Digest // sum of part 0
	at       int64        // offset of part 0
	body     []byte       // head, and state if it is kept
	size     int          // bytes of the whole body
	headDone bool
	since    int64 // validator.bytes when it began
}

// verdict is what one record brings about: a claim, an epoch that counts, a snapshot
// that counts, or nothing.
type verdict struct {
	claimed  bool
	newRun   bool // the claim began another run
	epoch    *Epoch
	snapshot *Snapshot
	since    int64 // bytes of epochs read since the snapshot began
}

// newValidator returns a validator that reads from offset next. Before offset 0 there is
// nothing; a hinted offset is that of a claim which was in force; before any other offset
// there may be claims that are not seen.
func newValidator(next int64, hinted, keepState bool) *validator {
	return &validator{keepState: keepState, fromStart: next == 0 || hinted, next: next, claimAt: -1, known: next == 0}
}

// read takes the next record into account and says what it brings about.
func (v *validator) read(offset int64, value []byte) (f verdict, err error) {
	if offset < v.next {
		return f, nil // a batch may begin before what was asked for
	}
	v.next = offset + 1
	c, err := parseRecord(offset, value)
	if err != nil {
		return f, err
	}
	switch c.kind {
	case kindClaim:
		return v.readClaim(offset, &c)
	case kindConfiguration:
		return f, v.readConfiguration(offset, &c)
	case kindTombstone:
		return f, v.readTombstone(offset, &c)
	}
	if c.claim != v.claimAt || c.nonce != v.claim.Nonce || v.claim.Run != v.run || v.claim.Birth != v.birth {
		return f, nil
	}
	a := &v.epoch
	if c.kind == kindSnapshot {
		a = &v.snapshot
	} else {
		v.bytes += int64(len(value))
	}
	if !v.collect(a, offset, &c) || !c.last {
		return f, nil
	}
	a.open = false
	if c.kind == kindSnapshot {
		return v.finishSnapshot(a, offset)
	}
	return v.finishEpoch(a, offset)
}

// readClaim puts a claim in force and ends what was being put together.
func (v *validator) readClaim(offset int64, c *chunk) (f verdict, err error) {
	claim, ok := parseClaim(c.body)
	if !ok {
		return f, &CorruptError{offset, "a claim that cannot be read"}
	}
	f.claimed = true
	if claim.Configuration.Number > v.configuration.Number {
		v.configuration = claim.Configuration
	}
	switch {
	case v.claimAt < 0:
		v.run, v.birth, v.sawStart = claim.Run, claim.Birth, claim.Fresh
	case claim.Run == v.run:
		v.birth = max(v.birth, claim.Birth)
	case claim.Birth > v.birth, claim.Birth == v.birth && !v.known && !v.fromStart:
		f.newRun = true
		v.run, v.birth, v.sawStart = claim.Run, claim.Birth, claim.Fresh
		v.known, v.lastN, v.claims = v.fromStart, 0, nil
	}
	v.claimAt, v.claim = offset, claim
	v.epoch, v.snapshot = assembly{}, assembly{}
	// Nobody may begin to read where something before it is still needed.
	current := claim.Configuration.Number == v.configuration.Number && len(v.tombstones) == 0
	if claim.Run == v.run && claim.Birth == v.birth && current {
		v.claims = append(v.claims, claimPoint{at: offset, n: v.lastN})
	}
	return f, nil
}

// collect adds a part to a; false if it does not belong there. A part may come twice,
// because a writer that got no answer sends it again. Part 0 begins anew.
func (v *validator) collect(a *assembly, offset int64, c *chunk) bool {
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

// finishEpoch returns the epoch whose last part was read, if it is the next one.
func (v *validator) finishEpoch(a *assembly, end int64) (f verdict, err error) {
	if v.known && a.n != v.lastN+1 {
		return f, nil // a copy of what counts already, or the log lost what came before
	}
	head, rest, _ := splitHead(a.body)
	e := &Epoch{Birth: v.birth, At: a.at, End: end}
	if !e.parseHead(head) || e.N != a.n || a.n == 0 || e.RowsLen != a.size-(len(a.body)-len(rest)) {
		return f, &CorruptError{end, "an epoch that cannot be read"}
	}
	v.applied(e.Forgotten)
	v.setLast(a.n - 1)
	v.lastN = a.n
	a.body = nil
	return verdict{epoch: e}, nil
}

// finishSnapshot returns the snapshot whose last part was read, if its epoch counts.
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
	v.setLast(a.n)
	a.body = nil
	return verdict{snapshot: b, since: v.bytes - a.since}, nil
}

// setLast sets lastN when the first epoch or snapshot that counts shows it.
func (v *validator) setLast(n uint64) {
	if v.known {
		return
	}
	v.known, v.lastN = true, n
	for i := range v.claims {
		v.claims[i].n = n
	}
}

// unwritten reports that no epoch counts since the claim in force.
func (v *validator) unwritten() bool {
	if len(v.claims) == 0 {
		return false
	}
	c := v.claims[len(v.claims)-1]
	return c.at == v.claimAt && c.n == v.lastN
}

// hint is the offset of the newest claim from which one can read to find the snapshot
// that begins at offset snapshot, and every epoch above n; -1 if there is none.
func (v *validator) hint(snapshot int64, n uint64) int64 {
	at := int64(-1)
	for _, c := range v.claims {
		if c.at <= snapshot && c.n <= n {
			at = c.at
		}
	}
	return at
}

// dropClaims drops claims before at, which no hint will name again.
func (v *validator) dropClaims(at int64) {
	keep := v.claims[:0]
	for _, c := range v.claims {
		if c.at >= at {
			keep = append(keep, c)
		}
	}
	v.claims = keep
}
