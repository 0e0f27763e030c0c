package adapter

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/fields"
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

// New returns the reader of a format. The error names the key and the value that
// cannot be.
func New(o Options) (Reader, error) {
	switch o.Format {
	case Native:
		return newNative(o.MaxDepth), nil
	case NCSA:
		return newAccessLog(&o.AccessLog), nil
	case W3C:
		return newW3C(&o), nil
	case AccessJSON:
		return newAccessJSON(&o.AccessLog), nil
	case CSV, TSV:
		return newTable(&o)
	}
	return nil, fmt.Errorf("format: %q: want one of %q", string(o.Format), Formats())
}
