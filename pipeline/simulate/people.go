package simulate

import (
	"math"
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// traits are what a user keeps from stay to stay; they follow from the shop's
// seed and the user's number alone.
type traits struct {
	web, phone, member, keys bool // keys: works by keyboard
	device, os, browser      string
	version, country, lang   string
	variant                  string
	moves                    bool          // the tracker records the mouse
	repeats                  int           // clicks in what this person calls a click
	width                    float64       // of the viewport, CSS px
	skew                     int64         // device clock − true time, ns
	latency                  time.Duration // median of a healthy request
	flush                    time.Duration // how long the tracker gathers a batch
	render                   time.Duration // median from cause to visible change
	temper                   float64       // share of annoyances answered with anger
	patience                 float64       // annoyance they bear before they leave
	waits                    time.Duration // how long they sit still for an answer
	tempo                    time.Duration // from click to click in anger
}

func traitsOf(seed uint64, user int) traits {
	d := traffic.Seeded(seed, uint64(user), 1)
	var t traits
	t.bringDevice(&d)
	home := [...][2]string{
		{"DE", "de"}, {"US", "en"}, {"GB", "en"}, {"FR", "fr"}, {"NL", "nl"}, {"BR", "pt"}, {"JP", "ja"}, {"PL", "pl"},
	}[d.Weighted(30, 24, 12, 12, 8, 6, 5, 3)]
	t.country, t.lang = home[0], home[1]
	t.variant = [...]string{"a", "b"}[d.IntN(2)]
	t.member = d.Chance(.3)
	t.keys = t.web && !t.phone && d.Chance(.04)
	t.moves = t.web && !t.phone && d.Chance(.12)
	t.repeats = 1
	if t.web && !t.phone && !t.keys {
		t.repeats = 1 + d.Weighted(970, 25, 5)
	}
	t.temper = .05 + .55*math.Pow(d.Float64(), 1.6)
	t.patience = float64(d.LogNormal(1700*time.Millisecond, .55)) / float64(time.Second)
	t.waits = d.LogNormal(4500*time.Millisecond, .4)
	t.tempo = d.LogNormal(165*time.Millisecond, .22)
	return t
}

// bringDevice draws the device with its software, clock and network.
func (t *traits) bringDevice(d *traffic.Random) {
	kind := d.Weighted(46, 20, 17, 17)
	t.web, t.phone = kind < 2, kind > 0
	t.device, t.width = "mobile", 390
	t.latency, t.flush, t.render = 140*time.Millisecond, 3*time.Second, 70*time.Millisecond
	clock := .25
	switch kind {
	case 0:
		t.device, t.width = "desktop", 1280
		t.os = [...]string{"Windows", "macOS", "Linux"}[d.Weighted(62, 31, 7)]
		t.browser = [...]string{"Chrome", "Firefox", "Safari", "Edge"}[d.Weighted(58, 14, 14, 14)]
		t.latency, t.render, clock = 70*time.Millisecond, 40*time.Millisecond, .05
	case 1:
		t.os = [...]string{"Android", "iOS"}[d.Weighted(55, 45)]
		t.browser = [...]string{"Chrome", "Safari"}[d.Weighted(56, 44)]
	case 2:
		t.os = "iOS"
	case 3:
		t.os = "Android"
	}
	t.version = [...]string{"2026.8.1", "2026.8.0"}[d.Weighted(85, 15)]
	if !t.web {
		t.version = [...]string{"7.4.0", "7.3.2", "7.1.0"}[d.Weighted(60, 30, 10)]
	} else {
		t.flush = 1500 * time.Millisecond
	}
	t.skew = int64(clock * d.Normal() * float64(time.Second))
	t.latency = d.LogNormal(t.latency, .35)
	if t.phone && d.Chance(.08) || d.Chance(.01) {
		t.latency *= 6 // a bad line, which is nobody's incident
	}
}

// goal is what someone came for.
type goal uint8

const (
	look goal = iota
	buy
	join
)

// person is a user during one stay in the shop.
type person struct {
	traits
	shop *Shop
	dice traffic.Random // for what the person does
	wire traffic.Random // for what the tracker does

	user, session int
	stay          uint64 // names the stay among all; event ids are made of it
	events        uint64 // told so far
	key           string
	head, tail    []byte // what every event of the stay begins and ends with
	hand          string // click or tap
	showing       string // page_view or screen_view

	now    int64 // the person's true time, Unix ns
	latest int64 // of the events told so far
	sent   int64 // when the tracker's last batch arrived
	dark   int64 // until when there is no network

	goal      goal
	appetite  int // pages to see before going for the goal
	at, next  place
	item      int    // number of the page at this place, or at the next
	opened    int    // pages, in this stay
	door      [2]int // place and number of the first of them
	roamed    bool   // there was another one
	depth     int    // how far down the page they are, percent
	before    int    // product seen before this one, −1 for none
	page      []byte
	annoyance float64
	hurt      bool // in this stay
	gone      bool
	away      bool // gone, and will be back

	pressed int64    // when a control led to the page they are on, 0: none did
	pointed *element // where the mouse is
	straw   int64    // when the error came after which they have had enough, 0 for none
	form    form
	broken  chain
	seen    Visit           // the page outside of journeys they are on
	open    [journeys]visit // the step each journey is at
}

// visit is a Visit that may not have begun.
type visit struct {
	Visit
	at    place
	begun bool
}

// arrive makes p a user who enters the shop now.
func (p *person) arrive(s *Shop, user int, stay uint64, now int64) {
	head, tail, page := p.head[:0], p.tail[:0], p.page[:0]
	*p = person{traits: traitsOf(s.seed, user), shop: s, user: user, stay: stay, now: now, before: -1, page: page}
	p.dice, p.wire = traffic.Seeded(s.key, stay, 2), traffic.Seeded(s.key, stay, 3)
	p.session = s.entered(user)
	p.key = string(traffic.AppendNumber([]byte{'u'}, uint64(user), 7))
	p.hand, p.showing = "click", "page_view"
	if !p.web {
		p.hand, p.showing = "tap", "screen_view"
	}
	p.head, p.tail = p.introduce(head), p.describe(tail)
	p.wish()
	if !p.web {
		p.lifecycle("start")
		p.pass(p.dice.LogNormal(700*time.Millisecond, .4))
	}
}

// wish draws what they came for and where they come in.
func (p *person) wish() {
	d := &p.dice
	p.goal = goal(d.Weighted(24, 36, 40))
	if p.goal == join && p.member {
		p.goal = buy
	}
	p.appetite = d.IntBetween(1, 5)
	if p.goal == look {
		p.appetite = d.IntBetween(1, 9)
	}
	p.next = [...]place{home, category, product, search}[d.Weighted(42, 16, 28, 14)]
	if p.goal == buy && d.Chance(.12) {
		p.next, p.appetite = cart, 0
	}
	if p.goal == join && d.Chance(.4) {
		p.next, p.appetite = start, 0
	}
	p.item = p.choose(p.next)
}

// introduce writes who the events are of.
func (p *person) introduce(b []byte) []byte {
	b = append(b, `","user":"`...)
	b = append(b, p.key...)
	b = append(b, `","app":`...)
	b = strconv.AppendQuote(b, p.shop.app)
	if p.member {
		b = append(b, `,"account":"a`...)
		b = traffic.AppendNumber(b, traffic.Mix(uint64(p.user)+p.shop.seed)%1e8, 8)
		b = append(b, '"')
	}
	b = append(b, `,"session":"`...)
	b = traffic.AppendID(b, traffic.Hash(p.stay))
	return append(b, `","type":"`...)
}

// describe writes the context and the end of the object.
func (p *person) describe(b []byte) []byte {
	b = append(b, `,"context":{"device":"`...)
	b = append(append(b, p.device...), `","os":"`...)
	b = append(b, p.os...)
	if p.browser != "" {
		b = append(append(b, `","browser":"`...), p.browser...)
	}
	b = append(append(b, `","app_version":"`...), p.version...)
	b = append(append(b, `","country":"`...), p.country...)
	b = append(append(b, `","variant":"`...), p.variant...)
	b = append(append(b, `","language":"`...), p.lang...)
	return append(b, `"}}`...)
}

// choose draws which page of a place, the popular ones far more often.
func (p *person) choose(at place) int {
	n := p.shop.spots[at].items
	if n == 0 {
		return 0
	}
	return int(float64(n) * math.Pow(p.dice.Float64(), 3))
}

// live plays the next page, from opening it to leaving it.
func (p *person) live() {
	if p.phone && p.wire.Chance(.002) {
		p.dark = p.now + int64(p.wire.Between(4*time.Second, 25*time.Second))
	}
	if p.shop.spots[p.next].journey == site {
		p.pressed = 0
		p.browse()
	} else {
		p.takeStep()
	}
	p.now = max(p.now, p.latest) + int64(time.Millisecond)
}

// leave turns away from the shop.
func (p *person) leave() {
	p.pass(p.dice.LogNormal(1500*time.Millisecond, .6))
	p.survey()
	p.turnAway(false)
	p.goHome()
}

// goHome is the end of a stay.
func (p *person) goHome() {
	p.leaveForm()
	p.recover()
	p.leftOver()
	p.gone = true
}
