package simulate

import "time"

// Words of the truth file for requests that the page makes by itself.
const (
	CauseRequestStorm = "request_storm" // had a page that asked the same thing over and over; N requests
	InnocentChatter   = "chatter"       // many requests that belong to one page
	InnocentUnseen    = "unseen_error"  // an error nobody notices
)

// repeatRequest is a page that asks the same thing over and over.
func repeatRequest(p *person) {
	first, n := p.now, p.random.IntBetween(30, 90)
	for range n {
		p.pass(p.random.LogNormal(45*time.Millisecond, .4))
		p.request("GET /api/recommendations", p.now-int64(p.healthyLatency()), p.now, 200)
	}
	p.addCause(Act{Cause: CauseRequestStorm, Op: "GET /api/recommendations", N: n}, first, p.now)
}

// requestParts is a page that asks for its many parts.
func requestParts(p *person) {
	first := p.now
	ops := [...]string{"GET /api/recommendations", "GET /api/stock", "GET /api/prices", "GET /api/reviews"}
	for i := range p.random.IntBetween(6, 14) {
		p.pass(p.random.LogNormal(90*time.Millisecond, .5))
		p.request(ops[i%len(ops)], p.now-int64(p.healthyLatency()), p.now, 200)
	}
	p.addInnocent(Act{Cause: InnocentChatter}, first)
}

// missBanner is a request for a decoration that is not there.
func missBanner(p *person) {
	first := p.now
	p.pass(p.random.LogNormal(3*time.Second, .4))
	p.request("GET /api/banner", p.now-int64(p.healthyLatency()), p.now, 404)
	p.pass(p.random.LogNormal(3*time.Second, .4))
	p.addInnocent(Act{Cause: InnocentUnseen}, first)
}
