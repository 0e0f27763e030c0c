package deadletter

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/source"
)

// Filter chooses dead letters. Empty fields choose all.
type Filter struct {
	Reason      string
	Topic       string    // the record's
	Since, Till time.Time // when it was set aside; Till is not included
}

func (f Filter) chooses(d *source.DeadLetter) bool {
	at := time.UnixMilli(int64(d.At))
	return (f.Reason == "" || f.Reason == d.Reason) && (f.Topic == "" || f.Topic == d.Topic) &&
		(f.Since.IsZero() || !at.Before(f.Since)) && (f.Till.IsZero() || at.Before(f.Till))
}

// DeadLetter is one as lists show it: all but what the record held.
type DeadLetter struct {
	source.StoredDeadLetter
	Bytes       int  // of the value, as kept
	Copies      int  // how often it was written; more than once after a crash
	Resubmitted bool // its record was submitted again
}

// recordKey names the record of a dead letter, however often that was written.
type recordKey struct {
	topic     string
	partition int32
	offset    int64
	row       string
}

func keyOf(d *source.DeadLetter) recordKey {
	return recordKey{d.Topic, d.Partition, d.Offset, d.Row}
}

// Contents is what a dead-letter topic holds.
type Contents struct {
	DeadLetters []DeadLetter // each once, oldest first
	Foreign     int          // records that are no dead letters
}

// List reads the letters of a group's dead-letter topic.
func List(ctx context.Context, cfg source.Config, f Filter) (*Contents, error) {
	k, err := source.ConnectTo(cfg)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	found, resubmitted := map[recordKey]*DeadLetter{}, map[recordKey]bool{}
	foreign, err := k.DeadLetters().Read(ctx, func(d *source.StoredDeadLetter) error {
		key := keyOf(&d.DeadLetter)
		switch l := found[key]; {
		case d.Resubmission:
			resubmitted[key] = true
		case l != nil:
			l.Copies++
		case f.chooses(&d.DeadLetter):
			l := &DeadLetter{StoredDeadLetter: *d, Bytes: len(d.Value), Copies: 1}
			l.Key, l.Value = nil, nil
			found[key] = l
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b := &Contents{Foreign: foreign}
	for key, l := range found {
		l.Resubmitted = resubmitted[key]
		b.DeadLetters = append(b.DeadLetters, *l)
	}
	slices.SortFunc(b.DeadLetters, func(x, y DeadLetter) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Topic, y.Topic), cmp.Compare(x.Partition, y.Partition),
			cmp.Compare(x.Offset, y.Offset), cmp.Compare(x.Row, y.Row))
	})
	return b, nil
}

// Group is how many letters one topic has for one reason.
type Group struct {
	Reason, Topic  string
	DeadLetters    int
	Resubmitted    int
	Again          int // whose record had been submitted before
	Oldest, Newest event.Millis
}

// Groups counts letters by reason and topic, the most first.
func (b *Contents) Groups() []Group {
	type key struct{ reason, topic string }
	groups := map[key]*Group{}
	for i := range b.DeadLetters {
		l := &b.DeadLetters[i]
		k := key{l.Reason, l.Topic}
		if groups[k] == nil {
			groups[k] = &Group{Reason: l.Reason, Topic: l.Topic, Oldest: l.At}
		}
		g := groups[k]
		g.DeadLetters, g.Newest = g.DeadLetters+1, l.At
		if l.Resubmitted {
			g.Resubmitted++
		}
		if l.Origin() != "" {
			g.Again++
		}
	}
	return slices.SortedFunc(func(yield func(Group) bool) {
		for g := range maps.Values(groups) {
			if !yield(*g) {
				return
			}
		}
	}, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.DeadLetters, a.DeadLetters), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Topic, b.Topic))
	})
}

// Open reads one letter with what the record held.
func Open(ctx context.Context, cfg source.Config, topic string, partition int32, offset int64) (*source.StoredDeadLetter, error) {
	k, err := source.ConnectTo(cfg)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	var found *source.StoredDeadLetter
	_, err = k.DeadLetters().Read(ctx, func(d *source.StoredDeadLetter) error {
		if d.Topic == topic && d.Partition == partition && d.Offset == offset && !d.Resubmission {
			found = d
		}
		return nil
	})
	if err == nil && found == nil {
		err = fmt.Errorf("there is no dead letter of topic %s, partition %d, offset %d; friction dlq list --each names them", topic, partition, offset)
	}
	return found, err
}

// LeftOut says why a letter is not submitted again; "" when it is.
func (l *DeadLetter) LeftOut(again bool) string {
	switch {
	case l.Reason == source.RowRefused:
		return "rows that ClickHouse refused: they are no records"
	case l.Sealed != "":
		return "encrypted with key " + l.Sealed + ": give the configuration of the workers, with input.pseudonymise"
	case l.Cut == source.Dropped:
		return "nothing of them was kept: kafka.dead_letters.content is drop"
	case l.Cut != "":
		return "not whole: " + l.Cut + " was cut or gone"
	case l.Resubmitted && !again:
		return "submitted before (--again submits it once more)"
	case l.Origin() != "" && !again:
		return "set aside again after it was submitted (--again submits it once more)"
	}
	return ""
}

// resubmitBatch is how many records are written before it is noted that they were.
const resubmitBatch = 200

// Resubmit writes the records of the given letters to their topics again.
func Resubmit(ctx context.Context, cfg source.Config, chosen []DeadLetter, progress func(done int)) (done int, err error) {
	k, err := source.ConnectTo(cfg)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	type position struct {
		partition int32
		offset    int64
	}
	wanted := map[position]bool{}
	for i := range chosen {
		wanted[position{chosen[i].StoredPartition, chosen[i].StoredOffset}] = true
	}
	var batch []source.DeadLetter
	flush := func() error {
		err := k.DeadLetters().Resubmit(ctx, batch)
		if err == nil {
			done += len(batch)
			progress(done)
		}
		batch = batch[:0]
		return err
	}
	_, err = k.DeadLetters().Read(ctx, func(d *source.StoredDeadLetter) error {
		if !wanted[position{d.StoredPartition, d.StoredOffset}] {
			return nil
		}
		if batch = append(batch, d.DeadLetter); len(batch) < resubmitBatch {
			return nil
		}
		return flush()
	})
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	return done, err
}
