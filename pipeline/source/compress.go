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
	quick "github.com/segmentio/kafka-go/compress/snappy"

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
	how := compress.Compression(codec).Codec()
	if codec == int16(compress.Snappy) {
		how = &quick.Codec{Compression: quick.FasterCompression} // the default way takes half as long again
	}
	w := how.NewWriter(out)
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

// leastWindow is how far back zstd may refer, whatever the limit: as far as its
// common levels do.
const leastWindow = 16 << 20

// tooLarge reports that decompressing was refused for its size.
func tooLarge(err error) bool {
	return errors.Is(err, errTooLarge) || errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded)
}

// inflater decompresses batches, one at a time. The zero value is ready.
type inflater struct {
	zstd   *zstd.Decoder
	window uint64 // zstd was made for
	snappy snappyReader
}

// open returns a reader of what packed holds, which needs at most about limit
// bytes of memory itself.
func (f *inflater) open(codec int16, packed []byte, limit int) (io.ReadCloser, error) {
	switch compress.Compression(codec) {
	case compress.Gzip, compress.Lz4:
		return compress.Compression(codec).Codec().NewReader(bytes.NewReader(packed)), nil
	case compress.Snappy:
		f.snappy.reset(packed, limit)
		return io.NopCloser(&f.snappy), nil
	case compress.Zstd:
		return f.openZstd(packed, uint64(max(limit, leastWindow)))
	}
	return nil, fmt.Errorf("%w: unknown compression %d", errRecord, codec)
}

func (f *inflater) openZstd(packed []byte, window uint64) (io.ReadCloser, error) {
	if f.zstd != nil && f.window == window {
		return io.NopCloser(f.zstd), f.zstd.Reset(bytes.NewReader(packed))
	}
	d, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(window))
	if err != nil {
		return nil, err
	}
	f.zstd, f.window = d, window
	return io.NopCloser(d), nil
}

// decompress appends what packed holds to dst, unless that is more than limit
// bytes: then it says errTooLarge.
func (f *inflater) decompress(dst []byte, codec int16, packed []byte, limit int) ([]byte, error) {
	r, err := f.open(codec, packed, limit)
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
		case len(dst)-start > limit, tooLarge(err):
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
func (h *batchHeader) sift(f *inflater, dst []event.Record, packed []byte, from int64, limit int) ([]event.Record, int64, error) {
	r, err := f.open(h.attributes&attrCodec, packed, limit)
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
	block  []byte // decompressed
	at     int    // read of it
	framed bool
	limit  int
}

// The frames begin with a name, its version and the oldest compatible one.
const snappyName, snappyHead = "\x82SNAPPY\x00", 16

func (r *snappyReader) reset(packed []byte, limit int) {
	*r = snappyReader{packed: packed, limit: limit, block: r.block[:0]}
	if len(packed) >= snappyHead && string(packed[:len(snappyName)]) == snappyName {
		r.framed, r.packed = true, packed[snappyHead:]
	}
}

func (r *snappyReader) Read(p []byte) (int, error) {
	for r.at == len(r.block) {
		if len(r.packed) == 0 {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.block[r.at:])
	r.at += n
	return n, nil
}

// next decompresses a block.
func (r *snappyReader) next() error {
	packed := r.packed
	if r.framed {
		if len(packed) < 4 || int64(binary.BigEndian.Uint32(packed)) > int64(len(packed)-4) {
			return io.ErrUnexpectedEOF
		}
		packed = packed[4 : 4+binary.BigEndian.Uint32(packed)]
		r.packed = r.packed[4:]
	}
	r.packed = r.packed[len(packed):]
	size, err := snappy.DecodedLen(packed)
	if err != nil {
		return err
	}
	if size > r.limit {
		return errTooLarge
	}
	r.block, err = snappy.Decode(r.block[:cap(r.block)], packed)
	r.at = 0
	return err
}
