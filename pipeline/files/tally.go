package files

import (
	"errors"
	"fmt"
	"strings"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/looks"
)

// Tally counts, for each file, how many records could be decoded. It makes an
// error of files of which most could not, so that nobody takes the few rows that
// are left for the whole.
type Tally struct {
	// Command is the one of friction that reads the files, for messages; replay if empty.
	Command string

	order []string
	files map[string]*tallied
}

type tallied struct {
	decoded, failed uint64
	first           Position // of the first record that failed
	why             event.Rejection
	head            []byte // how the file begins
}

// NewTally counts nothing yet.
func NewTally() *Tally { return &Tally{files: map[string]*tallied{}} }

// begin notes how a file begins, and keeps head.
func (t *Tally) begin(path string, head []byte) {
	if t == nil {
		return
	}
	if t.files[path] == nil {
		t.order = append(t.order, path)
	}
	t.files[path] = &tallied{head: head}
}

// leftOut are reasons that say nothing about whether a file is of the right format.
func leftOut(r event.Reason) bool {
	return r == event.Empty || r == event.Nobody || r == event.TimeFuture || r == event.TimePast
}

// Note counts what became of a record.
func (t *Tally) Note(at Position, why event.Rejection) {
	if t == nil {
		return
	}
	f := t.files[at.Path]
	switch {
	case f == nil || leftOut(why.Reason):
	case why.Reason == event.Accepted:
		f.decoded++
	default:
		if f.failed++; f.failed == 1 {
			f.first, f.why = at, why
		}
	}
}

// Err names the files of which fewer than half of the records could be decoded:
// the first such record with its cause, what the file looks like, and what to do.
func (t *Tally) Err(format decode.Format) error {
	var errs []error
	for _, path := range t.order {
		f := t.files[path]
		if f.failed <= f.decoded {
			continue
		}
		cause := f.why.Reason.String()
		if f.why.Detail != "" {
			cause += ": " + f.why.Detail
		}
		text := fmt.Sprintf("%s: only %d of %d records could be read as %s; the first that could not is line %d: %s",
			nameOf(path), f.decoded, f.decoded+f.failed, format, f.first.Line, cause)
		text += t.wayOut(f.head, format, path)
		errs = append(errs, errors.New(text))
	}
	return errors.Join(errs...)
}

// wayOut is a line that says what a file looks like, and the command that reads it; empty where nothing is known.
func (t *Tally) wayOut(head []byte, asked decode.Format, path string) string {
	way := looks.At(head).Else(asked, path)
	if way == "" {
		return ""
	}
	if t != nil && t.Command != "" {
		way = strings.ReplaceAll(way, "friction replay", "friction "+t.Command)
	}
	return "\n  " + way
}
