package embedded

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// errNotStreamable says that the engine runs this kind of statement in one piece only.
var errNotStreamable = errors.New("statement cannot be streamed")

// statement is one SQL statement for the engine. format is that of the result, or of the rows of an insert (sql then
// ends before FORMAT).
type statement struct {
	sql    string
	format string
	params []parameter
}

// parameter is the text of one {name:Type} placeholder.
type parameter struct {
	name, value string
}

// summary counts what a statement read and wrote.
type summary struct {
	readRows, readBytes, writtenRows, writtenBytes uint64
}

func (s *summary) add(o summary) {
	s.readRows += o.readRows
	s.readBytes += o.readBytes
	s.writtenRows += o.writtenRows
	s.writtenBytes += o.writtenBytes
}

// EngineError is an error of ClickHouse itself, with the number ClickHouse gives it (60 is an unknown table).
type EngineError struct {
	Code int
	Text string // as the server words it, beginning with "Code: "
}

func (e *EngineError) Error() string { return e.Text }

// Numbers of ClickHouse errors that this package raises itself.
const (
	codeUnknown        = 1002
	codeSyntax         = 62
	codeUnknownSetting = 115
	codeReadonly       = 164
	codeQueryTooLarge  = 307
	codeUnsupported    = 48
	codeCannotRead     = 33
)

var codePattern = regexp.MustCompile(`^Code: (\d+)\. `)

// parseEngineError makes an error of the engine's text.
func parseEngineError(text string) error {
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(text, "Error: ")
	m := codePattern.FindStringSubmatch(text)
	if m == nil {
		return newEngineError(codeUnknown, "UNKNOWN_EXCEPTION", "%s", text)
	}
	code, err := strconv.Atoi(m[1])
	if err != nil {
		return newEngineError(codeUnknown, "UNKNOWN_EXCEPTION", "%s", text)
	}
	return &EngineError{Code: code, Text: text}
}

func newEngineError(code int, name, format string, args ...any) error {
	return &EngineError{Code: code, Text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name)}
}

// bodyError is a failure of the client's side while a body was read.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "read insert body: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }
