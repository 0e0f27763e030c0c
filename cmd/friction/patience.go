package main

import (
	"context"
	"time"

	"friction/pipeline/waiting"
)

// patience is the flag of every command that asks a server and ends.
type patience struct {
	Wait time.Duration `default:"30s" help:"How long to wait for a server that does not answer; 0 waits until Ctrl-C."`
}

// in returns a context in which everybody who asks a server is this patient. After five seconds it is said what is waited for.
func (p patience) in(ctx context.Context, w world) context.Context {
	say := func(n waiting.Notice) {
		switch {
		case n.Over || p.Wait == 0:
			w.note("%v", n)
		default:
			w.note("%v; giving up after %v (--wait)", n, p.Wait)
		}
	}
	return waiting.Patience{Limit: p.Wait, Say: say}.In(ctx)
}

// longest is how long one question may take: longer than patience, which then says more.
func (p patience) longest() time.Duration {
	if p.Wait == 0 {
		return 24 * time.Hour
	}
	return p.Wait + time.Second
}
