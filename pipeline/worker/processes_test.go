//go:build unix

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"friction/pipeline/checkpoint"
	"friction/pipeline/embedded"
	"friction/pipeline/rules"
	"friction/pipeline/sink"
	"friction/pipeline/source"
	"friction/pipeline/status"
)

// Some tests start this test binary again, as a worker or as ClickHouse, so that it can be killed and frozen like the
// real program.
const (
	workerEnv     = "FRICTION_TEST_WORKER"
	clickhouseEnv = "FRICTION_TEST_CLICKHOUSE"
)

// maybeRunProcess is called first in TestMain. In a process that a test has started it does not return.
func maybeRunProcess() {
	var err error
	switch {
	case os.Getenv(workerEnv) != "":
		err = runWorkerProcess(os.Getenv(workerEnv))
	case os.Getenv(clickhouseEnv) != "":
		err = runClickHouseProcess(os.Getenv(clickhouseEnv))
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runClickHouseProcess(options string) error {
	var o embedded.ClickHouseOptions
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return embedded.ServeClickHouse(ctx, o)
}

// workerSpec is all that a worker's process is told.
type workerSpec struct {
	Config     Config
	Kafka      source.Config
	ClickHouse sink.Config
	Rules      json.RawMessage
	HTTP       string
	Faults     []fault
	ChunkBytes int // of the log's records
	Promote    string

	MemoryLimit int64 // bytes, 0 for none
}

func runWorkerProcess(text string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var s workerSpec
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	given := &rules.Rules{}
	if err := json.Unmarshal(s.Rules, given); err != nil {
		return err
	}
	inForce, err := rules.New(given.Engine, given.Decode)
	if err != nil {
		return err
	}
	c := zap.NewProductionEncoderConfig()
	c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	log := zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(c), os.Stderr, zap.InfoLevel))
	w, err := New(Options{
		Config: s.Config, Kafka: s.Kafka, Rules: inForce, ClickHouse: s.ClickHouse, Log: log, Metrics: NewMetrics("test"), MemoryLimit: s.MemoryLimit,
		PromoteConfig: s.Promote,
	})
	if err != nil {
		return err
	}
	f := &faults{list: s.Faults}
	logOf := w.logOf
	w.logOf = func(p int32) checkpoint.Log { return faultyLog{logOf(p), f} }
	w.chunkBytes = s.ChunkBytes
	w.out.Inserter.sink = faultySink{w.clickhouse.Sink, f}
	return w.runBeside(ctx, status.Config{Addr: s.HTTP})
}

// fault is something that happens inside a worker, at a place no signal from
// outside would hit.
type fault struct {
	At   string // append or insert
	N    int    // at which call of the process, from 1
	Do   string // one of those below
	File string // a file made when it is reached
}

// What a fault does.
const (
	dieBefore    = "die before"    // the call is not made
	dieAfter     = "die after"     // the call is made and nobody hears of it
	dieHalf      = "die half-way"  // some of the rows of an insert are there
	freezeBefore = "freeze before" // until somebody wakes the process
	loseAnswer   = "lose answer"   // the call is made, and said to be unclear
	loseRequest  = "lose request"  // the call is not made, and said to be unclear
)

// faults counts calls and says what is to happen at one.
type faults struct {
	list             []fault
	appends, inserts atomic.Int64
}

func (f *faults) due(at string) string {
	n := &f.appends
	if at == "insert" {
		n = &f.inserts
	}
	now := int(n.Add(1))
	for _, x := range f.list {
		if x.At == at && x.N == now {
			if err := os.WriteFile(x.File, nil, 0o600); err != nil {
				panic(err)
			}
			return x.Do
		}
	}
	return ""
}

func signalSelf(s syscall.Signal) { _ = syscall.Kill(os.Getpid(), s) }

// die ends the process as a power cut would.
func die() {
	signalSelf(syscall.SIGKILL)
	select {}
}

var errLost = errors.New("the connection was lost")

type faultyLog struct {
	checkpoint.Log
	f *faults
}

func (l faultyLog) Append(ctx context.Context, value []byte) (int64, error) {
	what := l.f.due("append")
	switch what {
	case dieBefore:
		die()
	case freezeBefore:
		signalSelf(syscall.SIGSTOP)
	case loseRequest:
		return 0, errLost
	}
	at, err := l.Log.Append(ctx, value)
	switch what {
	case dieAfter:
		die()
	case loseAnswer:
		return 0, errLost
	}
	return at, err
}

type faultySink struct {
	Sink
	f *faults
}

func (s faultySink) Insert(ctx context.Context, batches []sink.Batch) error {
	what := s.f.due("insert")
	switch what {
	case dieBefore:
		die()
	case freezeBefore:
		signalSelf(syscall.SIGSTOP)
	case dieHalf:
		half := batches[0]
		rows := *half.Rows
		rows.Visits, rows.Panes, rows.Progress = rows.Visits[:len(rows.Visits)/2], rows.Panes[:len(rows.Panes)/2], nil
		half.Rows = &rows
		_ = s.Sink.Insert(ctx, []sink.Batch{half})
		die()
	}
	err := s.Sink.Insert(ctx, batches)
	if what == dieAfter {
		die()
	}
	return err
}
