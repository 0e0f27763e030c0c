package front

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// requestBody is the request's body, decoded, with a deadline that moves on with every read.
func (h *Handler) requestBody(w http.ResponseWriter, r *http.Request, c *call) (io.Reader, error) {
	patient := &patientReader{
		r:       http.MaxBytesReader(w, r.Body, h.limits.bodyBytes),
		control: http.NewResponseController(w),
		wait:    h.limits.readWait,
	}
	body, err := decodeBody(patient, r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	if c.decompress {
		body = &framesReader{r: compress.NewReader(body)}
	}
	return body, nil
}

func decodeBody(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "", "identity":
		return r, nil
	case "gzip":
		return &lateReader{open: func() (io.Reader, error) { return gzip.NewReader(r) }}, nil
	case "deflate":
		return &lateReader{open: func() (io.Reader, error) { return zlib.NewReader(r) }}, nil
	case "br":
		return brotli.NewReader(r), nil
	case "zstd":
		return &lateReader{open: func() (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<28))
		}}, nil
	}
	return nil, newEngineError(codeUnsupported, "NOT_IMPLEMENTED", "Unknown Content-Encoding %q", encoding)
}

// patientReader gives each read its own time, so that a slow but living client is served and a dead one is not waited
// for.
type patientReader struct {
	r       io.Reader
	control *http.ResponseController
	wait    time.Duration
}

func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.control.SetReadDeadline(time.Now().Add(p.wait)); err != nil {
		return 0, fmt.Errorf("set read deadline: %w", err)
	}
	n, err := p.r.Read(b)
	if err != nil {
		// The server goes on watching the connection while the statement runs; that wait has no end.
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// lateReader opens a decoder at the first read, because opening reads.
type lateReader struct {
	open func() (io.Reader, error)
	r    io.Reader
}

func (l *lateReader) Read(b []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(b)
}

// framesReader undoes ClickHouse's compressed frames. Their reader wraps even a clean end in an error of its own.
type framesReader struct{ r io.Reader }

func (f *framesReader) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, err
}
