package source

import (
	"friction/pipeline/event"
	"friction/pipeline/kafkawire"
)

// Header is one header of a record. Names may repeat; a nil value is null.
type Header = kafkawire.Header

// ReadHeaders decodes the headers of a record, in their order. Values lie in the
// record's memory. The error says that they are not what a producer writes.
func ReadHeaders(rec *event.Record) ([]Header, error) { return kafkawire.ReadHeaders(rec.Headers) }
