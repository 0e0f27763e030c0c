//go:build (linux || darwin) && (amd64 || arm64) && !nolibchdb

package embedded

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"friction/pipeline/embedded/front"
)

// chdbSuccess is the good value of chdb_state.
const chdbSuccess = 0

// engineBuilt says why this build has no engine; it has.
func engineBuilt() error { return nil }

// symbols are the functions of libchdb that we call, with the C types in their Go shape: size_t is uintptr, every
// handle an unsafe.Pointer, a string without its zero byte a pointer and a length.
type symbols struct {
	setSignalHandlers func(enabled int32)
	version           func() string
	connect           func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn         func(conn unsafe.Pointer)

	query       func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamFetch func(conn, result unsafe.Pointer) unsafe.Pointer
	streamStop  func(conn, result unsafe.Pointer)

	insert        func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	insertAppend  func(stream, data unsafe.Pointer, n uintptr) int32
	insertDone    func(stream unsafe.Pointer) unsafe.Pointer
	insertCancel  func(stream unsafe.Pointer)
	insertError   func(stream unsafe.Pointer) string
	insertDestroy func(stream unsafe.Pointer)

	resultBuffer       func(result unsafe.Pointer) unsafe.Pointer
	resultLength       func(result unsafe.Pointer) uintptr
	resultError        func(result unsafe.Pointer) string
	resultRowsRead     func(result unsafe.Pointer) uint64
	resultBytesRead    func(result unsafe.Pointer) uint64
	resultRowsWritten  func(result unsafe.Pointer) uint64
	resultBytesWritten func(result unsafe.Pointer) uint64
	resultDestroy      func(result unsafe.Pointer)
}

// loadSymbols opens the library file and binds every function, so that an unsuitable file is an error here and never a
// crash later.
func loadSymbols(path string) (*symbols, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	s := &symbols{}
	for name, target := range map[string]any{
		"chdb_set_signal_handlers_enabled": &s.setSignalHandlers,
		"chdb_version":                     &s.version,
		"chdb_connect":                     &s.connect,
		"chdb_close_conn":                  &s.closeConn,
		"chdb_query_with_params_n":         &s.query,
		"chdb_stream_query_with_params_n":  &s.streamQuery,
		"chdb_stream_fetch_result":         &s.streamFetch,
		"chdb_stream_cancel_query":         &s.streamStop,
		"chdb_stream_insert_with_params_n": &s.insert,
		"chdb_stream_append":               &s.insertAppend,
		"chdb_stream_done":                 &s.insertDone,
		"chdb_stream_cancel_insert":        &s.insertCancel,
		"chdb_stream_insert_error":         &s.insertError,
		"chdb_destroy_insert_stream":       &s.insertDestroy,
		"chdb_result_buffer":               &s.resultBuffer,
		"chdb_result_length":               &s.resultLength,
		"chdb_result_error":                &s.resultError,
		"chdb_result_rows_read":            &s.resultRowsRead,
		"chdb_result_bytes_read":           &s.resultBytesRead,
		"chdb_result_rows_written":         &s.resultRowsWritten,
		"chdb_result_bytes_written":        &s.resultBytesWritten,
		"chdb_destroy_query_result":        &s.resultDestroy,
	} {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("load %s: it has no %s; version %s of the engine is needed: %w", path, name, libraryVersion, err)
		}
		purego.RegisterFunc(target, address)
	}
	return s, nil
}

// engine is the one ClickHouse engine of this process, bound to one data directory.
type engine struct {
	lib    *symbols
	args   []string
	keeper *session // an open connection, because the engine lets go of the directory with the last one
	zone   string   // time zone of the engine, that of the machine
}

// openEngine starts the engine on dir, with a configuration of ClickHouse's if there is one. The caller holds the lock
// of the directory.
func openEngine(library, dir, config string) (*engine, error) {
	lib, err := loadSymbols(library)
	if err != nil {
		return nil, err
	}
	lib.setSignalHandlers(0) // its handlers would take the signals of the Go runtime
	e := &engine{lib: lib, args: []string{
		"--path=" + dir,
		"--implicit_select=0", // a server refuses "1 + 1"; so do we
		"--async_insert=0",    // an answered insert is a readable insert
	}}
	if config != "" {
		e.args = append(e.args, "--config-file="+config)
	}
	e.keeper, err = e.connect()
	if err != nil {
		return nil, fmt.Errorf("open data directory %s: %w", dir, err)
	}
	_, err = e.keeper.Query(front.Statement{SQL: "SELECT timezone()", Format: "TSVRaw"}, func(data []byte) error {
		e.zone = strings.TrimSpace(string(data))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask the engine for its time zone: %w", err)
	}
	return e, nil
}

// connect opens a session of its own: settings ("--name=value") and the current database are not shared. It costs about
// 0.2 ms. Sessions work in parallel; one session runs one statement at a time.
func (e *engine) connect(settings ...string) (*session, error) {
	args := slices.Concat([]string{"clickhouse"}, e.args, settings)
	argv := make([]*byte, 0, len(args)+1)
	for _, arg := range args {
		argv = append(argv, &append([]byte(arg), 0)[0])
	}
	argv = append(argv, nil)
	conn := e.lib.connect(int32(len(argv)-1), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	if conn == nil {
		return nil, errors.New("the engine refused the connection; is the directory writable and made by the same version?")
	}
	return &session{lib: e.lib, handle: conn, conn: *(*unsafe.Pointer)(conn)}, nil
}

// session opens a session for the HTTP interface.
func (e *engine) session(settings ...string) (front.Session, func(), error) {
	s, err := e.connect(settings...)
	if err != nil {
		return nil, nil, err
	}
	return s, s.close, nil
}

// close lets go of the directory; all other sessions must be closed before. The engine's threads end with the process
// (its chdb_shutdown refuses once a MergeTree table was open), so one process serves one directory, once.
func (e *engine) close() {
	e.keeper.close()
}
