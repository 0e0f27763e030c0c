package checkpoint

import (
	"encoding/binary"

	"friction/pipeline/event"
)

// input reads forward through bytes. After the first failure every read gives
// zero and bad is set.
type input struct {
	b   []byte
	bad bool
}

func (in *input) fail() { in.b, in.bad = nil, true }

func (in *input) uvarint() uint64 {
	v, n := binary.Uvarint(in.b)
	if n <= 0 {
		in.fail()
		return 0
	}
	in.b = in.b[n:]
	return v
}

func (in *input) varint() int64 {
	v, n := binary.Varint(in.b)
	if n <= 0 {
		in.fail()
		return 0
	}
	in.b = in.b[n:]
	return v
}

func (in *input) millis() event.Millis { return event.Millis(in.varint()) }

func (in *input) byte() byte {
	if len(in.b) == 0 {
		in.fail()
		return 0
	}
	v := in.b[0]
	in.b = in.b[1:]
	return v
}

func (in *input) bytes() []byte {
	n := in.uvarint()
	if n > uint64(len(in.b)) {
		in.fail()
		return nil
	}
	v := in.b[:n]
	in.b = in.b[n:]
	return v
}

func (in *input) text() string { return string(in.bytes()) }

func (in *input) uint64() uint64 {
	if len(in.b) < 8 {
		in.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(in.b)
	in.b = in.b[8:]
	return v
}

func (in *input) digest() (d event.Digest) {
	if len(in.b) < len(d) {
		in.fail()
		return d
	}
	copy(d[:], in.b)
	in.b = in.b[len(d):]
	return d
}

func appendBytes[T string | []byte](b []byte, v T) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}
