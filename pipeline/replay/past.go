package replay

import (
	"context"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/files"
)

// Past is the records to replay, in parts that each get an engine of their own: files are one part, a topic has one for
// each partition.
type Past struct {
	Parts  int
	Topics []string // of each part
	// Open begins to read a part. The decoders are told the header where there is one.
	Open  func(ctx context.Context, part int, decoders ...*decode.Decoder) (Tape, error)
	Close func()
}

// Tape is the records of a part.
type Tape struct {
	Next  func(context.Context) (*event.Record, error) // io.EOF after the last
	Ended func() []bool                                // which topics have no more records; nil for none
	Close func() error
	// Position is where the last record stands; nil for topics.
	Position func() files.Position
}

// FilePast is files as the past.
func FilePast(open files.Opener) Past {
	return Past{Parts: 1, Topics: []string{"file"}, Close: func() {}, Open: func(_ context.Context, _ int, decoders ...*decode.Decoder) (Tape, error) {
		lines, err := open(decoders...)
		if err != nil {
			return Tape{}, err
		}
		next := func(context.Context) (*event.Record, error) { return lines.Next() }
		return Tape{Next: next, Ended: func() []bool { return nil }, Close: lines.Close, Position: lines.Position}, nil
	}}
}
