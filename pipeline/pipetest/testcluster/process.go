//go:build unix

package testcluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a child of a test that can be killed, frozen and woken. It ends
// with the test, and with the test's process however that ends.
type Process struct {
	Name string

	cmd   *exec.Cmd
	guard *exec.Cmd // kills the child's group when our end of its pipe closes
	leash io.Closer
	done  chan struct{}
	err   error // set before done closes
	mu    sync.Mutex
	end   []byte // of what it printed
}

// StartProcess starts a command in a process group of its own. What it prints
// goes to output, which may be nil, and the end of it into messages about it.
func StartProcess(t testing.TB, name string, cmd *exec.Cmd, output io.Writer) *Process {
	t.Helper()
	p, err := start(name, cmd, output)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func start(name string, cmd *exec.Cmd, output io.Writer) (*Process, error) {
	p := &Process{Name: name, cmd: cmd, done: make(chan struct{})}
	w := &endOf{p: p, to: output}
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.guard = exec.Command("sh", "-c", "cat >/dev/null; kill -9 -"+strconv.Itoa(cmd.Process.Pid))
	p.guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	leash, err := p.guard.StdinPipe()
	if err == nil {
		p.leash, err = leash, p.guard.Start()
	}
	if err != nil {
		_ = cmd.Process.Kill()
		return nil, fmt.Errorf("guard %s: %w", name, errors.Join(err, cmd.Wait()))
	}
	go p.wait()
	return p, nil
}

func (p *Process) wait() {
	p.err = p.cmd.Wait()
	_ = p.guard.Process.Kill() // first: the number of the group may soon be somebody else's
	_ = p.guard.Wait()
	_ = p.leash.Close()
	close(p.done)
}

// Done closes when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running reports that it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Err says how the process ended: nil with code 0. Call it after Done.
func (p *Process) Err() error {
	<-p.done
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %s", p.Name, p.err, p.Printed())
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Printed is the end of what it has printed.
func (p *Process) Printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.end)
}

// Kill ends it with SIGKILL and waits until it is gone.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Freeze stops it with SIGSTOP: its connections stay open and answer nothing.
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (p *Process) Thaw() { p.signal(syscall.SIGCONT) }

// Stop asks it to end with SIGTERM, waits so long, and then kills it. It reports
// whether it ended by itself.
func (p *Process) Stop(within time.Duration) bool {
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		p.Kill()
		return false
	}
}

// signal reaches the whole group.
func (p *Process) signal(s syscall.Signal) {
	if p.Running() {
		_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may just have ended
	}
}

// endOf passes what a process prints on and remembers its end.
type endOf struct {
	p  *Process
	to io.Writer
}

const endBytes = 4 << 10

func (w *endOf) Write(b []byte) (int, error) {
	w.p.mu.Lock()
	w.p.end = append(w.p.end, b...)
	if n := len(w.p.end) - endBytes; n > 0 {
		w.p.end = append(w.p.end[:0], w.p.end[n:]...)
	}
	w.p.mu.Unlock()
	if w.to != nil {
		_, _ = w.to.Write(b) // whoever does not listen must not stop the process
	}
	return len(b), nil
}

// SkipWithout skips the test, loudly, because something is missing that the
// machine need not have; in CI it fails.
func SkipWithout(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
	t.Skip(err)
}
