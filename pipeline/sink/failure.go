package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Fault says what can be done about a failure.
type Fault uint8

// The kinds of failure.
const (
	// Passing failures are transient: the network, a busy or restarting server.
	Passing Fault = iota
	// Unclear failures are tried again a few times and are then treated as lasting.
	Unclear
	// Lasting failures stay until somebody acts.
	Lasting
)

// Error is a failed statement. Its text names what failed, ClickHouse's number
// and name of the error, and what to do; never a value of a row.
type Error struct {
	What   string // table or first words of the statement
	Code   int    // ClickHouse's number, 0 when the server did not answer
	Name   string // ClickHouse's name of the error, or what happened instead
	Detail string // the server's message, if it cannot contain values of rows
	Hint   string
	Fault  Fault
	row    bool  // a value of a row may be the cause
	cause  error // only causes without content: the end of a context
}

func (e *Error) Error() string {
	text := "ClickHouse: " + e.Name
	if e.What != "" {
		text = e.What + ": " + text
	}
	if e.Code != 0 {
		text += fmt.Sprintf(" (code %d)", e.Code)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives the end of the context, when that was the cause.
func (e *Error) Unwrap() error { return e.cause }

// Lasts reports whether the failure stays until somebody acts.
func (e *Error) Lasts() bool { return e.Fault == Lasting }

// Number is ClickHouse's number of the error, 0 when the server did not answer.
func (e *Error) Number() int { return e.Code }

// verdict classifies one ClickHouse error. quote says that its message has only names and limits, no values, and may
// be shown.
type verdict struct {
	fault Fault
	quote bool
	hint  string
	row   bool // a value of a row may be the cause
}

const migrateHint = "the tables do not fit this version of friction: run `friction migrate up`"

// verdictOf knows the errors an operator is likely to meet.
func verdictOf(code int32) verdict {
	switch code {
	case 16, 47, 60, 81, 10, 8: // unknown column, identifier, table, database
		return verdict{fault: Lasting, quote: true, hint: migrateHint}
	case 53, 70, 20, 36, 44, 349, 6, 7, 27, 38, 41, 72: // types and values
		return verdict{fault: Lasting, hint: migrateHint, row: true}
	case 131, 321, 469, 691: // too long, out of range, violated constraint, unknown element of an enum
		return verdict{fault: Lasting, row: true}
	case 192, 193, 194, 516: // user or password
		return verdict{fault: Lasting, hint: "check user and password in clickhouse.dsn"}
	case 497, 164, 291: // access denied, read-only user
		return verdict{fault: Lasting, quote: true, hint: "grant the user SELECT and INSERT on the database, and CREATE and ALTER for migrations"}
	case 62, 46, 115, 48: // syntax, unknown function or setting, not implemented
		return verdict{fault: Lasting, quote: true, hint: "is the server older than 25.8?"}
	case 57, 82: // exists already
		return verdict{fault: Lasting, quote: true}
	case 252: // too many parts
		return verdict{fault: Passing, hint: "merges do not keep up: fewer workers or larger clickhouse.block_rows"}
	case 241, 243, 202, 201, 203: // memory, disk, simultaneous queries, quota
		return verdict{fault: Passing, hint: "the server is short of resources"}
	case 3, 159, 160, 209, 210, 394, 425, 439, 236, 242, 285, 286, 319, 999, 225, 733, 744: // time-outs, shutdown, keeper, replicas
		return verdict{fault: Passing}
	}
	return verdict{fault: Unclear}
}

// classify turns an error of a statement without rows into an *Error, with its message. nil stays nil.
func classify(what string, err error) error { return makeError(what, err, true) }

// classifyRows is classify for a statement with rows, whose message may contain their values and is left out.
func classifyRows(what string, err error) error { return makeError(what, err, false) }

// makeError sorts an error of the client: what it is called, whether it may pass by itself, and what to do. With
// quote, messages of the server are kept; without, they are left out, because they may hold values of rows.
func makeError(what string, err error, quote bool) error {
	if err == nil {
		return nil
	}
	e := &Error{What: what}
	var known *Error
	var exception *clickhouse.Exception
	var status *clickhouse.HTTPError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &exception):
		e.fromServer(exception, quote)
	case errors.Is(err, context.Canceled):
		e.Name, e.Fault, e.cause = "stopped", Lasting, context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.Name = "no answer in time"
	case errors.As(err, &status):
		e.Name = fmt.Sprintf("HTTP status %d", status.StatusCode)
		e.Fault = statusFault(status.StatusCode)
		if status.StatusCode == http.StatusBadRequest {
			e.Hint = "does the server want https:// in clickhouse.dsn?"
		}
	case isNetwork(err):
		e.Name, e.Hint = "connection failed: "+networkReason(err), "is the server running and clickhouse.dsn right?"
	default:
		e.Name, e.Fault = "the client gave up", Unclear
		if quote {
			e.Detail = firstLine(innermost(err).Error())
		}
	}
	return e
}

func (e *Error) fromServer(x *clickhouse.Exception, quote bool) {
	v := verdictOf(x.Code)
	e.Code, e.Fault, e.Hint, e.row = int(x.Code), v.fault, v.hint, v.row || v.fault == Unclear
	e.Name = x.CodeName
	if e.Name == "" {
		e.Name = "error"
	}
	if v.quote || quote {
		e.Detail = firstLine(x.Message)
	}
}

func firstLine(s string) string {
	const most = 300
	for i := range s {
		if s[i] == '\n' || i >= most {
			return s[:i]
		}
	}
	return s
}

func statusFault(status int) Fault {
	switch {
	case status == 429 || status == 408 || status >= 500:
		return Passing
	case status == 401 || status == 403 || status == 404:
		return Lasting
	}
	return Unclear
}

func isNetwork(err error) bool {
	var network net.Error
	var op *net.OpError
	return errors.As(err, &network) || errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, clickhouse.ErrAcquireConnTimeout) || errors.Is(err, io.ErrClosedPipe)
}

// networkReason is the innermost cause, because the message of a URL error contains the URL.
func networkReason(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + ": " + innermost(op.Err).Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "unknown host " + dns.Name
	}
	return innermost(err).Error()
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// reason is the failure in a word, for metrics.
func (e *Error) reason() string {
	switch {
	case e.Code != 0 && e.Name != "error":
		return e.Name
	case e.Code != 0:
		return fmt.Sprintf("code_%d", e.Code)
	case e.Name == "no answer in time":
		return "timeout"
	}
	return "connection"
}
