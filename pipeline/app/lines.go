package app

import (
	"errors"
	"io"
	"slices"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/source"
)

// Lines gives the records of files one by one, and io.EOF after the last.
type Lines interface {
	Next() (*event.Record, error)
	Close() error
}

// Opener begins reading for decoders, which are told the header where there is one.
type Opener func(...*decode.Decoder) (Lines, error)

// OpenFiles reads files in the format of c; "-" is stdin. A longer record than
// maxBytes is not held in memory; 0 takes the default.
func OpenFiles(c decode.Config, paths []string, stdin io.Reader, maxBytes int) Opener {
	return func(decoders ...*decode.Decoder) (Lines, error) {
		o := source.FilesOptions{MaxBytes: maxBytes, Stdin: stdin}
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
		return source.OpenFiles(paths, o)
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
