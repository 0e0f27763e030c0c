package embedded

import "io"

// LockDir makes a directory and takes it for this process, until the result is closed or the process ends. It fails when
// another process has it.
func LockDir(dir string) (io.Closer, error) {
	lock, _, err := lockDataDir(dir)
	if err != nil {
		return nil, err
	}
	return lock, nil
}
