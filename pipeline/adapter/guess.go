package adapter

import (
	"encoding/binary"

	"friction/pipeline/fields"
)

// guess is the name that came last time after a given field, as it was written with
// quotes and colon. Trackers write members in the same order time and again, so
// comparing two words of eight bytes mostly saves reading the name. When they
// differ, the name is read as usual.
type guess struct {
	low, high         uint64 // the bytes, and which of them count
	lowMask, highMask uint64
	size              uint8 // 0 before the first
	field             fields.Field
}

// at is the index of the value if the guessed name stands at b[i], else 0.
func (g *guess) at(b []byte, i int) int {
	if g.size == 0 || i+16 >= len(b) {
		return 0
	}
	if binary.LittleEndian.Uint64(b[i:])&g.lowMask != g.low || binary.LittleEndian.Uint64(b[i+8:])&g.highMask != g.high {
		return 0
	}
	if i += int(g.size); b[i] <= ' ' {
		return 0
	}
	return i
}

// learn remembers a known field by the bytes from its name to its value.
func (g *guess) learn(f fields.Field, written []byte) {
	if f == fields.Unknown || len(written) > 16 {
		return
	}
	var text, mask [16]byte
	copy(text[:], written)
	for i := range written {
		mask[i] = 0xff
	}
	*g = guess{
		low: binary.LittleEndian.Uint64(text[:]), high: binary.LittleEndian.Uint64(text[8:]),
		lowMask: binary.LittleEndian.Uint64(mask[:]), highMask: binary.LittleEndian.Uint64(mask[8:]),
		size: uint8(len(written)), field: f,
	}
}
