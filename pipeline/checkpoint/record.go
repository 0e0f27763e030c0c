package checkpoint

import (
	"encoding/binary"

	"friction/pipeline/event"
)

// recordFormat is the first byte of every record.
const recordFormat = 1

type kind uint8

const (
	kindClaim kind = iota + 1
	kindSnapshot
	kindEpoch
	kindConfiguration
	kindTombstone
)

const lastFlag = 1

// chunk is one record of the log: a claim, a configuration, or one part of a snapshot or an epoch.
// Parts form a chain: each holds the sum of the one before, so that the sum of the
// last part is a sum over all.
type chunk struct {
	kind  kind
	last  bool
	claim int64  // offset of the claim it was written under; 0 for a claim and a configuration
	nonce uint64 // of that claim: offsets come again when a log loses its end
	n     uint64 // number of the epoch; for a snapshot, of the epoch it is the state after; for a configuration, its own
	index uint64 // 0, 1, …
	prev  event.Digest
	sum   event.Digest // over everything before it in the record
	body  []byte
	tail  []byte // of a record to write: the end of its body, where that is other memory
}

// overhead is the most that a record is larger than its body.
const overhead = 3 + 3*binary.MaxVarintLen64 + 8 + 2*len(event.Digest{})

// appendRecord appends the record to dst and sets c.sum.
func (c *chunk) appendRecord(dst []byte) []byte {
	start := len(dst)
	var flags byte
	if c.last {
		flags = lastFlag
	}
	dst = append(dst, recordFormat, byte(c.kind), flags)
	dst = binary.AppendUvarint(dst, uint64(c.claim))
	dst = binary.LittleEndian.AppendUint64(dst, c.nonce)
	dst = binary.AppendUvarint(dst, c.n)
	dst = binary.AppendUvarint(dst, c.index)
	if c.index > 0 {
		dst = append(dst, c.prev[:]...)
	}
	dst = append(append(dst, c.body...), c.tail...)
	c.sum = event.DigestOf(dst[start:])
	return append(dst, c.sum[:]...)
}

// parseRecord reads a record. The body points into b.
func parseRecord(offset int64, b []byte) (c chunk, err error) {
	corrupt := func(why string) (chunk, error) { return chunk{}, &CorruptError{Offset: offset, Why: why} }
	if len(b) < 3+3+8+len(c.sum) {
		return corrupt("too short to be a record")
	}
	text, sum := b[:len(b)-len(c.sum)], b[len(b)-len(c.sum):]
	if c.sum = event.Digest(sum); event.DigestOf(text) != c.sum {
		return corrupt("checksum does not match")
	}
	if text[0] != recordFormat {
		return corrupt("format of a newer version; upgrade before taking this log over")
	}
	if c.kind = kind(text[1]); c.kind < kindClaim || c.kind > kindTombstone || text[2] > lastFlag {
		return corrupt("kind of a newer version; upgrade before taking this log over")
	}
	c.last = text[2] == lastFlag
	in := &input{b: text[3:]}
	claim := in.uvarint()
	c.nonce = in.uint64()
	c.n, c.index = in.uvarint(), in.uvarint()
	if c.index > 0 {
		c.prev = in.digest()
	}
	if c.claim = int64(claim); in.bad || c.claim < 0 {
		return corrupt("header cut short")
	}
	c.body = in.b
	return c, nil
}
