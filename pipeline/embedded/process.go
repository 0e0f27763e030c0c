package embedded

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// startWait is how long a server may take to answer when the caller's context has no deadline.
const startWait = 2 * time.Minute

// ProcessOptions say how to run a server as a child process.
type ProcessOptions struct {
	// Executable is the program to start with "clickhouse --dir D --addr A" or "kafka --dir D --addr A". When empty, the
	// running binary is started again, and must call MaybeRunChild first thing.
	Executable string
	Args       []string  // instead of those arguments; only with Executable
	Env        []string  // added to the environment
	Output     io.Writer // gets what the server prints; nil discards it
}

// process is a running child.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.Closer // its closing tells the child that we are gone
	addr  string

	done    chan struct{}
	waitErr error // set before done closes
	killed  atomic.Bool
	output  *tail
}

// startProcess starts the child and waits until it says where it listens.
func startProcess(ctx context.Context, name string, args []string, child any, o ProcessOptions) (*process, error) {
	if environment(childEnv) != "" {
		return nil, errors.New("an embedded server cannot start another: call embedded.MaybeRunChild first thing in main or TestMain")
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startWait)
		defer cancel()
	}
	cmd, err := childCommand(name, args, child, o)
	if err != nil {
		return nil, err
	}
	p := &process{name: name, cmd: cmd, done: make(chan struct{}), output: &tail{to: o.Output}}
	cmd.Stderr = p.output
	ready := make(chan string, 1)
	cmd.Stdout = &readyWriter{ready: ready, next: p.output}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.stdin = stdin
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.waitErr = cmd.Wait()
		close(p.done)
	}()
	select {
	case p.addr = <-ready:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("start %s: it ended at once: %s", name, p.why())
	case <-ctx.Done():
		p.kill()
		return nil, fmt.Errorf("start %s: it did not answer in time: %w: %s", name, ctx.Err(), p.output.last())
	}
}

func childCommand(name string, args []string, child any, o ProcessOptions) (*exec.Cmd, error) {
	env := append(os.Environ(), parentEnv+"=1") //nolint:forbidigo // a child inherits the environment as it is
	executable := o.Executable
	if executable == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this program to start it as %s: %w", name, err)
		}
		options, err := json.Marshal(child)
		if err != nil {
			return nil, fmt.Errorf("write options of %s: %w", name, err)
		}
		executable, args = self, nil
		env = append(env, childEnv+"="+name, childOptionsEnv+"="+string(options))
	} else if o.Args != nil {
		args = o.Args
	}
	cmd := exec.Command(executable, args...) // not CommandContext: the context is that of the start, not of the life
	cmd.Env = append(env, o.Env...)
	cmd.WaitDelay = 5 * time.Second
	apart(cmd)
	return cmd, nil
}

// Addr is host:port of the server.
func (p *process) Addr() string { return p.addr }

// PID is the child's process id.
func (p *process) PID() int { return p.cmd.Process.Pid }

// Done closes when the child has ended, for whatever reason.
func (p *process) Done() <-chan struct{} { return p.done }

// Err says why the child ended without being asked to; nil while it runs and after Stop and Kill.
func (p *process) Err() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	if p.waitErr == nil || p.killed.Load() {
		return nil
	}
	return fmt.Errorf("%s ended: %s", p.name, p.why())
}

// Stop asks the child to end and waits for it; when ctx ends first, the child is killed, which is an error. Stopping
// what was stopped or killed is none.
func (p *process) Stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.kill()
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("stop %s: killed, because it did not end in time: %w", p.name, ctx.Err())
	}
	p.stdin.Close()
	return p.Err()
}

// Kill ends the child with SIGKILL and waits until it is gone.
func (p *process) Kill() error {
	p.kill()
	return nil
}

func (p *process) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // only fails when it is gone already
	<-p.done
	p.stdin.Close()
}

// why says how the child ended; call it after done.
func (p *process) why() string {
	text := p.output.last()
	if text == "" && p.waitErr != nil {
		text = p.waitErr.Error()
	}
	if text == "" {
		text = "no message; a program that starts itself must call embedded.MaybeRunChild first"
	}
	return text
}

// readyWriter watches the child's output for the line with the address and passes the rest on.
type readyWriter struct {
	ready chan<- string
	next  io.Writer
	line  []byte
	found bool
}

func (w *readyWriter) Write(p []byte) (int, error) {
	if w.found {
		return w.next.Write(p)
	}
	w.line = append(w.line, p...)
	for {
		i := bytes.IndexByte(w.line, '\n')
		if i < 0 {
			return len(p), nil
		}
		line := w.line[:i+1]
		w.line = w.line[i+1:]
		if addr, ok := strings.CutPrefix(strings.TrimSpace(string(line)), readyPrefix); ok {
			w.found = true
			w.ready <- addr
			_, err := w.next.Write(w.line)
			return len(p), err
		}
		if _, err := w.next.Write(line); err != nil {
			return len(p), err
		}
	}
}

// tail passes output on and remembers the end of it.
type tail struct {
	mu  sync.Mutex
	to  io.Writer
	end []byte
}

const tailBytes = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if len(t.end) > tailBytes {
		t.end = append([]byte(nil), t.end[len(t.end)-tailBytes:]...)
	}
	if t.to != nil {
		_, _ = t.to.Write(p) // a full or closed output must not stop the server
	}
	return len(p), nil
}

// last returns the last lines, as one.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for s := bufio.NewScanner(bytes.NewReader(t.end)); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}
