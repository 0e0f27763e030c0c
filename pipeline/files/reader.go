package files

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// readerOptions say how files become records. The zero value reads lines.
type readerOptions struct {
	// MaxBytes is the longest record held in memory; 16 MiB if zero. A longer one
	// is passed with its Size and no Value.
	MaxBytes int
	// Header is given what stands in front of the records of a file and says how
	// they are read; nil for formats that have no such thing. The text is valid only
	// during the call. Which lines these are, say the next two.
	Header func(path string, text []byte) error
	// Headed says that the first line names the columns.
	Headed bool
	// Directives says that lines that begin with # are no records, wherever they stand.
	Directives bool
	// Quotes finds the ends of records with line ends inside quotes; nil if each line
	// is a record.
	Quotes quotes
	// Stdin is read for the name "-".
	Stdin io.Reader
	// Format is what the files are said to be, for messages.
	Format decode.Format
	// Values says that records are JSON, which may also come as an array or spread
	// over several lines.
	Values bool
	// Tally is shown how each file begins; may be nil.
	Tally *Tally
}

// quotes knows how lines become records; a decoder is one.
type quotes interface {
	Opens(line []byte, inside bool) bool
	Whole(record []byte) bool
}

// reader reads the records of files, one file after the other.
type reader struct {
	paths []string
	opt   readerOptions

	in      *bufio.Reader
	values  *values // nil where records are lines
	close   func() error
	path    string
	name    string       // for messages
	written event.Millis // when the file was
	back    []heldLine   // lines read ahead, to be read again, the next one last
	line    []byte       // the record
	next    []byte       // a line that may belong to it
	at      int64        // lines before the next one, of all files
	inFile  int64        // the same, of this file
	before  int64        // of values: line breaks in front of the record
	first   int64        // line of this file that the record began at
	slips   int          // quotes that nobody closes, of late
	fields  []byte       // of Directives: the lines in force
	date    []byte
	rec     event.Record
}

// heldLine is a line and its size, which is larger if it was too long to hold.
type heldLine struct {
	text []byte
	size int
}

const (
	maxLine  = 16 << 20
	readSize = 256 << 10
	// headSize is how much of a file is kept to say what it looks like.
	headSize = 4 << 10
)

// openReader checks that the files are there. "-" is standard input. Call Close
// when done.
func openReader(paths []string, o readerOptions) (*reader, error) {
	if len(paths) == 0 {
		return nil, errors.New("open files: none given; use - for standard input")
	}
	for _, p := range paths {
		if p == "-" {
			if o.Stdin == nil {
				return nil, errors.New("open files: there is no standard input")
			}
			continue
		}
		if info, err := os.Stat(p); err != nil {
			return nil, fmt.Errorf("open files: %w", err)
		} else if info.IsDir() {
			return nil, fmt.Errorf("open files: %s is a directory", p)
		}
	}
	o.MaxBytes = cmp.Or(o.MaxBytes, maxLine)
	return &reader{paths: paths, opt: o}, nil
}

// Close closes the file being read.
func (f *reader) Close() error {
	if f.close == nil {
		return nil
	}
	closing := f.close
	f.close, f.in = nil, nil
	return closing()
}

// Position is the file and line that the last record began at.
func (f *reader) Position() Position { return Position{f.path, f.first, f.written} }

// Next returns the next record, and io.EOF after the last. Its Offset is the
// number of its first line among all files, from 1, or of values that of the value; its time is event.Never, for
// the event's own. It is valid until the next call.
func (f *reader) Next() (*event.Record, error) {
	for {
		if f.in == nil && len(f.back) == 0 {
			if len(f.paths) == 0 {
				return nil, io.EOF
			}
			if err := f.open(f.paths[0]); err != nil {
				return nil, err
			}
			f.paths = f.paths[1:]
		}
		at, first := f.at+1, f.inFile+1
		size, err := f.read()
		if f.values != nil {
			first += f.before
		}
		if errors.Is(err, io.EOF) {
			if err := f.Close(); err != nil {
				return nil, fmt.Errorf("close %s: %w", f.name, err)
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s after line %d: %w", f.name, f.inFile, err)
		}
		if f.opt.Directives && size == len(f.line) && (size == 0 || f.line[0] == '#') {
			if err := f.directive(); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", f.name, first, err)
			}
			continue
		}
		f.first = first
		f.rec = event.Record{Offset: at, Time: event.Never, Value: f.line, NoKey: true}
		if size > len(f.line) {
			f.rec.Value, f.rec.Size = nil, size
		}
		return &f.rec, nil
	}
}

// open begins a file and reads its header.
func (f *reader) open(path string) error {
	var in io.Reader
	if f.path, f.name, f.inFile, f.close = path, path, 0, func() error { return nil }; path == "-" {
		f.name, in = "standard input", f.opt.Stdin
	} else {
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("open files: %w", err)
		}
		in, f.close = file, file.Close
	}
	text, err := unpack(f.name, in)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.name, errors.Join(err, f.Close()))
	}
	f.in, f.written = text, modified(path)
	head, _ := f.in.Peek(headSize)
	head = bytes.Clone(head)
	f.opt.Tally.begin(path, head)
	if f.values = nil; f.opt.Values {
		f.values = newValues(f.in)
	}
	if f.opt.Header == nil {
		return nil
	}
	if err := f.header(); err != nil {
		if way := f.opt.Tally.wayOut(head, f.opt.Format, path); way != "" {
			err = fmt.Errorf("%w%s", err, way)
		}
		return fmt.Errorf("%s:%d: %w", f.name, max(f.inFile, 1), errors.Join(err, f.Close()))
	}
	return nil
}

// read puts the next record into f.line and returns its size, which is larger if
// it was too long to hold.
func (f *reader) read() (size int, err error) {
	if f.values != nil {
		var within int64
		f.line, size, f.before, within, err = f.values.next(f.line[:0], f.opt.MaxBytes)
		f.at++
		f.inFile += f.before + within
		return size, err
	}
	f.line, size, err = f.readLine(f.line[:0])
	if err != nil || size > len(f.line) || f.opt.Quotes == nil {
		return size, err
	}
	return f.join()
}

// readLine reads one line without its end.
func (f *reader) readLine(into []byte) (line []byte, size int, err error) {
	if len(f.back) > 0 {
		last := len(f.back) - 1
		line, size = append(into, f.back[last].text...), f.back[last].size
		f.back[last] = heldLine{}
		f.back = f.back[:last]
		f.at++
		f.inFile++
		return line, size, nil
	}
	var before byte // the part that is being read
	for {
		part, err := f.in.ReadSlice('\n')
		size += len(part)
		if size <= f.opt.MaxBytes+2 {
			into = append(into, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			before = part[len(part)-1]
			continue
		}
		if err != nil && (size == 0 || !errors.Is(err, io.EOF)) {
			return into, 0, err
		}
		f.at++
		f.inFile++
		size -= endLen(before, part)
		if size > f.opt.MaxBytes {
			return into[:0], size, nil
		}
		return into[:size], size, nil
	}
}

// endLen is the length of the end of the line at the end of its last part.
func endLen(before byte, part []byte) int {
	if len(part) == 0 || part[len(part)-1] != '\n' {
		return 0
	}
	if len(part) > 1 {
		before = part[len(part)-2]
	}
	if before == '\r' {
		return 2
	}
	return 1
}
