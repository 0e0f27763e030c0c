package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// privateDir makes a directory that no other user can look into, and makes one that is there so.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("keep other users out of the data directory: %w", err)
	}
	return nil
}

var errNoDir = errors.New("no data directory was given (--dir)")

// lockDataDir makes the directory and takes it for this process.
func lockDataDir(dir string) (*os.File, string, error) {
	if dir == "" {
		return nil, "", errNoDir
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", fmt.Errorf("find data directory: %w", err)
	}
	if err := privateDir(dir); err != nil {
		return nil, "", err
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if errors.Is(err, errLocked) {
		return nil, "", fmt.Errorf("data directory %s is in use by another process: stop it, or choose another with --dir", dir)
	}
	if err != nil {
		return nil, "", err
	}
	return lock, dir, nil
}

// LockDir makes a directory and takes it for this process, until the result is closed or the process ends. It fails when
// another process has it.
func LockDir(dir string) (io.Closer, error) {
	lock, _, err := lockDataDir(dir)
	if err != nil {
		return nil, err
	}
	return lock, nil
}
