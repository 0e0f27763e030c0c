package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	// childEnv names the server a re-executed binary has to be.
	childEnv = "FRICTION_EMBEDDED_CHILD"
	// childOptionsEnv holds that server's options as JSON.
	childOptionsEnv = "FRICTION_EMBEDDED_OPTIONS"
	// parentEnv, when set, says that standard input is a pipe which closes when the parent is gone.
	parentEnv = "FRICTION_EMBEDDED_PARENT"

	readyPrefix = "listening on "
)

// orphanWait is how long a server may take to stop in order after its parent is gone.
const orphanWait = 15 * time.Second

// announce tells that the server answers: to the given function, else in the line the parent waits for.
func announce(ready func(string), addr string) {
	if ready == nil {
		ready = PrintReady
	}
	ready(addr)
}

// PrintReady prints the line that StartClickHouse and StartKafkaProcess wait for. A program with its own Ready function
// calls it there.
func PrintReady(addr string) {
	fmt.Fprintln(os.Stdout, readyPrefix+addr)
}

// environment reads one of this package's variables: how a parent speaks to its child, and how a machine without npm
// names its engine, in every program and test that starts one.
func environment(name string) string {
	return os.Getenv(name) //nolint:forbidigo // see above: there is no configuration yet where these are read
}

// exit ends the process: MaybeRunChild takes the place of main, and an orphan has nobody to end it.
func exit(code int) {
	os.Exit(code) //nolint:forbidigo // see above
}

// errOrphaned is the cause of a context that ended with the parent.
var errOrphaned = errors.New("the parent process has ended")

// withParent returns a context that also ends when the parent process does, if there is one that watches over us. A
// server that then does not stop in time is ended hard: nobody is left to do it.
func withParent(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if environment(parentEnv) != "" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel(errOrphaned)
			time.AfterFunc(orphanWait, func() { exit(1) })
		}()
	}
	return ctx, func() { cancel(context.Canceled) }
}
