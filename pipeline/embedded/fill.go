package embedded

import "io"

// fill reads until buf is full or the reader ends or fails, and passes the reader's own error on: io.ReadFull would
// make a cut body look like a short one.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	return n, err
}
