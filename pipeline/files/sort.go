package files

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/s2"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// Sort says how records are ordered by event time before they are handed over: by
// (event time, path, place in the file), so that neither the order of the files
// nor that of lines with different times matters. Files whose times mostly fall,
// such as exports with the newest first, are read from their end among lines of
// equal time. A record that cannot be decoded stands behind the event before it.
//
// The sort is an external merge: what does not fit into memory goes, compressed,
// to temporary files, which are removed as soon as they are open.
type Sort struct {
	// Memory is how much is held, bytes; 256 MiB if zero.
	Memory int
	// Folder is where temporary files go; that of the system if empty.
	Folder string
	// Progress is told from time to time how many records have been read; may be nil.
	Progress func(records uint64)
}

const defaultSortMemory = 256 << 20

// sorted reads all records, and returns them in order.
func (s Set) sorted(paths []string, decoders []*decode.Decoder) (Records, error) {
	d, err := decode.New(s.Decode) // of its own: what is counted while sorting would count twice
	if err != nil {
		return nil, err
	}
	t := &sorter{Sort: *s.Sort, decoder: d, decoders: decoders, files: map[string]*sortedFile{}, headers: []string{""}}
	t.Memory = cmp.Or(t.Memory, defaultSortMemory)
	r, err := s.reader(paths, []*decode.Decoder{d}, t.header)
	if err != nil {
		return nil, err
	}
	if err := t.readAll(r); err != nil {
		return nil, errors.Join(err, r.Close(), t.Close())
	}
	if err := t.merge(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// sorter collects records and gives them back in order.
type sorter struct {
	Sort
	decoder  *decode.Decoder
	decoders []*decode.Decoder // of the reader; told the header when the file changes
	files    map[string]*sortedFile
	byIndex  []*sortedFile
	headers  []string // of all files, "" first

	held  []item // in memory
	chunk []byte // what the next values are copied to
	bytes int    // of held
	read  uint64
	runs  []*sortedRun // in temporary files, and the rest of held

	queue   runQueue
	group   []item // of equal time in a file that is read from its end, the next one last
	given   int64
	current item
	told    int // the header that decoders were told last
	rec     event.Record
}

// sortedFile is what is known of one file.
type sortedFile struct {
	path         string
	header       int // in force where it is being read
	records      int64
	first, last  event.Millis // event times
	rises, falls int64        // from one event to the next
}

// item is a record and its place in the order.
type item struct {
	time    event.Millis
	file    *sortedFile
	ordinal int64 // in its file
	line    int64
	header  int // that it stands below
	size    int // of a record that was too long to hold; else 0
	value   []byte
}

// itemBytes is what an item takes in memory besides its value.
const itemBytes = 88

func (a item) compare(b item) int {
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.file.path, b.file.path), cmp.Compare(a.ordinal, b.ordinal))
}

func (t *sorter) file(path string) *sortedFile {
	f := t.files[path]
	if f == nil {
		f = &sortedFile{path: path, first: event.Beginning, last: event.Beginning}
		t.files[path] = f
		t.byIndex = append(t.byIndex, f)
	}
	return f
}

// header notes what stands in front of the next records of a file.
func (t *sorter) header(path string, text []byte) {
	f := t.file(path)
	if f.header = slices.Index(t.headers, string(text)); f.header < 0 {
		f.header = len(t.headers)
		t.headers = append(t.headers, string(text))
	}
}

// readAll reads every record, finds its time, and sorts it into a run.
func (t *sorter) readAll(r *reader) error {
	var e event.Event
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Close()
		}
		if err != nil {
			return err
		}
		at := r.Position()
		f := t.file(at.Path)
		f.records++
		if why := t.decoder.Decode(rec, &e); why.Reason == event.Accepted {
			f.see(e.Time)
		}
		t.held = append(t.held, item{f.last, f, f.records, at.Line, f.header, rec.Size, t.keep(rec.Value)})
		if t.bytes += len(rec.Value) + itemBytes; t.bytes >= t.Memory {
			if err := t.spill(); err != nil {
				return err
			}
		}
		if t.read++; t.Progress != nil && t.read%4096 == 0 {
			t.Progress(t.read)
		}
	}
}

// keep copies a value into a larger piece of memory.
func (t *sorter) keep(value []byte) []byte {
	const size = 1 << 20
	if len(value) > cap(t.chunk)-len(t.chunk) {
		t.chunk = make([]byte, 0, max(size, len(value)))
	}
	from := len(t.chunk)
	t.chunk = append(t.chunk, value...)
	return t.chunk[from:len(t.chunk):len(t.chunk)]
}

func (f *sortedFile) see(at event.Millis) {
	switch {
	case f.first == event.Beginning:
		f.first = at
	case at > f.last:
		f.rises++
	case at < f.last:
		f.falls++
	}
	f.last = at
}

// spill writes what is held to a temporary file.
func (t *sorter) spill() (err error) {
	out, err := os.CreateTemp(t.Folder, "friction-sort-*")
	if err != nil {
		return fmt.Errorf("sort: %w", err)
	}
	if err := os.Remove(out.Name()); err != nil { // it stays until it is closed
		return fmt.Errorf("sort: %w", errors.Join(err, out.Close()))
	}
	slices.SortFunc(t.held, item.compare)
	index := map[*sortedFile]int{}
	for i, f := range t.byIndex {
		index[f] = i
	}
	w := s2.NewWriter(out, s2.WriterConcurrency(1))
	var head []byte
	for _, x := range t.held {
		head = head[:0]
		for _, v := range [...]int64{int64(x.time), int64(index[x.file]), x.ordinal, x.line, int64(x.header), int64(x.size), int64(len(x.value))} {
			head = binary.AppendVarint(head, v)
		}
		if _, err = w.Write(head); err == nil {
			_, err = w.Write(x.value)
		}
		if err != nil {
			break
		}
	}
	if err = errors.Join(err, w.Close()); err == nil {
		_, err = out.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("sort: write a temporary file (set TMPDIR to a folder with more room): %w", errors.Join(err, out.Close()))
	}
	t.runs = append(t.runs, &sortedRun{file: out, in: s2.NewReader(out), left: len(t.held)})
	clear(t.held)
	t.held, t.bytes, t.chunk = t.held[:0], 0, nil
	return nil
}
