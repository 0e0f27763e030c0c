package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"friction/pipeline/display"
)

// screen is what people see: a terminal on which the table is redrawn in place, or lines of text.
type screen struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	style    style
	size     func() (cols, lines int)
	drawn    int // lines that the next picture takes the place of
}

func newScreen(o *Options) *screen {
	return &screen{w: o.screen(), terminal: o.Terminal, style: style{colour: o.Terminal && o.Colour}, size: o.Size}
}

// How often the table is shown.
const (
	drawEvery  = time.Second
	printEvery = 10 * time.Second
)

// say writes a line that stays.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(false, display.Plain(fmt.Sprintf(format, args...)))
}

// note writes a line that the next one replaces. Without a terminal it stays.
func (s *screen) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(s.terminal, display.Plain(fmt.Sprintf(format, args...)))
}

// put writes lines over those that are to be replaced, in one write so that nothing flickers.
func (s *screen) put(replace bool, lines ...string) {
	var b bytes.Buffer
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", s.drawn)
	}
	s.drawn = 0
	for _, line := range lines {
		b.WriteString(line)
		b.WriteByte('\n')
		if replace {
			s.drawn += s.height(line)
		}
	}
	_, _ = s.w.Write(b.Bytes()) // a screen that is gone must not stop the demo
}

// height is how many lines of the terminal a line takes.
func (s *screen) height(line string) int {
	cols, _ := s.size()
	if cols <= 0 {
		return 1
	}
	return max(1, (visible(line)+cols-1)/cols)
}

// visible is how many characters of a line are seen.
func visible(line string) int {
	n := utf8.RuneCountInString(line)
	for text := line; ; {
		_, after, found := strings.Cut(text, "\x1b[")
		if !found {
			return n
		}
		end := strings.IndexByte(after, 'm')
		n -= len("\x1b[") + end + 1
		text = after[end+1:]
	}
}

// live shows what look returns, at an interval, until ctx ends. Without a terminal the footer is shown once.
func (s *screen) live(ctx context.Context, look func(context.Context) (*view, error)) {
	every := printEvery
	if s.terminal {
		every = drawEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last *view
	for {
		v, err := look(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.note("ClickHouse did not answer, asking again: %v", err)
		default:
			s.picture(v, last == nil)
			last = v
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.leave(last)
			return
		}
	}
}

// leave draws the last picture again without the footer, which is about what runs.
func (s *screen) leave(v *view) {
	if v == nil || !s.terminal {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	style := s.style
	style.cols, _ = s.size()
	s.put(false, append(v.draw(style), "")...)
}

// picture draws a view, with its footer below it as far as there is room.
func (s *screen) picture(v *view, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.terminal {
		lines := v.draw(style{})
		if first {
			lines = append(v.footer, append([]string{""}, lines...)...)
		}
		s.put(false, append([]string{""}, lines...)...)
		return
	}
	style := s.style
	cols, rows := s.size()
	style.cols = cols
	lines, height := append(append(v.draw(style), ""), v.footer...), 0
	for i, line := range lines {
		if height += s.height(line); rows > 0 && height >= rows {
			lines = lines[:i]
			break
		}
	}
	s.put(true, lines...)
}
