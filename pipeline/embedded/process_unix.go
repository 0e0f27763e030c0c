//go:build unix

package embedded

import (
	"os/exec"
	"syscall"
)

// apart puts the child into a process group of its own, so that a Ctrl-C at the terminal reaches only the parent, which
// still needs its servers while it stops.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
