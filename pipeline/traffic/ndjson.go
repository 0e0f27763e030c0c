package traffic

import (
	"fmt"
	"io"
	"iter"
	"strconv"
)

// WriteNDJSON writes records, one JSON object a line, in the order they come,
// and returns how many there were. to gives the writer of a topic: one for all,
// or a file each; nil leaves a topic out. With envelope a line is
// {"topic", "key", "time" (of arrival, Unix ms), "value": event}, without it
// the event alone. Buffering is the caller's.
func WriteNDJSON(records iter.Seq[Record], to func(topic string) io.Writer, envelope bool) (int, error) {
	n := 0
	var line []byte
	for r := range records {
		w := to(r.Topic)
		if w == nil {
			continue
		}
		line = line[:0]
		if envelope {
			line = append(append(line, `{"topic":"`...), r.Topic...)
			line = append(append(line, `","key":"`...), r.Key...)
			line = append(line, `","time":`...)
			line = strconv.AppendInt(line, r.Deliver.UnixMilli(), 10)
			line = append(line, `,"value":`...)
		}
		line = append(line, r.Value...)
		if envelope {
			line = append(line, '}')
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return n, fmt.Errorf("write traffic of topic %s: %w", r.Topic, err)
		}
		n++
	}
	return n, nil
}
