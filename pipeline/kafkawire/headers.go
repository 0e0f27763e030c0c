package kafkawire

import (
	"encoding/binary"
	"fmt"
)

// Header is one header of a record. Names may repeat; a nil value is null.
type Header struct {
	Name  string
	Value []byte
}

// ReadHeaders decodes the headers of a record, in their order. Values lie in the
// record's memory. The error says that they are not what a producer writes.
func ReadHeaders(b []byte) ([]Header, error) {
	if len(b) == 0 {
		return nil, nil
	}
	n, at := varint(b, 0)
	const leastHeader = 2
	if at == 0 || n < 0 || n > int64(len(b))/leastHeader {
		return nil, fmt.Errorf("%w: %d headers in %d bytes", ErrRecord, n, len(b))
	}
	b = b[at:]
	list := make([]Header, 0, n)
	for range n {
		name, rest, ok := cutField(b)
		if !ok || name == nil {
			return nil, fmt.Errorf("%w: name of header %d", ErrRecord, len(list))
		}
		value, rest, ok := cutField(rest)
		if !ok {
			return nil, fmt.Errorf("%w: value of header %d", ErrRecord, len(list))
		}
		list, b = append(list, Header{string(name), value}), rest
	}
	return list, nil
}

// cutField takes a length and as many bytes from the front of b; nil for -1.
func cutField(b []byte) (field, rest []byte, ok bool) {
	n, at := varint(b, 0)
	if at == 0 || n < -1 || n > int64(len(b)-at) {
		return nil, nil, false
	}
	if n < 0 {
		return nil, b[at:], true
	}
	end := at + int(n)
	return b[at:end:end], b[end:], true
}

// AppendHeaders encodes headers as a record carries them, their number first.
func AppendHeaders(b []byte, list []Header) []byte {
	b = binary.AppendVarint(b, int64(len(list)))
	for _, h := range list {
		b = binary.AppendVarint(b, int64(len(h.Name)))
		b = append(b, h.Name...)
		b = appendLen(b, h.Value)
		b = append(b, h.Value...)
	}
	return b
}
