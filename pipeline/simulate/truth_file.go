package simulate

import (
	"bufio"
	"fmt"
	"io"
)

// TruthFile writes visits, one JSON object a line as [Visit.AppendJSON] has it.
// Its Write goes into [Options]; Close says whether all was written.
type TruthFile struct {
	w    *bufio.Writer
	line []byte
	err  error
}

// NewTruthFile writes to w, which stays the caller's to close.
func NewTruthFile(w io.Writer) *TruthFile {
	return &TruthFile{w: bufio.NewWriterSize(w, 64<<10)}
}

// Write writes a visit; after a failure it does nothing.
func (f *TruthFile) Write(v Visit) {
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
