package kafkawire

import (
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/snappy"
)

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

// Read decompresses block after block.
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
