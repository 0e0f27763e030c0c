package kafkawire

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/snappy"
)

// compressTo appends the compressed form of plain to dst.
func compressTo(dst []byte, codec Codec, plain []byte) ([]byte, error) {
	if codec == 0 {
		return append(dst, plain...), nil
	}
	out := bytes.NewBuffer(dst)
	how := compress.Compression(codec).Codec()
	if codec == Codec(compress.Snappy) {
		how = &snappy.Codec{Compression: snappy.FasterCompression} // the default takes half as long again
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

// leastWindow is how far back zstd may refer, whatever the limit: as far as its
// common levels do.
const leastWindow = 16 << 20

// tooLarge reports that decompressing was refused for its size.
func tooLarge(err error) bool {
	return errors.Is(err, errTooLarge) || errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded)
}

// decompressor decompresses batches, one at a time. The zero value is ready.
type decompressor struct {
	zstd   *zstd.Decoder
	window uint64 // zstd was made for
	snappy snappyReader
}

// open returns a reader of what packed holds, which needs at most about limit
// bytes of memory itself.
func (d *decompressor) open(codec Codec, packed []byte, limit int) (io.ReadCloser, error) {
	switch compress.Compression(codec) {
	case compress.Gzip, compress.Lz4:
		return compress.Compression(codec).Codec().NewReader(bytes.NewReader(packed)), nil
	case compress.Snappy:
		d.snappy.reset(packed, limit)
		return io.NopCloser(&d.snappy), nil
	case compress.Zstd:
		return d.openZstd(packed, uint64(max(limit, leastWindow)))
	}
	return nil, fmt.Errorf("%w: unknown compression %d", ErrRecord, codec)
}

func (d *decompressor) openZstd(packed []byte, window uint64) (io.ReadCloser, error) {
	if d.zstd != nil && d.window == window {
		return io.NopCloser(d.zstd), d.zstd.Reset(bytes.NewReader(packed))
	}
	r, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(window))
	if err != nil {
		return nil, err
	}
	d.zstd, d.window = r, window
	return io.NopCloser(r), nil
}

// decompress appends what packed holds to dst, unless that is more than limit
// bytes: then it says errTooLarge.
func (d *decompressor) decompress(dst []byte, codec Codec, packed []byte, limit int) ([]byte, error) {
	r, err := d.open(codec, packed, limit)
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
