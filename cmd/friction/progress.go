package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows on a terminal, and only there, how far long work is.
type progress struct {
	w     io.Writer
	what  string
	began time.Time
	shown time.Time
}

func newProgress(world world, what string) *progress {
	p := &progress{what: what, began: time.Now()}
	if f, ok := world.stderr.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.w = f
		}
	}
	return p
}

const showEvery = 200 * time.Millisecond

func (p *progress) show(n uint64) {
	now := time.Now()
	if p.w == nil || now.Sub(p.shown) < showEvery {
		return
	}
	p.shown = now
	fmt.Fprintf(p.w, "\r%d %s, %.0f a second \x1b[K", n, p.what, float64(n)/now.Sub(p.began).Seconds())
}

func (p *progress) end() {
	if p.w != nil && !p.shown.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
