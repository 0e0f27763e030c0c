package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// demoScreen is where people look: a terminal that is drawn on in place, or lines.
type demoScreen struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	style    demoStyle
	size     func() (cols, lines int)
	drawn    int // lines that the next picture takes the place of
}

func newDemoScreen(o *Options) *demoScreen {
	return &demoScreen{w: o.screen(), terminal: o.Terminal, style: demoStyle{colour: o.Terminal && o.Colour}, size: o.Size}
}

// How often the table is shown.
const (
	drawEvery  = time.Second
	printEvery = 10 * time.Second
)

// say writes a line that stays.
func (s *demoScreen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(false, fmt.Sprintf(format, args...))
}

// note writes a line that the next one takes the place of; without a terminal it stays.
func (s *demoScreen) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(s.terminal, fmt.Sprintf(format, args...))
}

// put writes lines in the place of those that were to be replaced, in one piece so that nothing flickers.
func (s *demoScreen) put(replace bool, lines ...string) {
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
func (s *demoScreen) height(line string) int {
	cols, _ := s.size()
	if cols <= 0 {
		return 1
	}
	return max(1, (visible(line)+cols-1)/cols)
}

// visible is how many characters of a line are seen.
func visible(line string) int {
	n := utf8.RuneCountInString(line)
	for rest := line; ; {
		_, after, found := strings.Cut(rest, "\x1b[")
		if !found {
			return n
		}
		end := strings.IndexByte(after, 'm')
		n -= len("\x1b[") + end + 1
		rest = after[end+1:]
	}
}

// live shows what look brings, again and again until ctx ends. Without a terminal the footer is shown once.
func (s *demoScreen) live(ctx context.Context, look func(context.Context) (*demoView, error)) {
	every := printEvery
	if s.terminal {
		every = drawEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last *demoView
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

// leave lets the last picture stand, without the footer that speaks of what is running.
func (s *demoScreen) leave(v *demoView) {
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
func (s *demoScreen) picture(v *demoView, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.terminal {
		lines := v.draw(demoStyle{})
		if first {
			lines = append(v.footer, append([]string{""}, lines...)...)
		}
		s.put(false, append([]string{""}, lines...)...)
		return
	}
	style := s.style
	cols, rows := s.size()
	style.cols = cols
	lines, used := append(append(v.draw(style), ""), v.footer...), 0
	for i, line := range lines {
		if used += s.height(line); rows > 0 && used >= rows {
			lines = lines[:i]
			break
		}
	}
	s.put(true, lines...)
}

// footer is what to do next.
func (d *demo) footer() []string {
	db := d.servers.tables.Database
	lines := []string{"Ask ClickHouse yourself:"}
	sql := []string{
		"    SELECT step, window_start, visits, dropped, score, score_low, signals",
		"    FROM " + db + ".step_scores",
		"    WHERE journey = 'checkout' AND window_start > now() - INTERVAL 15 MINUTE",
		"    ORDER BY score_low DESC LIMIT 10",
	}
	if d.servers.http == "" {
		lines = append(lines, sql...)
	} else {
		curl := "  curl " + d.servers.curlUser
		sql[len(sql)-1] += "\""
		lines = append(append(lines, curl+"'"+d.servers.http+"/?default_format=PrettyCompact' -d \""), sql...)
		lines = append(lines, curl+d.servers.http+" -d 'SELECT * FROM "+db+".progress FORMAT Vertical'")
	}
	return append(lines, "Who truly hurt, and why: "+filepath.Join(d.o.Dir, demoTruthFile), "Ctrl-C stops everything; the next start goes on from there.")
}

// demoBar shows how far the loading of past traffic is.
type demoBar struct {
	screen       *demoScreen
	what         string
	from, until  time.Time // of the traffic
	began        time.Time
	sent, inside func() uint64 // records; known to be in ClickHouse
	drawn        time.Time
}

// sending is told how far the traffic that is being sent has come.
func (b *demoBar) sending(arrived time.Time) {
	b.draw(min(1, max(0, arrived.Sub(b.from).Seconds()/b.until.Sub(b.from).Seconds())))
}

// draw shows the share of all there will be that is in ClickHouse; sent is the share that is on its way.
func (b *demoBar) draw(sent float64) {
	now, every := time.Now(), 5*time.Second
	if b.screen.terminal {
		every = 200 * time.Millisecond
	}
	if b.drawn.IsZero() {
		b.drawn = b.began
	}
	if now.Sub(b.drawn) < every {
		return
	}
	b.drawn = now
	inside, all := b.inside(), b.sent()
	share := sent
	if all > 0 {
		share *= float64(inside) / float64(all)
	}
	share = min(1, share)
	const width = 30
	full := int(share * width)
	b.screen.note("Loading %s  %s%s %3.0f %%  %s events, %s a second", b.what, strings.Repeat("█", full), strings.Repeat("░", width-full),
		share*100, grouped(inside), grouped(uint64(float64(inside)/now.Sub(b.began).Seconds())))
}

// end says what it came to.
func (b *demoBar) end(events uint64, took time.Duration) {
	if events == 0 {
		return
	}
	b.screen.say("Loaded %s: %s events in %.1f s, %s a second, all of it in ClickHouse.",
		b.what, grouped(events), took.Seconds(), grouped(uint64(float64(events)/took.Seconds())))
}
