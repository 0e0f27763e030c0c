package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrState is wrapped by every error of reading a saved state.
var ErrState = errors.New("saved state is damaged or of another version")

// State writes or reads saved state. A type has one function that visits its fields,
// for both directions, so that what is written and what is read cannot drift apart.
// After the first error every read gives zero values.
type State struct {
	buf     []byte // written so far, or to be read
	pos     int    // of reading
	reading bool
	err     error
	intern  map[string]string // strings read so far, so that equal ones are shared; nil for none
}

// WriteState returns a State that appends to b.
func WriteState(b []byte) *State { return &State{buf: b} }

// ReadState returns a State that reads b. Strings read are copies, equal ones shared.
func ReadState(b []byte) *State {
	return &State{buf: b, reading: true, intern: map[string]string{}}
}

// ReadUninterned returns a State that reads b, as [ReadState] does, but does not share
// equal strings: cheaper for small states.
func ReadUninterned(b []byte) *State { return &State{buf: b, reading: true} }

// Raw visits bytes that another State has written. What is read points into the buffer.
func (s *State) Raw(v *[]byte) {
	if !s.reading {
		s.buf = binary.AppendUvarint(s.buf, uint64(len(*v)))
		s.buf = append(s.buf, *v...)
		return
	}
	*v = s.raw()
}

// raw reads a length and so many bytes.
func (s *State) raw() []byte {
	n := s.uvarint()
	if n > uint64(len(s.buf)-s.pos) {
		s.fail("%d bytes", n)
		n = 0
	}
	s.pos += int(n)
	return s.buf[s.pos-int(n) : s.pos]
}

// Rest is what is left to read.
func (s *State) Rest() []byte { return s.buf[s.pos:] }

// Reading reports the direction.
func (s *State) Reading() bool { return s.reading }

// Bytes is what has been written.
func (s *State) Bytes() []byte { return s.buf }

// Err is the first error of reading.
func (s *State) Err() error { return s.err }

// Done is Err, or an error when something is left to read.
func (s *State) Done() error {
	if s.err == nil && s.reading && s.pos != len(s.buf) {
		s.fail("%d bytes left over", len(s.buf)-s.pos)
	}
	return s.err
}

// Fail makes reading fail, because what was read cannot be right; why says what.
func (s *State) Fail(why string) { s.fail("%s", why) }

func (s *State) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: byte %d: %s", ErrState, s.pos, fmt.Sprintf(format, args...))
	}
}

// Int visits a signed integer.
func Int[T ~int64 | ~int32 | ~int16 | ~int8 | ~int](s *State, v *T) {
	if !s.reading {
		s.buf = binary.AppendVarint(s.buf, int64(*v))
		return
	}
	x := s.varint()
	*v = T(x)
	if int64(*v) != x {
		s.fail("number out of range")
	}
}

// Time visits a time at which something happened. Times so far away that sums of them
// could overflow are refused.
func Time(s *State, v *Millis) {
	const farthest = 1 << 55
	Int(s, v)
	if s.reading && (*v > farthest || *v < -farthest) {
		s.fail("time out of range")
		*v = 0
	}
}

// Uint visits an unsigned integer.
func Uint[T ~uint64 | ~uint32 | ~uint16 | ~uint8 | ~uint](s *State, v *T) {
	if !s.reading {
		s.buf = binary.AppendUvarint(s.buf, uint64(*v))
		return
	}
	x := s.uvarint()
	*v = T(x)
	if uint64(*v) != x {
		s.fail("number out of range")
	}
}

// Bool visits a bool.
func (s *State) Bool(v *bool) {
	var x uint8
	if *v {
		x = 1
	}
	Uint(s, &x)
	*v = x == 1
}

// Float visits a float32.
func (s *State) Float(v *float32) {
	x := math.Float32bits(*v)
	Uint(s, &x)
	*v = math.Float32frombits(x)
}

// Str visits a string.
func Str[T ~string](s *State, v *T) {
	if !s.reading {
		s.buf = binary.AppendUvarint(s.buf, uint64(len(*v)))
		s.buf = append(s.buf, *v...)
		return
	}
	raw := s.raw()
	if s.intern == nil {
		*v = T(raw)
		return
	}
	if known, ok := s.intern[string(raw)]; ok {
		*v = T(known)
		return
	}
	text := string(raw)
	if len(text) <= 64 {
		s.intern[text] = text
	}
	*v = T(text)
}

// Fixed visits a digest.
func (s *State) Fixed(v *Digest) {
	if !s.reading {
		s.buf = append(s.buf, v[:]...)
		return
	}
	if len(s.buf)-s.pos < len(v) {
		s.fail("digest cut short")
		return
	}
	s.pos += copy(v[:], s.buf[s.pos:])
}

// Hash visits a 64-bit hash.
func (s *State) Hash(v *uint64) {
	if !s.reading {
		s.buf = binary.LittleEndian.AppendUint64(s.buf, *v)
		return
	}
	if len(s.buf)-s.pos < 8 {
		s.fail("hash cut short")
		*v = 0
		return
	}
	*v = binary.LittleEndian.Uint64(s.buf[s.pos:])
	s.pos += 8
}

// Key visits a key.
func (s *State) Key(v *Key) { s.Hash(&v.Hi); s.Hash(&v.Lo) }

// Slice visits a slice, element by element.
func Slice[T any](s *State, v *[]T, each func(*T)) {
	n := uint64(len(*v))
	if !s.reading {
		s.buf = binary.AppendUvarint(s.buf, n)
	} else {
		n = s.uvarint()
		if n > uint64(len(s.buf)-s.pos) {
			s.fail("list of %d", n)
			n = 0
		}
		*v = nil
		if n > 0 {
			*v = make([]T, n)
		}
	}
	for i := range *v {
		if s.err != nil {
			return
		}
		each(&(*v)[i])
	}
}

// varint reads a signed number.
func (s *State) varint() int64 {
	x, n := binary.Varint(s.buf[s.pos:])
	if s.err != nil || n <= 0 {
		s.fail("number expected")
		return 0
	}
	s.pos += n
	return x
}

// uvarint reads an unsigned number.
func (s *State) uvarint() uint64 {
	x, n := binary.Uvarint(s.buf[s.pos:])
	if s.err != nil || n <= 0 {
		s.fail("number expected")
		return 0
	}
	s.pos += n
	return x
}
