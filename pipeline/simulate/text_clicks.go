package simulate

import "time"

// Words of the truth file for clicks on text and habits of clicking.
const (
	InnocentDoubleClick = "double_click"   // a habit
	InnocentTripleClick = "triple_click"   // another
	InnocentSelection   = "text_selection" // clicks that mark text
	InnocentIdleClick   = "idle_click"     // on plain text, while reading
)

// clickIdly clicks plain text while reading.
func clickIdly(p *person) {
	text := &p.page().text
	p.press(text)
	p.addInnocent(Act{Cause: InnocentIdleClick, Target: text.id, N: 1}, p.now)
	p.pass(p.random.LogNormal(2*time.Second, .4))
}

// doubleClickText marks a word.
func doubleClickText(p *person) { clickText(p, 2, InnocentDoubleClick) }

// selectText marks a line or more.
func selectText(p *person) { clickText(p, 3+p.random.Weighted(9, 1), InnocentSelection) }

// clickText clicks text several times, which browsers answer by selecting it.
func clickText(p *person, clicks int, word string) {
	text, first := &p.page().text, p.now
	for i := range clicks {
		if i > 0 {
			p.pass(p.random.LogNormal(170*time.Millisecond, .2))
			p.onElement("selection", text)
		}
		p.press(text)
	}
	p.addInnocent(Act{Cause: word, Target: text.id, N: clicks}, first)
	p.pass(p.random.LogNormal(2*time.Second, .4))
}
