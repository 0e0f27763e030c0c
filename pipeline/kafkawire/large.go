package kafkawire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"friction/pipeline/event"
)

// readLarge reads a batch that decompresses to more than fits, record by record. It
// drops records before from, keeps only the size of a record that alone exceeds its
// limit, and stops when the next record no longer fits. It returns the offset to go on
// from, the batch's end if it was read whole, and the bytes kept.
func (h *batchHeader) readLarge(d *decompressor, dst []event.Record, packed []byte, from int64, limit Limits) (_ []event.Record, next int64, kept int, err error) {
	r, err := d.open(h.codec(), packed, limit.Record)
	if err != nil {
		return dst, 0, 0, err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		size, err := binary.ReadVarint(in)
		if errors.Is(err, io.EOF) {
			return dst, h.next(), kept, nil
		}
		if err != nil || size < leastRecord-1 {
			return dst, 0, kept, errors.Join(ErrRecord, err)
		}
		rec, body, err := h.readOne(in, size, limit.Record)
		if err != nil {
			return dst, 0, kept, err
		}
		if rec.Offset < from {
			continue
		}
		if (kept+len(body) > min(limit.Fetch, limit.Record) || len(dst) >= maxRecords) && len(dst) > 0 {
			return dst, rec.Offset, kept, nil
		}
		kept += len(body)
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
