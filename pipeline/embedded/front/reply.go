package front

import (
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
)

// holdBytes of an answer are held back, so that an early error still gets its status.
const holdBytes = 1 << 20

// reply writes one answer: first held back, then streamed.
type reply struct {
	w       http.ResponseWriter
	control *http.ResponseController
	wait    time.Duration // for each write
	whole   bool
	frames  *compress.Writer // ClickHouse's own framing, or nil
	gzip    *gzip.Writer     // or nil
	tag     string           // marks an exception in the middle of the data
	started time.Time

	held      []byte
	streaming bool
}

func newReply(w http.ResponseWriter, c *call, wait time.Duration, started time.Time) *reply {
	p := &reply{w: w, control: http.NewResponseController(w), wait: wait, whole: c.whole, started: started, tag: rand.Text()[:16]}
	switch {
	case c.compress == "ZSTD":
		p.frames = compress.NewWriter(0, compress.ZSTD)
	case c.compress != "":
		p.frames = compress.NewWriter(0, compress.LZ4)
	case c.gzip:
		p.gzip = gzip.NewWriter(rawWriter{p})
	}
	return p
}

// write takes a piece of the result. With framing, each piece is a frame of its own.
func (p *reply) write(data []byte) error {
	if p.frames != nil {
		if err := p.frames.Compress(data); err != nil {
			return fmt.Errorf("compress result: %w", err)
		}
		return p.raw(p.frames.Data)
	}
	if p.gzip != nil {
		_, err := p.gzip.Write(data)
		return err
	}
	return p.raw(data)
}

// raw holds the bytes back or sends them.
func (p *reply) raw(data []byte) error {
	if !p.streaming {
		if p.whole || len(p.held)+len(data) <= holdBytes {
			p.held = append(p.held, data...)
			return nil
		}
		if err := p.start(); err != nil {
			return err
		}
	}
	return p.send(data)
}

func (p *reply) start() error {
	p.streaming = true
	if p.gzip != nil {
		p.w.Header().Set("Content-Encoding", "gzip")
	}
	p.w.Header().Set("X-ClickHouse-Exception-Tag", p.tag)
	p.w.WriteHeader(http.StatusOK)
	held := p.held
	p.held = nil
	return p.send(held)
}

func (p *reply) send(data []byte) error {
	if err := p.control.SetWriteDeadline(time.Now().Add(p.wait)); err != nil {
		return fmt.Errorf("set write deadline: %w", err)
	}
	if _, err := p.w.Write(data); err != nil {
		return fmt.Errorf("send result: %w", err)
	}
	return nil
}

// finish ends a good answer.
func (p *reply) finish(sum Summary) error {
	if p.gzip != nil {
		if err := p.gzip.Close(); err != nil {
			return fmt.Errorf("compress result: %w", err)
		}
	}
	if p.streaming {
		return nil
	}
	h := p.w.Header()
	h.Set("X-ClickHouse-Summary", fmt.Sprintf(
		`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d","elapsed_ns":"%d"}`,
		sum.ReadRows, sum.ReadBytes, sum.WrittenRows, sum.WrittenBytes, time.Since(p.started).Nanoseconds()))
	h.Set("Content-Length", strconv.Itoa(len(p.held)))
	return p.start()
}

// fail answers with an error: by status and text while nothing was sent, else by the block that clients look for at
// the end of broken data, and by cutting the connection.
func (p *reply) fail(err error) {
	text, code := errorText(err), errorCode(err)
	if !p.streaming {
		h := p.w.Header()
		h.Set("Content-Type", "text/plain; charset=UTF-8")
		h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
		p.w.WriteHeader(statusFor(code))
		_ = p.send([]byte(text + "\n"))
		return
	}
	text += "\n"
	_ = p.send(fmt.Appendf(nil, "\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n", p.tag, text, len(text), p.tag))
	_ = p.control.Flush()
	panic(http.ErrAbortHandler)
}

// rawWriter lets the gzip writer write to the reply.
type rawWriter struct{ p *reply }

func (r rawWriter) Write(data []byte) (int, error) { return len(data), r.p.raw(data) }

var _ io.Writer = rawWriter{}

func errorText(err error) string {
	if engine, ok := errors.AsType[*EngineError](err); ok {
		return strings.TrimRight(engine.Text, "\n")
	}
	return fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", errorCode(err), err, "CANNOT_READ_ALL_DATA")
}

func errorCode(err error) int {
	if engine, ok := errors.AsType[*EngineError](err); ok {
		return engine.Code
	}
	return codeCannotRead
}

// statusFor is the HTTP status a server gives an error.
func statusFor(code int) int {
	switch code {
	case 6, 26, 27, 36, 38, 41, 42, 43, 44, 53, 57, 62, 69, 70, 72, 117, 131, 207, 321, 386, 395, 402, 427, 456, 457:
		return http.StatusBadRequest
	case 16, 46, 47, 50, 56, 60, 63, 73, 78, 81, 82, 115:
		return http.StatusNotFound
	case codeQueryTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeUnsupported:
		return http.StatusNotImplemented
	case 159:
		return http.StatusRequestTimeout
	case 202, 439:
		return http.StatusServiceUnavailable
	case 497:
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}
