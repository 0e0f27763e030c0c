package front

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrNotStreamable says that the engine runs this kind of statement in one piece only.
var ErrNotStreamable = errors.New("statement cannot be streamed")

// Statement is one SQL statement for the engine. Format is that of the result, or of the rows of an INSERT (SQL then
// ends before FORMAT).
type Statement struct {
	SQL    string
	Format string
	Params []Parameter
}

// Parameter is the text of one {name:Type} placeholder.
type Parameter struct {
	Name, Value string
}

// Summary counts what a statement read and wrote.
type Summary struct {
	ReadRows, ReadBytes, WrittenRows, WrittenBytes uint64
}

// Add adds the counts of one more block.
func (s *Summary) Add(o Summary) {
	s.ReadRows += o.ReadRows
	s.ReadBytes += o.ReadBytes
	s.WrittenRows += o.WrittenRows
	s.WrittenBytes += o.WrittenBytes
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
	codeAccessDenied   = 497
	codeAuthentication = 516
	codeQueryTooLarge  = 307
	codeUnsupported    = 48
	codeCannotRead     = 33
)

var codePattern = regexp.MustCompile(`^Code: (\d+)\. `)

// ParseEngineError makes an error of the engine's text.
func ParseEngineError(text string) error {
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

// BodyError is a failure of the client's side while a body was read.
type BodyError struct{ Err error }

func (e *BodyError) Error() string { return "read insert body: " + e.Err.Error() }
func (e *BodyError) Unwrap() error { return e.Err }
