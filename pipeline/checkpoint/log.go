package checkpoint

import (
	"context"
	"errors"
	"fmt"
)

// Log is one partition of the checkpoint topic. Its methods may be called from
// several goroutines.
type Log interface {
	// Append writes value as one record and returns its offset once it is
	// durable on all replicas. A *[Refusal], or an error with a method Refused()
	// bool that says true, means that the record was not written and never will
	// be. Any other error is no clear answer: the record may be there, may come
	// later, or never. Append keeps no reference to value.
	Append(ctx context.Context, value []byte) (offset int64, err error)
	// Read calls fn with every record from offset from up to the end at the time
	// of the call, control records left out, and stops at fn's first error. The
	// value is valid only during the call. A from below the first record or
	// above the end is a *[RangeError], or an error with a method Outside() (from,
	// first, end int64). Failures that may pass are retried inside until ctx ends.
	Read(ctx context.Context, from int64, fn func(offset int64, value []byte) error) error
	// Bounds returns the offset of the first record there is and the one after
	// the last. Failures that may pass are retried inside until ctx ends.
	Bounds(ctx context.Context) (first, end int64, err error)
}

var (
	// ErrFenced says that somebody else took the log over: the state in memory no
	// longer matches it. Drop it and [Open] again, if the task is still ours.
	ErrFenced = errors.New("another member has taken over the checkpoint log")
	// ErrSnapshotVoid says that a claim came between the parts of a snapshot, so that it
	// never counts. The log is not damaged; write another snapshot later.
	ErrSnapshotVoid = errors.New("the snapshot was interrupted and does not count")
	// ErrLost says that the log no longer holds the state to continue from: retention
	// removed it. Starting over needs [Options].NewRun.
	ErrLost = errors.New("the checkpoint log no longer holds a complete snapshot and everything after it")
	// ErrRowsLost says that rows which may be missing in ClickHouse are no longer
	// in the log. [Options].AcceptMissingRows goes on without them.
	ErrRowsLost = errors.New("rows that may not be in ClickHouse are no longer in the checkpoint log")
	// ErrShorter says that the log ends before records that it had confirmed
	// (power cut, unclean leader election). [Open] again.
	ErrShorter = errors.New("the checkpoint log has lost records that it had confirmed")
)

// FencedError says who took over. It is an ErrFenced.
type FencedError struct {
	By Claim
	At int64 // offset of their claim
}

func (e *FencedError) Error() string {
	return fmt.Sprintf("%v: member %q, generation %d, with the claim at offset %d", ErrFenced, e.By.Member, e.By.Generation, e.At)
}

// Is makes it an ErrFenced.
func (e *FencedError) Is(target error) bool { return target == ErrFenced }

// Refusal is the answer to an append that was certainly not written and will
// not be by trying again: too large, forbidden, no such topic.
type Refusal struct{ Err error }

func (e *Refusal) Error() string { return "checkpoint log refused a record: " + e.Err.Error() }

// Refused makes it one.
func (e *Refusal) Refused() bool { return true }

// Unwrap returns what the broker said.
func (e *Refusal) Unwrap() error { return e.Err }

// RangeError says that a read began outside the log.
type RangeError struct{ From, First, End int64 }

func (e *RangeError) Error() string {
	return fmt.Sprintf("checkpoint log holds offsets %d to %d, offset %d was asked for", e.First, e.End, e.From)
}

// Outside returns the three offsets.
func (e *RangeError) Outside() (from, first, end int64) { return e.From, e.First, e.End }

func refused(err error) bool {
	var r interface{ Refused() bool }
	return errors.As(err, &r) && r.Refused()
}

// outOfRange says what it means that the next offset to read is no longer inside the
// log; nil for other errors.
func outOfRange(err error) error {
	var r interface {
		Outside() (from, first, end int64)
	}
	if !errors.As(err, &r) {
		return nil
	}
	from, first, end := r.Outside()
	if from > end {
		return fmt.Errorf("%w: it ends at %d, before %d", ErrShorter, end, from)
	}
	return fmt.Errorf("%w: it begins at %d, and what was seen ends before %d", ErrFenced, first, from)
}

// CorruptError says which record of the log cannot be what was written.
type CorruptError struct {
	Offset int64
	Why    string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("checkpoint log is damaged at offset %d: %s", e.Offset, e.Why)
}
