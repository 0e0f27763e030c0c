package files

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// unreadable are files that are no text and that we cannot turn into text. Each
// says what it is and the command that makes text of it; %s is the file.
var unreadable = []struct{ magic, what, way string }{
	{"\xfd7zXZ\x00", "compressed with xz", "xz -dc %s | friction replay -"},
	{"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc %s | friction replay -"},
	{"PK\x03\x04", "a zip archive", "unzip -p %s | friction replay -"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so %s | friction replay -"},
	{"PAR1", "a Parquet file", "clickhouse local --input-format Parquet -q 'SELECT * FROM table FORMAT JSONEachRow' < %s | friction replay -"},
	{"Obj\x01", "an Avro file", "clickhouse local --input-format Avro -q 'SELECT * FROM table FORMAT JSONEachRow' < %s | friction replay -"},
	{"ORC", "an ORC file", "clickhouse local --input-format ORC -q 'SELECT * FROM table FORMAT JSONEachRow' < %s | friction replay -"},
	{"SQLite format 3\x00", "a SQLite database", "sqlite3 -csv -header %s 'SELECT …' | friction replay --format csv --map … -"},
}

// maxPacked is how often a file may be compressed over and over.
const maxPacked = 3

// unpack finds out how a file is compressed and encoded, by its first bytes and
// whatever its name is, and returns its text as UTF-8 without a byte order mark.
// gzip, zstd and bzip2 are read, and UTF-16.
func unpack(name string, raw io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(raw, readSize)
	for range maxPacked {
		magic, _ := in.Peek(6)
		var inner io.Reader
		var err error
		switch {
		case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
			inner, err = gzip.NewReader(in)
		case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
			var z *zstd.Decoder
			if z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1)); err == nil {
				inner = z.IOReadCloser()
			}
		case bytes.HasPrefix(magic, []byte("BZh")):
			inner = bzip2.NewReader(in)
		}
		if err != nil {
			return nil, err
		}
		if inner == nil {
			break
		}
		in = bufio.NewReaderSize(inner, readSize)
	}
	magic, _ := in.Peek(16)
	for _, u := range unreadable {
		if strings.HasPrefix(string(magic), u.magic) {
			if name == nameOf("-") {
				name = "FILE"
			}
			return nil, fmt.Errorf("this is %s, which is not read; try: "+u.way, u.what, name)
		}
	}
	return withLineFeeds(toUTF8(in)), nil
}

// withLineFeeds turns the ends of lines of a text that has none but carriage
// returns, as some spreadsheets write, into line feeds.
func withLineFeeds(in *bufio.Reader) *bufio.Reader {
	head, _ := in.Peek(headSize)
	if bytes.IndexByte(head, '\r') < 0 || bytes.IndexByte(head, '\n') >= 0 || bytes.IndexByte(head, '\r') == len(head)-1 {
		return in
	}
	return bufio.NewReaderSize(lineFeeds{in}, readSize)
}

// lineFeeds replaces each carriage return by a line feed.
type lineFeeds struct{ in io.Reader }

func (l lineFeeds) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// toUTF8 takes a byte order mark away, and turns UTF-16 into UTF-8. UTF-16 without
// a mark is known by the zero byte in its first character, which is ASCII in every
// format there is.
func toUTF8(in *bufio.Reader) *bufio.Reader {
	start, _ := in.Peek(4)
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3) // it is in the buffer
		return in
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		order = unicode.BigEndian
	case len(start) >= 2 && start[0] != 0 && start[1] == 0:
	case len(start) >= 2 && start[0] == 0 && start[1] != 0:
		order = unicode.BigEndian
	default:
		return in
	}
	return bufio.NewReaderSize(transform.NewReader(in, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), readSize)
}
