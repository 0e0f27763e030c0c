//go:build (linux || darwin) && (amd64 || arm64) && !nolibchdb

package embedded

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"unsafe"

	"friction/pipeline/embedded/front"
)

// appendBytes is how much of an insert body goes to the engine in one call.
const appendBytes = 1 << 20

// session is one connection to the engine. Not safe for concurrent use.
type session struct {
	lib    *symbols
	handle unsafe.Pointer // what chdb_connect returned: a pointer to conn
	conn   unsafe.Pointer
}

func (s *session) close() {
	s.lib.closeConn(s.handle)
}

// Query runs one statement, hands its whole result to sink and frees it. The bytes are the engine's: valid only inside
// sink.
func (s *session) Query(st front.Statement, sink func([]byte) error) (front.Summary, error) {
	p := packParams(st.Params)
	result := s.lib.query(s.conn, bytesPointer(st.SQL), uintptr(len(st.SQL)), bytesPointer(st.Format), uintptr(len(st.Format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
	runtime.KeepAlive(p)
	runtime.KeepAlive(st)
	defer s.lib.resultDestroy(result)
	if err := s.resultError(result); err != nil {
		return front.Summary{}, err
	}
	sum := s.summary(result)
	if data := s.resultBytes(result); len(data) > 0 {
		return sum, sink(data)
	}
	return sum, nil
}

// Stream runs one SELECT and hands its result to sink block by block, each a complete document in the format. It
// returns front.ErrNotStreamable, with nothing done, for statements the engine does not stream.
func (s *session) Stream(st front.Statement, sink func([]byte) error) (sum front.Summary, err error) {
	p := packParams(st.Params)
	head := s.lib.streamQuery(s.conn, bytesPointer(st.SQL), uintptr(len(st.SQL)), bytesPointer(st.Format), uintptr(len(st.Format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
	runtime.KeepAlive(p)
	runtime.KeepAlive(st)
	defer s.lib.resultDestroy(head)
	if err := s.resultError(head); err != nil {
		if strings.Contains(err.Error(), "Streaming query is not supported") {
			return front.Summary{}, front.ErrNotStreamable
		}
		return front.Summary{}, err
	}
	for more := true; more; {
		more, err = s.nextBlock(head, &sum, sink)
		if err != nil {
			s.lib.streamStop(s.conn, head)
			return sum, err
		}
	}
	return sum, nil
}

func (s *session) nextBlock(head unsafe.Pointer, sum *front.Summary, sink func([]byte) error) (bool, error) {
	block := s.lib.streamFetch(s.conn, head)
	defer s.lib.resultDestroy(block)
	if err := s.resultError(block); err != nil {
		return false, err
	}
	data := s.resultBytes(block)
	if len(data) == 0 {
		return false, nil
	}
	sum.Add(s.summary(block))
	return true, sink(data)
}

// Insert runs an INSERT whose rows, in st.Format, are read from body. Nothing of a failed or interrupted insert stays
// that fits into one part; as with a server, a very large one may have written parts before it failed.
func (s *session) Insert(st front.Statement, body io.Reader) (front.Summary, error) {
	p := packParams(st.Params)
	stream := s.lib.insert(s.conn, bytesPointer(st.SQL), uintptr(len(st.SQL)), bytesPointer(st.Format), uintptr(len(st.Format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
	runtime.KeepAlive(p)
	runtime.KeepAlive(st)
	defer s.lib.insertDestroy(stream)
	if text := s.lib.insertError(stream); text != "" {
		return front.Summary{}, front.ParseEngineError(text)
	}
	if err := s.feed(stream, body); err != nil {
		s.lib.insertCancel(stream)
		return front.Summary{}, err
	}
	result := s.lib.insertDone(stream)
	defer s.lib.resultDestroy(result)
	if err := s.resultError(result); err != nil {
		return front.Summary{}, err
	}
	return s.summary(result), nil
}

func (s *session) feed(stream unsafe.Pointer, body io.Reader) error {
	buf := make([]byte, appendBytes)
	for {
		n, err := fill(body, buf)
		if n > 0 && s.lib.insertAppend(stream, unsafe.Pointer(&buf[0]), uintptr(n)) != chdbSuccess {
			return s.appendError(stream)
		}
		if err == io.EOF { //nolint:errorlint // a wrapped end would be a body that was cut
			return nil
		}
		if err != nil {
			return &front.BodyError{Err: err}
		}
	}
}

// appendError says why the engine took no more data. Its own text is the useful one; it may only be known once the
// insert has been ended.
func (s *session) appendError(stream unsafe.Pointer) error {
	if text := s.lib.insertError(stream); text != "" {
		return front.ParseEngineError(text)
	}
	result := s.lib.insertDone(stream)
	defer s.lib.resultDestroy(result)
	if err := s.resultError(result); err != nil {
		return err
	}
	return errors.New("append to the insert: the engine refused the data")
}

func (s *session) resultError(result unsafe.Pointer) error {
	if result == nil {
		return errors.New("the engine gave no result")
	}
	if text := s.lib.resultError(result); text != "" {
		return front.ParseEngineError(text)
	}
	return nil
}

func (s *session) resultBytes(result unsafe.Pointer) []byte {
	n := s.lib.resultLength(result)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(s.lib.resultBuffer(result)), n)
}

func (s *session) summary(result unsafe.Pointer) front.Summary {
	return front.Summary{
		ReadRows:     s.lib.resultRowsRead(result),
		ReadBytes:    s.lib.resultBytesRead(result),
		WrittenRows:  s.lib.resultRowsWritten(result),
		WrittenBytes: s.lib.resultBytesWritten(result),
	}
}

// packedParams is the C shape of query parameters. It must be kept alive for the length of the call.
type packedParams struct {
	names, nameLens, values, valueLens unsafe.Pointer

	count uintptr
	keep  [][]byte
}

func packParams(params []front.Parameter) packedParams {
	n := len(params)
	if n == 0 {
		return packedParams{}
	}
	names, values := make([]*byte, n), make([]*byte, n)
	nameLens, valueLens := make([]uintptr, n), make([]uintptr, n)
	p := packedParams{count: uintptr(n)}
	for i, param := range params {
		name, value := append([]byte(param.Name), 0), append([]byte(param.Value), 0)
		p.keep = append(p.keep, name, value)
		names[i], nameLens[i] = &name[0], uintptr(len(param.Name))
		values[i], valueLens[i] = &value[0], uintptr(len(param.Value))
	}
	p.names, p.values = unsafe.Pointer(&names[0]), unsafe.Pointer(&values[0])
	p.nameLens, p.valueLens = unsafe.Pointer(&nameLens[0]), unsafe.Pointer(&valueLens[0])
	return p
}

func bytesPointer(s string) unsafe.Pointer {
	return unsafe.Pointer(unsafe.StringData(s))
}
