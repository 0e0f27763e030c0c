package score

// pool lends values by handle. A handle is 4 bytes, and the garbage collector does not
// follow it. A value comes back as it was put back, so that the lists in it can be used
// again. Handle 0 is none.
type pool[T any] struct {
	chunks [][]T
	n      uint32 // handles made so far
	free   []uint32
}

const (
	chunkBits = 8
	chunkSize = 1 << chunkBits
)

func newPool[T any]() pool[T] { return pool[T]{n: 1} }

// at is what a handle stands for, until it is put back.
func (p *pool[T]) at(handle uint32) *T { return &p.chunks[handle>>chunkBits][handle&(chunkSize-1)] }

func (p *pool[T]) get() uint32 {
	if n := len(p.free); n > 0 {
		handle := p.free[n-1]
		p.free = p.free[:n-1]
		return handle
	}
	if int(p.n>>chunkBits) == len(p.chunks) {
		p.chunks = append(p.chunks, make([]T, chunkSize))
	}
	p.n++
	return p.n - 1
}

func (p *pool[T]) put(handle uint32) { p.free = append(p.free, handle) }
