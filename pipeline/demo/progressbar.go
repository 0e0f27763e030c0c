package demo

import (
	"strings"
	"time"
)

// progressBar shows how far the loading of past traffic is.
type progressBar struct {
	screen       *screen
	what         string
	from, until  time.Time // of the traffic
	began        time.Time
	sent, inside func() uint64 // records; known to be in ClickHouse
	drawn        time.Time
}

// sending shows how far the traffic that is being sent has come: up to records that arrived at this time.
func (b *progressBar) sending(arrived time.Time) {
	b.draw(min(1, max(0, arrived.Sub(b.from).Seconds()/b.until.Sub(b.from).Seconds())))
}

// draw shows which share of the traffic is in ClickHouse. sent is the share that has been sent.
func (b *progressBar) draw(sent float64) {
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

// end shows the totals.
func (b *progressBar) end(events uint64, took time.Duration) {
	if events == 0 {
		return
	}
	b.screen.say("Loaded %s: %s events in %.1f s, %s a second, all of it in ClickHouse.",
		b.what, grouped(events), took.Seconds(), grouped(uint64(float64(events)/took.Seconds())))
}
