//go:build !((linux || darwin) && (amd64 || arm64) && !nolibchdb)

package embedded

import (
	"errors"

	"friction/pipeline/embedded/front"
)

// errNoEngine is what a build without the binding answers to everything.
var errNoEngine = errors.New("this build has no embedded ClickHouse engine (it needs linux or macOS on amd64 or arm64, and a build without the tag nolibchdb); use --clickhouse with the address of a server of your own")

// engineBuilt says why this build has no engine.
func engineBuilt() error { return errNoEngine }

type engine struct{ zone string }

func openEngine(library, dir, config string) (*engine, error) { return nil, errNoEngine }

func (e *engine) session(settings ...string) (front.Session, func(), error) {
	return nil, nil, errNoEngine
}

func (e *engine) close() {}
