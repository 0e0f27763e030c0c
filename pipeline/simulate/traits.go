package simulate

import (
	"math"
	"time"

	"friction/pipeline/traffic"
)

// traits are what a user keeps from stay to stay. They follow from the shop's
// seed and the user's number alone.
type traits struct {
	device
	member, keyboard bool // keyboard: uses it instead of the mouse
	country, lang    string
	variant          string        // of an experiment
	tracksMouse      bool          // the tracker records the mouse
	clicksPerPress   int           // how often this person clicks to press a button
	temper           float64       // share of annoyances answered with anger
	patience         float64       // annoyance they bear before they leave
	maxWait          time.Duration // how long they wait for an answer without doing anything
	clickInterval    time.Duration // median from click to click in anger
}

// device is what the person holds, with its software, clock and network.
type device struct {
	web, phone  bool
	class       string // desktop or mobile
	os, browser string // browser is empty for an app
	version     string
	width       float64       // of the viewport, CSS px
	skew        int64         // device clock − true time, ns
	latency     time.Duration // median duration of a healthy request
	flush       time.Duration // how long the tracker collects a batch
	render      time.Duration // median from cause to visible change
}

// drawTraits draws the traits of a user.
func drawTraits(seed uint64, user int) traits {
	r := traffic.Seeded(seed, uint64(user), 1)
	var t traits
	t.device = drawDevice(&r)
	home := [...][2]string{
		{"DE", "de"}, {"US", "en"}, {"GB", "en"}, {"FR", "fr"}, {"NL", "nl"}, {"BR", "pt"}, {"JP", "ja"}, {"PL", "pl"},
	}[r.Weighted(30, 24, 12, 12, 8, 6, 5, 3)]
	t.country, t.lang = home[0], home[1]
	t.variant = [...]string{"a", "b"}[r.IntN(2)]
	t.member = r.Chance(.3)
	t.keyboard = t.web && !t.phone && r.Chance(.04)
	t.tracksMouse = t.web && !t.phone && r.Chance(.12)
	t.clicksPerPress = 1
	if t.web && !t.phone && !t.keyboard {
		t.clicksPerPress = 1 + r.Weighted(970, 25, 5)
	}
	t.temper = .05 + .55*math.Pow(r.Float64(), 1.6)
	t.patience = float64(r.LogNormal(1700*time.Millisecond, .55)) / float64(time.Second)
	t.maxWait = r.LogNormal(4500*time.Millisecond, .4)
	t.clickInterval = r.LogNormal(165*time.Millisecond, .22)
	return t
}

// drawDevice draws a desktop or mobile browser, or an app on iOS or Android. One
// in twelve phones has a bad connection.
func drawDevice(r *traffic.Random) device {
	var d device
	kind := r.Weighted(46, 20, 17, 17)
	d.web, d.phone = kind < 2, kind > 0
	d.class, d.width = "mobile", 390
	d.latency, d.flush, d.render = 140*time.Millisecond, 3*time.Second, 70*time.Millisecond
	clock := .25
	switch kind {
	case 0:
		d.class, d.width = "desktop", 1280
		d.os = [...]string{"Windows", "macOS", "Linux"}[r.Weighted(62, 31, 7)]
		d.browser = [...]string{"Chrome", "Firefox", "Safari", "Edge"}[r.Weighted(58, 14, 14, 14)]
		d.latency, d.render, clock = 70*time.Millisecond, 40*time.Millisecond, .05
	case 1:
		d.os = [...]string{"Android", "iOS"}[r.Weighted(55, 45)]
		d.browser = [...]string{"Chrome", "Safari"}[r.Weighted(56, 44)]
	case 2:
		d.os = "iOS"
	case 3:
		d.os = "Android"
	}
	d.version = [...]string{"2026.8.1", "2026.8.0"}[r.Weighted(85, 15)]
	if !d.web {
		d.version = [...]string{"7.4.0", "7.3.2", "7.1.0"}[r.Weighted(60, 30, 10)]
	} else {
		d.flush = 1500 * time.Millisecond
	}
	d.skew = int64(clock * r.Normal() * float64(time.Second))
	d.latency = r.LogNormal(d.latency, .35)
	if d.phone && r.Chance(.08) || r.Chance(.01) {
		d.latency *= 6 // a bad connection, which is no incident
	}
	return d
}
