package event

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/twmb/murmur3"
)

// Digest is a murmur3-128 hash, in the byte order of ClickHouse's
// murmurHash3_128. It names things; it protects nothing.
type Digest [16]byte

// DigestOf hashes b.
func DigestOf(b []byte) Digest {
	h1, h2 := murmur3.Sum128(b)
	return digest(h1, h2)
}

func digest(h1, h2 uint64) (d Digest) {
	binary.LittleEndian.PutUint64(d[:8], h1)
	binary.LittleEndian.PutUint64(d[8:], h2)
	return d
}

// IsZero reports a digest that was not computed.
func (d Digest) IsZero() bool { return d == Digest{} }

// Half is the first 64 bits.
func (d Digest) Half() uint64 { return binary.LittleEndian.Uint64(d[:8]) }

// String is the UUID notation of the bytes in order.
func (d Digest) String() string {
	var b [36]byte
	hex.Encode(b[0:8], d[0:4])
	hex.Encode(b[9:13], d[4:6])
	hex.Encode(b[14:18], d[6:8])
	hex.Encode(b[19:23], d[8:10])
	hex.Encode(b[24:36], d[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// ParseDigest reads what String wrote. The error says what was expected.
func ParseDigest(s string) (d Digest, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return d, fmt.Errorf("parse id %q: want 8-4-4-4-12 hexadecimal digits", s)
	}
	plain := s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:36]
	if _, err := hex.Decode(d[:], []byte(plain)); err != nil {
		return Digest{}, fmt.Errorf("parse id %q: %w", s, err)
	}
	return d, nil
}

// Key is the hash of a session's key: app, user and, if configured, the client's session id. With 128 bits, two keys
// have the same hash practically never.
type Key struct{ Hi, Lo uint64 }

// Less orders keys.
func (k Key) Less(o Key) bool { return k.Hi < o.Hi || k.Hi == o.Hi && k.Lo < o.Lo }

// Compare is -1, 0 or 1.
func (k Key) Compare(o Key) int {
	switch {
	case k == o:
		return 0
	case k.Less(o):
		return -1
	}
	return 1
}

// Keyer makes keys without allocating. The zero value is ready; it is not safe
// for concurrent use.
type Keyer struct{ buf []byte }

// Key hashes app, user and the client's session id ("" when it is no part of
// the key), separated by a byte that cannot occur in UTF-8.
func (k *Keyer) Key(app, user, client string) Key {
	b := append(k.buf[:0], app...)
	b = append(b, 0xff)
	b = append(b, user...)
	if client != "" {
		b = append(b, 0xff)
		b = append(b, client...)
	}
	k.buf = b
	h1, h2 := murmur3.Sum128(b)
	return Key{Hi: h1, Lo: h2}
}

// Hash64 is the first half of the murmur3-128 hash of s.
func Hash64(s string) uint64 {
	h1, _ := murmur3.StringSum128(s)
	return h1
}

// Hasher builds the digest of several fields, each length-prefixed so that no
// two lists of fields hash the same bytes.
type Hasher struct{ buf []byte }

// Reset forgets what was added.
func (h *Hasher) Reset() *Hasher { h.buf = h.buf[:0]; return h }

// Str adds a string.
func (h *Hasher) Str(s string) *Hasher {
	h.buf = binary.AppendUvarint(h.buf, uint64(len(s)))
	h.buf = append(h.buf, s...)
	return h
}

// Num adds a number.
func (h *Hasher) Num(n int64) *Hasher {
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(n))
	return h
}

// Bytes adds raw bytes of a fixed size.
func (h *Hasher) Bytes(b []byte) *Hasher { h.buf = append(h.buf, b...); return h }

// Sum is the digest of all that was added.
func (h *Hasher) Sum() Digest { return DigestOf(h.buf) }
