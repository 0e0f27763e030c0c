package checkpoint

import (
	"slices"

	"friction/pipeline/event"
)

// judge is the one predicate on which the log rests, for writers and readers:
//
//	An epoch or base counts if all its parts are there, in order, and no other
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
type judge struct {
	keepState bool // of bases that count
	certain   bool // the first claim seen is the newest of its time: nothing is hidden before it

	next  int64 // offset after the last record seen
	force int64 // offset of the claim in force, -1 before the first
	claim Claim // in force

	run   string // life of the log
	birth uint64
	start bool   // the life's first claim was seen
	known bool   // lastN is certain: the start of the log, an epoch or a base was seen
	lastN uint64 // highest epoch of this life that counts

	claims []claimMark // of this life, oldest first
	epoch  assembly
	base   assembly
	bytes  int64 // of all parts of epochs seen
}

// claimMark notes that every epoch above n lies behind the claim at.
type claimMark struct {
	at int64
	n  uint64
}

// assembly is an epoch or base whose parts are being seen.
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
	since    int64 // judge.bytes when it began
}

// finding is what one record brought about: at most one of the three.
type finding struct {
	claimed bool
	newLife bool // the claim began one
	epoch   *Epoch
	base    *Base
	since   int64 // bytes of epochs seen since the base began
}

// newJudge starts at the record at offset next: 0 is the start of everything, a
// hinted offset is that of a claim known to have counted, and any other may hide
// claims before it.
func newJudge(next int64, hinted, keepState bool) *judge {
	return &judge{keepState: keepState, certain: next == 0 || hinted, next: next, force: -1, known: next == 0}
}

func (j *judge) see(offset int64, value []byte) (f finding, err error) {
	if offset < j.next {
		return f, nil // a batch may begin before what was asked for
	}
	j.next = offset + 1
	c, err := parseRecord(offset, value)
	if err != nil {
		return f, err
	}
	if c.kind == kindClaim {
		return j.seeClaim(offset, &c)
	}
	if c.claim != j.force || c.nonce != j.claim.Nonce || j.claim.Run != j.run || j.claim.Birth != j.birth {
		return f, nil
	}
	a := &j.epoch
	if c.kind == kindBase {
		a = &j.base
	} else {
		j.bytes += int64(len(value))
	}
	if !j.add(a, offset, &c) || !c.last {
		return f, nil
	}
	a.open = false
	if c.kind == kindBase {
		return j.finishBase(a, offset)
	}
	return j.finishEpoch(a, offset)
}

func (j *judge) seeClaim(offset int64, c *chunk) (f finding, err error) {
	claim, ok := parseClaim(c.body)
	if !ok {
		return f, &CorruptError{offset, "a claim that cannot be read"}
	}
	f.claimed = true
	switch {
	case j.force < 0:
		j.run, j.birth, j.start = claim.Run, claim.Birth, claim.Fresh
	case claim.Run == j.run:
		j.birth = max(j.birth, claim.Birth)
	case claim.Birth > j.birth, claim.Birth == j.birth && !j.known && !j.certain:
		f.newLife = true
		j.run, j.birth, j.start = claim.Run, claim.Birth, claim.Fresh
		j.known, j.lastN, j.claims = j.certain, 0, nil
	}
	j.force, j.claim = offset, claim
	j.epoch, j.base = assembly{}, assembly{}
	if claim.Run == j.run && claim.Birth == j.birth {
		j.claims = append(j.claims, claimMark{at: offset, n: j.lastN})
	}
	return f, nil
}

// add takes a part into a; false if it does not belong there. A part may come
// twice: a writer that got no answer sends it again.
func (j *judge) add(a *assembly, offset int64, c *chunk) bool {
	switch {
	case a.open && c.n == a.n && (c.sum == a.first || c.index > 0 && c.index < a.next):
		return false
	case c.index == 0:
		*a = assembly{open: true, n: c.n, at: offset, first: c.sum, since: j.bytes}
	case !a.open || c.n != a.n || c.index != a.next || c.prev != a.prev:
		a.open = false
		return false
	}
	a.next, a.prev = c.index+1, c.sum
	a.size += len(c.body)
	keep := a == &j.base && j.keepState
	if !keep && a.headDone {
		return true
	}
	a.body = append(a.body, c.body...)
	if a.headDone {
		return true
	}
	var head []byte
	if head, _, a.headDone = splitHead(a.body); a.headDone && keep {
		var b Base
		if b.parseHead(head) {
			a.body = slices.Grow(a.body, b.stateLen)
		}
	}
	return true
}

func (j *judge) finishEpoch(a *assembly, end int64) (f finding, err error) {
	if j.known && a.n != j.lastN+1 {
		return f, nil // a copy of what counts already, or the log lost what came before
	}
	head, rest, _ := splitHead(a.body)
	e := &Epoch{Birth: j.birth, At: a.at, End: end}
	if !e.parseHead(head) || e.N != a.n || a.n == 0 || e.RowsLen != a.size-(len(a.body)-len(rest)) {
		return f, &CorruptError{end, "an epoch that cannot be read"}
	}
	j.settle(a.n - 1)
	j.lastN = a.n
	a.body = nil
	return finding{epoch: e}, nil
}

func (j *judge) finishBase(a *assembly, end int64) (f finding, err error) {
	if j.known && a.n > j.lastN {
		return f, nil
	}
	head, rest, _ := splitHead(a.body)
	b := &Base{Birth: j.birth, At: a.at, End: end}
	if !b.parseHead(head) || b.N != a.n {
		return f, &CorruptError{end, "a base that cannot be read"}
	}
	if j.keepState {
		b.State = rest
	}
	j.settle(a.n)
	a.body = nil
	return finding{base: b, since: j.bytes - a.since}, nil
}

// settle makes lastN certain when the first epoch or base shows it.
func (j *judge) settle(n uint64) {
	if j.known {
		return
	}
	j.known, j.lastN = true, n
	for i := range j.claims {
		j.claims[i].n = n
	}
}

// fresh reports that nothing was written since the claim in force.
func (j *judge) fresh() bool {
	if len(j.claims) == 0 {
		return false
	}
	c := j.claims[len(j.claims)-1]
	return c.at == j.force && c.n == j.lastN
}

// hint is the offset of the newest claim that, read from, shows the base whose
// claim is at base and every epoch above n; -1 if there is none.
func (j *judge) hint(base int64, n uint64) int64 {
	at := int64(-1)
	for _, c := range j.claims {
		if c.at <= base && c.n <= n {
			at = c.at
		}
	}
	return at
}

// forget drops claims before at, which no hint will name again.
func (j *judge) forget(at int64) {
	keep := j.claims[:0]
	for _, c := range j.claims {
		if c.at >= at {
			keep = append(keep, c)
		}
	}
	j.claims = keep
}
