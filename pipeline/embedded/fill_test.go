package embedded

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestFill reads whole buffers and passes the reader's own error on.
func TestFill(t *testing.T) {
	if n, err := fill(strings.NewReader("abc"), make([]byte, 2)); n != 2 || err != nil {
		t.Errorf("a full buffer: %d %v", n, err)
	}
	cut := io.MultiReader(strings.NewReader("abc"), cutReader{})
	if n, err := fill(cut, make([]byte, 10)); n != 3 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut body: %d %v", n, err)
	}
}

// cutReader is the end of a connection in the middle of a body.
type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
