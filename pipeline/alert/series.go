package alert

// StepName names a step of a journey of an app.
type StepName struct{ App, Journey, Step string }

// Series is what is compared with its own past: a step for everyone, or for one value of one dimension.
type Series struct {
	StepName
	Dimension, Value string // both empty for everyone
}

// Pane is one slide-long pane of a series as it reads now. Pane numbers count slides since 1970.
type Pane struct {
	Series
	Index    int   // position of the step in its journey, from 0
	Number   int64 // start / slide
	Visits   float64
	Affected float64 // visits with any pain
	Pain     float64 // sum over visits, each 0 to 1
	PainSq   float64 // sum of the squares
	Lost     float64 // visits that have dropped off, or are open and stalled
}

// Metric is what is compared.
type Metric string

// The metrics. Score is pain; lost is the share of visits that have dropped off or stalled; visits is how many came;
// behind is how far the data is behind the clock, in seconds.
const (
	Score  Metric = "score"
	Lost   Metric = "lost"
	Visits Metric = "visits"
	Behind Metric = "behind"
)

// cell adds up visits, how many of them count as hurt, and what is measured on them: its sum and that of its squares.
type cell struct{ n, hurt, x, xx float32 }

func (c *cell) add(o cell) {
	c.n += o.n
	c.hurt += o.hurt
	c.x += o.x
	c.xx += o.xx
}

func painOf(p *Pane) cell {
	return cell{float32(p.Visits), float32(p.Affected), float32(p.Pain), float32(p.PainSq)}
}

func lostOf(p *Pane) cell {
	return cell{float32(p.Visits), float32(p.Lost), float32(p.Lost), float32(p.Lost)}
}

// ring keeps the cells of the latest numbers, which are panes or hours.
type ring struct {
	cells []cell
	next  int64 // the cells are those of [next − length, next)
}

func newRing(length int) ring { return ring{cells: make([]cell, length)} }

// at is where a number in [first, next) is kept.
func (r *ring) at(number int64) *cell { return &r.cells[r.index(number)] }

func (r *ring) index(number int64) int { return int(number % int64(len(r.cells))) }

func (r *ring) first() int64 { return r.next - int64(len(r.cells)) }

// advance makes room for the numbers up to next, not included. What leaves is passed on, oldest first.
func (r *ring) advance(next int64, leaves func(number int64, c cell)) {
	if r.next > 0 && next-r.next < int64(len(r.cells)) {
		for ; r.next < next; r.next++ {
			r.leave(max(0, r.first()), leaves)
			*r.at(r.next) = cell{}
		}
		return
	}
	for n := max(0, r.first()); r.next > 0 && n < r.next; n++ {
		r.leave(n, leaves)
	}
	clear(r.cells)
	r.next = next
}

func (r *ring) leave(number int64, leaves func(int64, cell)) {
	if c := *r.at(number); leaves != nil && c.n > 0 {
		leaves(number, c)
	}
}
