package files

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

const (
	// joinBytes is how long a record of several lines may become before the quote
	// that opened it is taken for a slip of its first line.
	joinBytes = 64 << 10
	// maxSlips is how often joinBytes is halved: once for each slip, so that a file full of them is read in reasonable
	// time. A line without any takes one halving back.
	maxSlips = 7
)

// join adds lines to the one that was read for as long as it ends inside quotes.
func (f *reader) join() (size int, err error) {
	inside := f.opt.Quotes.Opens(f.line, false)
	if !inside {
		f.slips = max(f.slips-1, 0)
		return len(f.line), nil
	}
	first, joined := len(f.line), 0
	limit := min(joinBytes>>f.slips, f.opt.MaxBytes)
	for inside {
		var n int
		f.next, n, err = f.readLine(f.next[:0])
		if err == nil && n == len(f.next) && len(f.line)+n < limit {
			inside = f.opt.Quotes.Opens(f.next, true)
			f.line = append(append(f.line, '\n'), f.next...)
			joined++
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		f.unread(first, joined, err == nil, n)
		return first, nil
	}
	if !f.opt.Quotes.Whole(f.line) {
		f.unread(first, joined, false, 0)
		return first, nil
	}
	f.slips = 0
	return len(f.line), nil
}

// unread takes a record apart that began with a quote nobody closes, or that closes
// where no cell ends: its first line stands alone, and the others are read again.
func (f *reader) unread(first, joined int, another bool, size int) {
	f.slips = min(f.slips+1, maxSlips)
	var lines []heldLine
	if joined > 0 {
		for text := range bytes.SplitSeq(bytes.Clone(f.line[first+1:]), []byte("\n")) {
			lines = append(lines, heldLine{text, len(text)})
		}
	}
	if another {
		lines = append(lines, heldLine{bytes.Clone(f.next), size})
	}
	f.line = f.line[:first]
	f.at -= int64(len(lines))
	f.inFile -= int64(len(lines))
	slices.Reverse(lines)
	f.back = append(f.back, lines...)
}
