package checkpoint

import (
	"context"
	"encoding/binary"
	"fmt"
)

// Tombstone says that a person is to be forgotten. Anybody may write one, without a claim. The task that owns the log
// applies it before its next epoch, and that epoch says so: recovery applies it at the same place.
type Tombstone struct {
	Offset  int64    // in the log, set by it
	App     string   // empty: every app
	Users   []string // as stored in the tables
	Account string   // as stored in the tables
}

// maxTombstone is how many users one may name.
const maxTombstone = 100

func (t *Tombstone) appendTo(b []byte) []byte {
	b = appendBytes(b, t.App)
	b = binary.AppendUvarint(b, uint64(len(t.Users)))
	for _, user := range t.Users {
		b = appendBytes(b, user)
	}
	return appendBytes(b, t.Account)
}

func (t *Tombstone) parse(in *input) {
	t.App = in.text()
	n := in.uvarint()
	if n > maxTombstone {
		in.fail()
		return
	}
	for range n {
		t.Users = append(t.Users, in.text())
	}
	t.Account = in.text()
}

// appendTombstones appends those that an epoch has applied.
func appendTombstones(b []byte, list []Tombstone) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		b = binary.AppendVarint(b, list[i].Offset)
		b = list[i].appendTo(b)
	}
	return b
}

func parseTombstones(in *input) (list []Tombstone) {
	const least = 4 // bytes
	n := in.uvarint()
	if n > uint64(len(in.b)/least) {
		in.fail()
		return nil
	}
	for range n {
		t := Tombstone{Offset: in.varint()}
		t.parse(in)
		list = append(list, t)
	}
	return list
}

// readTombstone keeps a tombstone until an epoch has applied it.
func (v *validator) readTombstone(offset int64, c *chunk) error {
	in := &input{b: c.body}
	format := in.byte()
	t := Tombstone{Offset: offset}
	t.parse(in)
	if format != bodyFormat || in.bad || len(in.b) > 0 {
		return &CorruptError{offset, "a tombstone that cannot be read"}
	}
	v.tombstones = append(v.tombstones, t)
	return nil
}

// applied drops the tombstones that an epoch has applied. They are applied in order.
func (v *validator) applied(by []Tombstone) {
	if len(by) == 0 {
		return
	}
	last := by[len(by)-1].Offset
	for len(v.tombstones) > 0 && v.tombstones[0].Offset <= last {
		v.tombstones = v.tombstones[1:]
	}
}

// Tombstones are those that no epoch has applied yet, in order, as far as the log was read.
func (w *Writer) Tombstones() []Tombstone {
	if list := w.tombstones.Load(); list != nil {
		return *list
	}
	return nil
}

// Forget writes a tombstone and returns its offset.
func Forget(ctx context.Context, log Log, t Tombstone) (offset int64, err error) {
	body := t.appendTo([]byte{bodyFormat})
	offset, err = log.Append(ctx, (&chunk{kind: kindTombstone, last: true, body: body}).appendRecord(nil))
	if err != nil {
		return 0, fmt.Errorf("write a tombstone to the checkpoint log: %w", err)
	}
	return offset, nil
}

// Forgotten reports whether an epoch of the log has applied the tombstone at an offset.
func Forgotten(ctx context.Context, log Log, offset int64) (done bool, err error) {
	err = log.Read(ctx, offset, func(at int64, value []byte) error {
		c, err := parseRecord(at, value)
		if err != nil || c.kind != kindEpoch || c.index > 0 {
			return err
		}
		head, _, enough := splitHead(c.body)
		var e Epoch
		if enough && e.parseHead(head) {
			for i := range e.Forgotten {
				done = done || e.Forgotten[i].Offset == offset
			}
		}
		return nil
	})
	return done, err
}
