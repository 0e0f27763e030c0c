package simulate

import (
	"bufio"
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

// TruthFile writes visits, one JSON object a line as [Visit.AppendJSON] has it.
// Its Tell goes into [Options]; Close says whether all was written.
type TruthFile struct {
	w    *bufio.Writer
	line []byte
	err  error
}

// NewTruthFile writes to w, which stays the caller's to close.
func NewTruthFile(w io.Writer) *TruthFile {
	return &TruthFile{w: bufio.NewWriterSize(w, 64<<10)}
}

// Tell writes a visit; after a failure it does nothing.
func (f *TruthFile) Tell(v Visit) {
	if f.err != nil {
		return
	}
	f.line = append(v.AppendJSON(f.line[:0]), '\n')
	_, f.err = f.w.Write(f.line)
}

// Close writes out what is buffered and returns the first failure of all.
func (f *TruthFile) Close() error {
	if err := f.w.Flush(); f.err == nil {
		f.err = err
	}
	if f.err != nil {
		return fmt.Errorf("write truth: %w", f.err)
	}
	return nil
}
