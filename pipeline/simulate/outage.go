package simulate

import "time"

// sufferOutage is a server that fails whatever page one tries, for a while, which
// is the cause of [CauseErrorChain]. Those who stay wait a minute.
func sufferOutage(p *person) {
	tries := [...]pageID{home, category, product, search}
	for k := len(tries) - 1; k > 0; k-- {
		other := p.random.IntN(k + 1)
		tries[k], tries[other] = tries[other], tries[k]
	}
	for _, to := range tries {
		if to == p.at {
			continue
		}
		p.show(to, p.choose(to))
		from := p.now
		p.pass(p.random.LogNormal(500*time.Millisecond, .4))
		p.request(p.page().loads, from, p.now, 503)
		p.mutate(p.now)
		p.lastError = p.now
		p.annoyance += .35
		p.pass(p.random.LogNormal(2200*time.Millisecond, .4))
		if p.hadEnough() {
			return
		}
	}
	p.pass(p.random.LogNormal(time.Minute, .25))
	p.show(p.at, p.item)
	p.load()
	p.pass(p.random.LogNormal(2*time.Second, .4))
}
