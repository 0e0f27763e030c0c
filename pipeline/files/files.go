package files

import (
	"errors"
	"io"
	"slices"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// Records gives the records of files one by one, and io.EOF after the last.
type Records interface {
	Next() (*event.Record, error)
	Close() error
}

// Opener begins to read, for decoders that are told the header where there is one.
type Opener func(...*decode.Decoder) (Records, error)

// Open reads files in the format of c; "-" is stdin. A record longer than maxBytes is not held in memory; 0 takes the
// default.
func Open(c decode.Config, paths []string, stdin io.Reader, maxBytes int) Opener {
	return func(decoders ...*decode.Decoder) (Records, error) {
		o := readerOptions{MaxBytes: maxBytes, Stdin: stdin}
		if (c.Format == decode.CSV || c.Format == decode.TSV) && len(c.Columns) == 0 {
			o.Header = func(line []byte) error {
				for _, d := range decoders {
					if err := d.SetHeaderLine(line); err != nil {
						return err
					}
				}
				return nil
			}
		}
		if c.Format == decode.CSV {
			o.Continues = decoders[0].Continues
		}
		return openReader(paths, o)
	}
}

// ErrOneRead says that files had to be read twice and stdin cannot be.
var ErrOneRead = errors.New("standard input cannot be read twice: write it to a file first")

// Twice reports whether paths can be read a second time.
func Twice(paths []string) error {
	if slices.Contains(paths, "-") {
		return ErrOneRead
	}
	return nil
}
