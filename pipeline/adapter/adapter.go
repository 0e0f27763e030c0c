package adapter

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Format names how the value of a record is written.
type Format string

// The formats.
const (
	Native Format = "native" // one JSON object, see schemas/event.schema.json
	NCSA   Format = "ncsa"   // a line of a common or combined access log
	CSV    Format = "csv"    // one record of RFC 4180
	TSV    Format = "tsv"    // columns between tabs, no quotes
)

// Reader reads the values of one format.
//
// A format is one file of this package: a type with this method, a case in [New],
// and a test. A reader may keep memory between values, but what it makes of a value
// depends on the value alone.
type Reader interface {
	// Read gives b the fields of the event in value. The rejection says that value is
	// not of the format. Fields that are missing or wrong are noted in b, so that all
	// formats are held to the same rules. b copies what it is given.
	Read(value []byte, b *fields.Builder) event.Rejection
}

// Options say which format is read, and how.
type Options struct {
	Format    Format
	MaxDepth  int       // of JSON; what is nested deeper is kept in no cache
	Map       string    // of CSV and TSV
	Columns   []string  // of CSV and TSV, where no header line names them
	Delimiter string    // of CSV and TSV; empty takes that of the format
	AccessLog AccessLog // of NCSA
}

// New returns the reader of a format. The error names the key and the value that
// cannot be.
func New(o Options) (Reader, error) {
	switch o.Format {
	case Native:
		return newNative(o.MaxDepth), nil
	case NCSA:
		return newAccessLog(&o.AccessLog), nil
	case CSV, TSV:
		return newTable(&o)
	}
	return nil, fmt.Errorf("format: %q: want one of %q", string(o.Format), []Format{Native, NCSA, CSV, TSV})
}

// malformed rejects a value that is not of its format at a byte.
func malformed(at int, want string) event.Rejection {
	return event.Rejection{Reason: event.Malformed, Detail: fmt.Sprintf("at byte %d: want %s", at, want)}
}

// checkUTF8 rejects a value that is not UTF-8.
func checkUTF8(value []byte) event.Rejection {
	if utf8.Valid(value) {
		return event.Rejection{}
	}
	return event.Rejection{Reason: event.InvalidUTF8, Detail: "at byte " + strconv.Itoa(validPrefix(value))}
}

// validPrefix is the length of b before the first byte that is not UTF-8.
func validPrefix(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// WithoutLineEnd takes the end of the line from a line.
func WithoutLineEnd(value []byte) []byte {
	value = bytes.TrimSuffix(value, []byte("\n"))
	return bytes.TrimSuffix(value, []byte("\r"))
}
