package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"

	"friction/pipeline/event"
)

// codecOf returns the code of a compression by name.
func codecOf(name string) (int16, error) {
	switch name {
	case "none", "":
		return 0, nil
	case "gzip":
		return int16(compress.Gzip), nil
	case "snappy":
		return int16(compress.Snappy), nil
	case "lz4":
		return int16(compress.Lz4), nil
	case "zstd":
		return int16(compress.Zstd), nil
	}
	return 0, fmt.Errorf("%q is none of none, gzip, snappy, lz4, zstd", name)
}

// compressTo appends the compressed form of plain to dst.
func compressTo(dst []byte, codec int16, plain []byte) ([]byte, error) {
	if codec == 0 {
		return append(dst, plain...), nil
	}
	out := bytes.NewBuffer(dst)
	w := compress.Compression(codec).Codec().NewWriter(out)
	if _, err := w.Write(plain); err != nil {
		return dst, fmt.Errorf("compress records: %w", err)
	}
	if err := w.Close(); err != nil {
		return dst, fmt.Errorf("compress records: %w", err)
	}
	return out.Bytes(), nil
}

// errTooLarge says that decompressing takes more memory than is allowed.
var errTooLarge = errors.New("more than fits")

// openCodec returns a reader of what packed holds, which needs at most about
// limit bytes of memory itself.
func openCodec(codec int16, packed []byte, limit int) (io.ReadCloser, error) {
	switch compress.Compression(codec) {
	case compress.Gzip, compress.Lz4:
		return compress.Compression(codec).Codec().NewReader(bytes.NewReader(packed)), nil
	case compress.Snappy:
		return io.NopCloser(newSnappyReader(packed, limit)), nil
	case compress.Zstd:
		d, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(max(1<<10, uint64(limit))), zstd.WithDecoderMaxMemory(uint64(limit)))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("%w: unknown compression %d", errRecord, codec)
}

// decompress appends what packed holds to dst, unless that is more than limit
// bytes: then it says errTooLarge.
func decompress(dst []byte, codec int16, packed []byte, limit int) ([]byte, error) {
	r, err := openCodec(codec, packed, limit)
	if err != nil {
		return dst, err
	}
	defer r.Close()
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst)-start > limit, errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
			return dst[:start], errTooLarge
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst[:start], err
		}
	}
}

// sift reads a batch that decompresses to more than limit bytes, record by
// record: what lies before from is dropped, a record that alone exceeds the limit
// is known by its size, and reading stops when the rest no longer fits. It returns
// the offset to go on from, which is the batch's end if it was read whole.
func (h *batchHeader) sift(dst []event.Record, packed []byte, from int64, limit int) ([]event.Record, int64, error) {
	r, err := openCodec(h.attributes&attrCodec, packed, limit)
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
			return dst, 0, errors.Join(errRecord, err)
		}
		rec, body, err := h.siftOne(in, size, limit)
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

// siftOne reads a record of size bytes; one above the limit is skipped.
func (h *batchHeader) siftOne(in *bufio.Reader, size int64, limit int) (rec event.Record, body []byte, err error) {
	if size > int64(limit) {
		head, err := in.Peek(min(int(size), 32))
		if err != nil {
			return rec, nil, err
		}
		_, n := varint(head, 1)
		delta, m := varint(head, 1+n)
		if n == 0 || m == 0 {
			return rec, nil, errRecord
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
		return rec, nil, errRecord
	}
	return rec, body, nil
}

// snappyReader reads the two forms that clients write: one block, or blocks in
// the frames of the Java library.
type snappyReader struct {
	packed []byte
	block  []byte // decompressed, not yet read
	framed bool
	limit  int
}

// The frames begin with a name, its version and the oldest compatible one.
const snappyName, snappyHead = "\x82SNAPPY\x00", 16

func newSnappyReader(packed []byte, limit int) *snappyReader {
	r := &snappyReader{packed: packed, limit: limit}
	if len(packed) >= snappyHead && string(packed[:len(snappyName)]) == snappyName {
		r.framed, r.packed = true, packed[snappyHead:]
	}
	return r
}

func (r *snappyReader) Read(p []byte) (int, error) {
	for len(r.block) == 0 {
		if len(r.packed) == 0 {
			return 0, io.EOF
		}
		block := r.packed
		if r.framed {
			if len(block) < 4 || int64(binary.BigEndian.Uint32(block)) > int64(len(block)-4) {
				return 0, io.ErrUnexpectedEOF
			}
			block = block[4 : 4+binary.BigEndian.Uint32(block)]
			r.packed = r.packed[4:]
		}
		r.packed = r.packed[len(block):]
		size, err := snappy.DecodedLen(block)
		if err != nil {
			return 0, err
		}
		if size > r.limit {
			return 0, errTooLarge
		}
		if r.block, err = snappy.Decode(nil, block); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.block)
	r.block = r.block[n:]
	return n, nil
}
