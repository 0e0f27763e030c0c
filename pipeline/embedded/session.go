//go:build (linux || darwin) && (amd64 || arm64) && !nolibchdb

package embedded

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"unsafe"
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

// query runs one statement, hands its whole result to sink and frees it. The bytes are the engine's: valid only inside
// sink.
func (s *session) query(st statement, sink func([]byte) error) (summary, error) {
	p := packParams(st.params)
	result := s.lib.query(s.conn, bytesPointer(st.sql), uintptr(len(st.sql)), bytesPointer(st.format), uintptr(len(st.format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
	runtime.KeepAlive(p)
	runtime.KeepAlive(st)
	defer s.lib.resultDestroy(result)
	if err := s.resultError(result); err != nil {
		return summary{}, err
	}
	sum := s.summary(result)
	if data := s.resultBytes(result); len(data) > 0 {
		return sum, sink(data)
	}
	return sum, nil
}

// stream runs one SELECT and hands its result to sink block by block, each a complete document in the format. It
// returns errNotStreamable, with nothing done, for statements the engine does not stream.
func (s *session) stream(st statement, sink func([]byte) error) (sum summary, err error) {
	p := packParams(st.params)
	head := s.lib.streamQuery(s.conn, bytesPointer(st.sql), uintptr(len(st.sql)), bytesPointer(st.format), uintptr(len(st.format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
	runtime.KeepAlive(p)
	runtime.KeepAlive(st)
	defer s.lib.resultDestroy(head)
	if err := s.resultError(head); err != nil {
		if strings.Contains(err.Error(), "Streaming query is not supported") {
			return summary{}, errNotStreamable
		}
		return summary{}, err
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

func (s *session) nextBlock(head unsafe.Pointer, sum *summary, sink func([]byte) error) (bool, error) {
	block := s.lib.streamFetch(s.conn, head)
	defer s.lib.resultDestroy(block)
	if err := s.resultError(block); err != nil {
		return false, err
	}
	data := s.resultBytes(block)
	if len(data) == 0 {
		return false, nil
	}
	sum.add(s.summary(block))
	return true, sink(data)
}

// insert runs an INSERT whose rows, in st.format, are read from body. Nothing of a failed or interrupted insert stays
// that fits into one part; as with a server, a very large one may have written parts before it failed.
func (s *session) insert(st statement, body io.Reader) (summary, error) {
	p := packParams(st.params)
	stream := s.lib.insert(s.conn, bytesPointer(st.sql), uintptr(len(st.sql)), bytesPointer(st.format), uintptr(len(st.format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
	runtime.KeepAlive(p)
	runtime.KeepAlive(st)
	defer s.lib.insertDestroy(stream)
	if text := s.lib.insertError(stream); text != "" {
		return summary{}, parseEngineError(text)
	}
	if err := s.feed(stream, body); err != nil {
		s.lib.insertCancel(stream)
		return summary{}, err
	}
	result := s.lib.insertDone(stream)
	defer s.lib.resultDestroy(result)
	if err := s.resultError(result); err != nil {
		return summary{}, err
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
			return &bodyError{err}
		}
	}
}

// appendError says why the engine took no more data. Its own text is the useful one; it may only be known once the
// insert has been ended.
func (s *session) appendError(stream unsafe.Pointer) error {
	if text := s.lib.insertError(stream); text != "" {
		return parseEngineError(text)
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
		return parseEngineError(text)
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

func (s *session) summary(result unsafe.Pointer) summary {
	return summary{
		readRows:     s.lib.resultRowsRead(result),
		readBytes:    s.lib.resultBytesRead(result),
		writtenRows:  s.lib.resultRowsWritten(result),
		writtenBytes: s.lib.resultBytesWritten(result),
	}
}

// packedParams is the C shape of query parameters. It must be kept alive for the length of the call.
type packedParams struct {
	names, nameLens, values, valueLens unsafe.Pointer

	count uintptr
	keep  [][]byte
}

func packParams(params []parameter) packedParams {
	n := len(params)
	if n == 0 {
		return packedParams{}
	}
	names, values := make([]*byte, n), make([]*byte, n)
	nameLens, valueLens := make([]uintptr, n), make([]uintptr, n)
	p := packedParams{count: uintptr(n)}
	for i, param := range params {
		name, value := append([]byte(param.name), 0), append([]byte(param.value), 0)
		p.keep = append(p.keep, name, value)
		names[i], nameLens[i] = &name[0], uintptr(len(param.name))
		values[i], valueLens[i] = &value[0], uintptr(len(param.value))
	}
	p.names, p.values = unsafe.Pointer(&names[0]), unsafe.Pointer(&values[0])
	p.nameLens, p.valueLens = unsafe.Pointer(&nameLens[0]), unsafe.Pointer(&valueLens[0])
	return p
}

func bytesPointer(s string) unsafe.Pointer {
	return unsafe.Pointer(unsafe.StringData(s))
}
