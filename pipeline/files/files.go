package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// Records gives the records of files one by one, and io.EOF after the last. A
// record and its position are valid until the next call of Next.
type Records interface {
	Next() (*event.Record, error)
	Position() Position
	Close() error
}

// Position says where a record stands.
type Position struct {
	Path string       // "-" for standard input
	Line int64        // of its file, from 1
	Time event.Millis // an event time near it, of the same file; event.Beginning where none is known
}

// String is the position as people write it.
func (p Position) String() string { return fmt.Sprintf("%s:%d", p.Name(), p.Line) }

// Name is the file as people call it.
func (p Position) Name() string { return nameOf(p.Path) }

func nameOf(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// Set is files of one format that are read together.
type Set struct {
	// Decode is the format, and how records of it are decoded.
	Decode decode.Config
	// Paths are the files; "-" is standard input, and a pattern such as logs/*.gz
	// stands for every file that it matches.
	Paths []string
	Stdin io.Reader
	// MaxBytes is the longest record that is held in memory; 16 MiB if zero.
	MaxBytes int
	// Sort orders the records by event time. See [Sort].
	Sort *Sort
	// Tally counts what could be decoded; may be nil.
	Tally *Tally
}

// Opener begins to read, for decoders that are told the header where there is one.
type Opener func(...*decode.Decoder) (Records, error)

// Open begins to read. A decoder is told the header of each file whose records
// follow, where the format has one.
func (s Set) Open(decoders ...*decode.Decoder) (Records, error) {
	paths, err := expand(s.Paths)
	if err != nil {
		return nil, err
	}
	if s.Sort != nil {
		return s.sorted(paths, decoders)
	}
	return s.reader(paths, decoders, nil)
}

// reader reads files one after the other. seen is told the header of each, as it
// is opened; may be nil.
func (s Set) reader(paths []string, decoders []*decode.Decoder, seen func(path string, text []byte)) (*reader, error) {
	format := s.Decode.Format
	o := readerOptions{
		MaxBytes: s.MaxBytes, Stdin: s.Stdin, Tally: s.Tally,
		Format: format, Values: format == decode.Native || format == decode.AccessJSON,
	}
	if table := format == decode.CSV || format == decode.TSV; table || format == decode.W3C {
		o.Headed = table && len(s.Decode.Columns) == 0
		o.Directives = !table
		o.Header = func(path string, text []byte) error {
			if seen != nil {
				seen(path, text)
			}
			return setHeaders(decoders, text)
		}
	}
	if format == decode.CSV {
		o.Quotes = decoders[0]
	}
	return openReader(paths, o)
}

func setHeaders(decoders []*decode.Decoder, text []byte) error {
	for _, d := range decoders {
		if err := d.SetHeaderLine(text); err != nil {
			return err
		}
	}
	return nil
}

// expand replaces patterns by the files that they match, and refuses a file that
// is named twice, whose records would count twice.
func expand(paths []string) ([]string, error) {
	var all []string
	for _, p := range paths {
		if _, err := os.Stat(p); p == "-" || err == nil || !strings.ContainsAny(p, "*?[") {
			all = append(all, p)
			continue
		}
		found, err := filepath.Glob(p)
		if err != nil {
			return nil, fmt.Errorf("open files: %s: %w", p, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("open files: no file matches %s", p)
		}
		all = append(all, found...)
	}
	return all, onlyOnce(all)
}

func onlyOnce(paths []string) error {
	var infos []os.FileInfo
	for i, p := range paths {
		if slices.Contains(paths[:i], p) {
			return fmt.Errorf("open files: %s is named twice; its records would count twice", nameOf(p))
		}
		info, err := os.Stat(p)
		if err != nil || !info.Mode().IsRegular() {
			infos = append(infos, nil)
			continue // whether it can be read is found out when it is opened
		}
		for j, other := range infos {
			if other != nil && os.SameFile(info, other) {
				return fmt.Errorf("open files: %s and %s are the same file; its records would count twice", paths[j], p)
			}
		}
		infos = append(infos, info)
	}
	return nil
}

// ErrOneRead says that files had to be read twice and stdin cannot be.
var ErrOneRead = errors.New("standard input cannot be read twice: write it to a file first")

// Twice reports whether paths can be read a second time.
func Twice(paths []string) error {
	if slices.Contains(paths, "-") {
		return ErrOneRead
	}
	return nil
}

// modified is when a file was written, for what stands in no event of it.
func modified(path string) event.Millis {
	if info, err := os.Stat(path); err == nil {
		return event.Millis(info.ModTime().UnixMilli())
	}
	return event.Millis(time.Now().UnixMilli()) // standard input
}
