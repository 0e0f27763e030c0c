//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// sizeOf is the size of a terminal in characters, 0 for what is none.
func sizeOf(f *os.File) (cols, lines int) {
	if f == nil {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(size.Col), int(size.Row)
}
