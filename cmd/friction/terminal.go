package main

import (
	"io"
	"os"
)

// terminalOf is the file behind a writer, and whether it is a terminal.
func terminalOf(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return nil, false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, false
	}
	cols, _ := sizeOf(f)
	return f, cols > 0
}
