package kafkawire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"friction/pipeline/event"
)

// readLarge reads a batch that decompresses to more than limit bytes, record by
// record. It drops records before from, keeps only the size of a record that alone
// exceeds the limit, and stops when the next record no longer fits. It returns the
// offset to go on from: the batch's end if it was read whole.
func (h *batchHeader) readLarge(d *decompressor, dst []event.Record, packed []byte, from int64, limit int) ([]event.Record, int64, error) {
	r, err := d.open(h.codec(), packed, limit)
	if err != nil {
		return dst, 0, err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, 64<<10)
	for kept := 0; ; {
		size, err := binary.ReadVarint(in)
		if errors.Is(err, io.EOF) {
			return dst, h.next(), nil
		}
		if err != nil || size < leastRecord-1 {
			return dst, 0, errors.Join(ErrRecord, err)
		}
		rec, body, err := h.readOne(in, size, limit)
		if err != nil {
			return dst, 0, err
		}
		if rec.Offset < from {
			continue
		}
		if kept += len(body); kept > limit && len(dst) > 0 {
			return dst, rec.Offset, nil
		}
		dst = append(dst, rec)
	}
}

// readOne reads a record of size bytes; one above the limit is skipped.
func (h *batchHeader) readOne(in *bufio.Reader, size int64, limit int) (rec event.Record, body []byte, err error) {
	if size > int64(limit) {
		head, err := in.Peek(min(int(size), 32))
		if err != nil {
			return rec, nil, err
		}
		_, n := varint(head, 1)
		delta, m := varint(head, 1+n)
		if n == 0 || m == 0 {
			return rec, nil, ErrRecord
		}
		_, err = io.CopyN(io.Discard, in, size)
		return event.Record{Offset: h.base + delta, Time: event.Millis(h.greatest), Key: []byte{}, Size: int(size)}, nil, err
	}
	body = make([]byte, size)
	if _, err := io.ReadFull(in, body); err != nil {
		return rec, nil, err
	}
	rec, ok := h.record(body)
	if !ok {
		return rec, nil, ErrRecord
	}
	return rec, body, nil
}
