//go:build !linux

package embedded

// confine does nothing: only Linux has Landlock.
func confine(dir, library, config string) error { return nil }
