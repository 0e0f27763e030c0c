package files

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/s2"

	"friction/pipeline/event"
)

// sortedRun is records in order: of a temporary file, or in memory.
type sortedRun struct {
	file *os.File
	in   *s2.Reader
	held []item
	left int // records to come
	head item
}

// next puts the next record into head; false at the end.
func (r *sortedRun) next(files []*sortedFile) (bool, error) {
	if r.left == 0 {
		return false, nil
	}
	r.left--
	if r.file == nil {
		r.head, r.held = r.held[0], r.held[1:]
		return true, nil
	}
	var v [7]int64
	for i := range v {
		var err error
		if v[i], err = binary.ReadVarint(r.in); err != nil {
			return false, fmt.Errorf("sort: read a temporary file: %w", err)
		}
	}
	r.head = item{event.Millis(v[0]), files[v[1]], v[2], v[3], int(v[4]), int(v[5]), make([]byte, v[6])}
	if _, err := io.ReadFull(r.in, r.head.value); err != nil {
		return false, fmt.Errorf("sort: read a temporary file: %w", err)
	}
	return true, nil
}

// runQueue is the runs that have records left, the one with the first on top.
type runQueue []*sortedRun

func (q runQueue) Len() int           { return len(q) }
func (q runQueue) Less(i, j int) bool { return q[i].head.compare(q[j].head) < 0 }
func (q runQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *runQueue) Push(x any)        { *q = append(*q, x.(*sortedRun)) }
func (q *runQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// merge begins to give records back.
func (t *sorter) merge() error {
	slices.SortFunc(t.held, item.compare)
	t.runs = append(t.runs, &sortedRun{held: t.held, left: len(t.held)})
	for _, r := range t.runs {
		more, err := r.next(t.byIndex)
		if err != nil {
			return err
		}
		if more {
			t.queue = append(t.queue, r)
		}
	}
	heap.Init(&t.queue)
	return nil
}

// pop takes the first item of all runs.
func (t *sorter) pop() (item, error) {
	r := t.queue[0]
	x := r.head
	more, err := r.next(t.byIndex)
	switch {
	case err != nil:
		return item{}, err
	case more:
		heap.Fix(&t.queue, 0)
	default:
		heap.Pop(&t.queue)
	}
	return x, nil
}

// Next is the next record in order. Its offset is its number in that order.
func (t *sorter) Next() (*event.Record, error) {
	if len(t.group) == 0 {
		if err := t.fill(); err != nil {
			return nil, err
		}
	}
	last := len(t.group) - 1
	t.current, t.group = t.group[last], t.group[:last]
	if h := t.current.header; h != t.told {
		if err := setHeaders(t.decoders, []byte(t.headers[h])); err != nil {
			return nil, err
		}
		t.told = h
	}
	t.given++
	t.rec = event.Record{Offset: t.given, Time: event.Never, Value: t.current.value, NoKey: true}
	if t.current.size > 0 {
		t.rec.Value, t.rec.Size = nil, t.current.size
	}
	return &t.rec, nil
}

// fill takes the next items: one, or all of equal time of a file that is read from
// its end. The last of group comes first.
func (t *sorter) fill() error {
	for len(t.queue) > 0 {
		x, err := t.pop()
		if err != nil {
			return err
		}
		t.group = append(t.group, x)
		if x.file.falls <= x.file.rises || len(t.queue) == 0 {
			return nil
		}
		if next := t.queue[0].head; next.file != x.file || next.time != x.time {
			return nil
		}
	}
	if len(t.group) == 0 {
		return io.EOF
	}
	return nil
}

// Position is where the last record stands in its file.
func (t *sorter) Position() Position {
	at := t.current.time
	if at == event.Beginning { // it stands before the first event
		at = t.current.file.first
	}
	if at == event.Beginning {
		at = modified(t.current.file.path)
	}
	return Position{t.current.file.path, t.current.line, at}
}

// Close gives up the temporary files.
func (t *sorter) Close() error {
	var errs []error
	for _, r := range t.runs {
		if r.file != nil {
			errs = append(errs, r.file.Close())
		}
	}
	t.runs = nil
	return errors.Join(errs...)
}
