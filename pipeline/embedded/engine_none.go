//go:build !((linux || darwin) && (amd64 || arm64) && !nolibchdb)

package embedded

import (
	"errors"
	"io"
)

// errNoEngine is what a build without the binding answers to everything.
var errNoEngine = errors.New("this build has no embedded ClickHouse engine (it needs linux or macOS on amd64 or arm64, and a build without the tag nolibchdb); use --clickhouse with the address of a server of your own")

// engineBuilt says why this build has no engine.
func engineBuilt() error { return errNoEngine }

type engine struct{ zone string }

type session struct{}

func openEngine(library, dir, config string) (*engine, error) { return nil, errNoEngine }

func (e *engine) connect(settings ...string) (*session, error) { return nil, errNoEngine }

func (e *engine) close() {}

func (s *session) close() {}

func (s *session) query(st statement, sink func([]byte) error) (summary, error) {
	return summary{}, errNoEngine
}

func (s *session) stream(st statement, sink func([]byte) error) (summary, error) {
	return summary{}, errNoEngine
}

func (s *session) insert(st statement, body io.Reader) (summary, error) {
	return summary{}, errNoEngine
}
