package sink

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"

	"friction/pipeline/score"
)

// row is one row of type R with its stamp.
type row[R any] struct {
	r *R
	s *stamp
}

// field is one column: of the base table if it has fill, of the view if it has json.
type field[R any] struct {
	name string
	typ  string                        // ClickHouse type in the base table
	fill func([]row[R], *checksum) any // the values of a block, in the form clickhouse-go takes whole
	json func([]byte, row[R]) []byte   // appends the value
}

// hidden leaves the field out of the view.
func (f field[R]) hidden() field[R] { f.json = nil; return f }

// derived is a field that only the view has.
func derived[R any](name string, json func([]byte, row[R]) []byte) field[R] {
	return field[R]{name: name, json: json}
}

// checksum is computed over the values of a block; equal blocks have equal checksums.
type checksum struct {
	d   xxhash.Digest
	buf []byte
}

func newChecksum() *checksum {
	c := &checksum{buf: make([]byte, 0, 8<<10)}
	c.d.Reset()
	return c
}

func (c *checksum) n(v uint64) {
	c.room(8)
	c.buf = binary.LittleEndian.AppendUint64(c.buf, v)
}

func (c *checksum) text(s string) {
	c.n(uint64(len(s)))
	c.room(len(s))
	c.buf = append(c.buf, s...)
}

func (c *checksum) bytes(b []byte) {
	c.room(len(b))
	c.buf = append(c.buf, b...)
}

// room hashes the buffer if n more bytes would not fit.
func (c *checksum) room(n int) {
	if len(c.buf)+n > cap(c.buf) {
		_, _ = c.d.Write(c.buf)
		c.buf = c.buf[:0]
	}
}

func (c *checksum) sum() uint64 {
	c.room(cap(c.buf) + 1)
	return c.d.Sum64()
}

type integer interface {
	uint8 | uint16 | uint32 | uint64 | int64
}

func integerType[N integer]() string {
	switch any(N(0)).(type) {
	case uint8:
		return "UInt8"
	case uint16:
		return "UInt16"
	case uint32:
		return "UInt32"
	case uint64:
		return "UInt64"
	}
	return "Int64"
}

func number[R any, N integer](name string, get func(row[R]) N) field[R] {
	return field[R]{
		name: name, typ: integerType[N](),
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]N, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.n(uint64(v[i]))
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendInteger(b, get(it)) },
	}
}

func appendInteger[N integer](b []byte, n N) []byte {
	if n < 0 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	return strconv.AppendUint(b, uint64(n), 10)
}

func flag[R any](name string, get func(row[R]) bool) field[R] {
	return field[R]{
		name: name, typ: "Bool",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]bool, len(rows))
			for i, it := range rows {
				if v[i] = get(it); v[i] {
					sum.n(1)
				} else {
					sum.n(0)
				}
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return strconv.AppendBool(b, get(it)) },
	}
}

// text is a String column, word a LowCardinality one: for values that repeat.
func text[R any](name string, get func(row[R]) string) field[R] {
	return field[R]{
		name: name, typ: "String",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]string, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.text(v[i])
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendString(b, get(it)) },
	}
}

func word[R any](name string, get func(row[R]) string) field[R] {
	f := text(name, get)
	f.typ = "LowCardinality(String)"
	return f
}

func texts[R any](name string, get func(row[R]) []string) field[R] {
	return field[R]{
		name: name, typ: "Array(String)",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([][]string, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.n(uint64(len(v[i])))
				for _, s := range v[i] {
					sum.text(s)
				}
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendList(b, get(it), appendString) },
	}
}

// id is a UUID of 16 bytes in order.
func id[R any](name string, get func(row[R]) [16]byte) field[R] {
	return field[R]{
		name: name, typ: "UUID",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]uuid.UUID, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.bytes(v[i][:])
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte {
			v := uuid.UUID(get(it))
			return append(append(append(b, '"'), v.String()...), '"')
		},
	}
}

// The times ClickHouse can hold, in ms since 1970: 1900-01-01 to 2299-12-31. The
// client stops at 2262-04-11.
const (
	earliest = -2_208_988_800_000
	latest   = 9_223_372_036_854
	never    = math.MaxInt64 // event.Never, which has no value in a table
)

func clampTime(ms int64) int64 { return min(max(ms, earliest), latest) }

// moment is a time in ms since 1970, moved to the nearest that ClickHouse can hold.
func moment[R any](name string, get func(row[R]) int64) field[R] {
	return field[R]{
		name: name, typ: "DateTime64(3, 'UTC')",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]int64, len(rows))
			for i, it := range rows {
				v[i] = clampTime(get(it))
				sum.n(uint64(v[i]))
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendTime(b, clampTime(get(it))) },
	}
}

// perhaps is a time that may be missing.
func perhaps[R any](name string, get func(row[R]) int64) field[R] {
	return field[R]{
		name: name, typ: "Nullable(DateTime64(3, 'UTC'))",
		fill: func(rows []row[R], sum *checksum) any {
			v, at := make([]*int64, len(rows)), make([]int64, len(rows))
			for i, it := range rows {
				at[i] = get(it)
				sum.n(uint64(at[i]))
				if at[i] != never {
					at[i] = clampTime(at[i])
					v[i] = &at[i]
				}
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte {
			if ms := get(it); ms != never {
				return appendTime(b, clampTime(ms))
			}
			return append(b, "null"...)
		},
	}
}

func counts[R any](name string, get func(row[R]) []score.Count) field[R] {
	return field[R]{
		name: name, typ: "Map(LowCardinality(String), UInt64)",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]countMap, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.n(uint64(len(v[i])))
				for _, c := range v[i] {
					sum.text(c.Name)
					sum.n(c.N)
				}
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendCounts(b, get(it)) },
	}
}

func pairs[R any](name string, get func(row[R]) []score.Pair) field[R] {
	return field[R]{
		name: name, typ: "Map(LowCardinality(String), String)",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]pairMap, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.n(uint64(len(v[i])))
				for _, p := range v[i] {
					sum.text(p.Name)
					sum.text(p.Value)
				}
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendPairs(b, get(it)) },
	}
}

func histogram[R any](name string, get func(row[R]) []score.Count32) field[R] {
	return field[R]{
		name: name, typ: "Map(UInt8, UInt64)",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([]bucketMap, len(rows))
			for i, it := range rows {
				v[i] = get(it)
				sum.n(uint64(len(v[i])))
				for _, c := range v[i] {
					sum.n(uint64(c.Bucket)<<32 | uint64(c.N))
				}
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte { return appendBuckets(b, get(it)) },
	}
}
