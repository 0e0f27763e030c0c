package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"friction/pipeline/decode"
)

// header reads what stands in front of the records of a file: a line sep=, and the
// names of the columns, behind blank lines if there are any.
func (f *reader) header() error {
	f.fields, f.date = nil, nil
	start, _ := f.in.Peek(16)
	sep := bytes.Clone(start[:decode.SepLine(start)])
	if f.opt.Directives {
		sep = nil
	}
	if len(sep) > 0 {
		_, _ = f.in.Discard(len(sep)) // it is in the buffer
		f.at++
		f.inFile++
	}
	if err := f.opt.Header(f.path, sep); err != nil || !f.opt.Headed {
		return err
	}
	for {
		size, err := f.read()
		switch {
		case errors.Is(err, io.EOF):
			return nil // Next finds out again
		case err != nil:
			return err
		case size > len(f.line):
			return fmt.Errorf("the header has %d bytes", size)
		case len(bytes.TrimSpace(f.line)) > 0:
			return f.opt.Header(f.path, append(sep, f.line...))
		}
	}
}

// directive takes a line of a W3C log that begins with #. The line #Fields names
// the columns of the rows below it, and #Date gives their date if they have none.
func (f *reader) directive() error {
	switch line := f.line; {
	case bytes.HasPrefix(line, []byte("#Fields:")):
		f.fields = bytes.Clone(line)
	case bytes.HasPrefix(line, []byte("#Date:")) && !bytes.Contains(f.fields, []byte("date")):
		f.date = bytes.Clone(line)
	default:
		return nil
	}
	if f.fields == nil {
		return nil
	}
	text := f.fields
	if !bytes.Contains(text, []byte("date")) && f.date != nil {
		text = append(append(bytes.Clone(text), '\n'), f.date...)
	}
	return f.opt.Header(f.path, text)
}
