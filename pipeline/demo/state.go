package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"friction/pipeline/sink"
)

// state is what one start of the demo leaves to the next.
type state struct {
	Run         string    // the worker's, named when the history was begun
	Kafka       string    // broker it was begun with; empty: its own
	ClickHouse  string    // server it was begun with, without password; empty: its own
	Partitions  int       // of the topics
	HistoryFrom time.Time // when the history begins
	Loaded      bool      // the history is complete
	Events      uint64    // of the history
	Seconds     float64   // it took until all of them were in ClickHouse
	FirstLive   time.Time // when live traffic began for the first time
	LastSent    time.Time // until when traffic has been sent

	dir   string
	fresh bool // there was no state, or one of no use
}

// The files of the demo's directory.
const (
	lockFile       = "lock" // of embedded.LockDir
	stateFile      = "demo.json"
	truthFile      = "truth.ndjson"
	workerLogFile  = "worker.log"
	alerterLogFile = "alerter.log"
	kafkaDir       = "kafka"
	tablesDir      = "clickhouse"
)

// openState reads what the last start left. A history that was not finished is of no use: its own servers' data is
// removed, and it begins anew.
func openState(o Options) (*state, error) {
	now := time.Now().UTC()
	next := &state{
		Run: now.Format("20060102T150405"), Kafka: o.Kafka, ClickHouse: masked(o.ClickHouse), Partitions: o.Partitions,
		HistoryFrom: now.Add(-o.history), dir: o.Dir, fresh: true,
	}
	b, err := os.ReadFile(filepath.Join(o.Dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return next, next.refuseOthers()
	}
	if err != nil {
		return nil, fmt.Errorf("demo: read its state: %w", err)
	}
	s := &state{dir: o.Dir}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("demo: %s is damaged (%w); to start over: rm -r %s", filepath.Join(o.Dir, stateFile), err, o.Dir)
	}
	if s.Kafka != next.Kafka || s.ClickHouse != next.ClickHouse {
		return nil, fmt.Errorf("demo: the one in %s was begun with %s; go on with these, or give another directory with --dir", o.Dir, s.with())
	}
	if s.Loaded {
		return s, nil
	}
	for _, dir := range []string{kafkaDir, tablesDir} {
		if err := os.RemoveAll(filepath.Join(o.Dir, dir)); err != nil {
			return nil, fmt.Errorf("demo: remove an unfinished history: %w", err)
		}
	}
	return next, nil
}

// refuseOthers makes sure that no directory of somebody else's is written into.
func (s *state) refuseOthers() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("demo: read directory: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{lockFile, workerLogFile, alerterLogFile, truthFile, stateFile + ".new"}, e.Name()) {
			return fmt.Errorf("demo: %s holds %s, which no demo has left there: give a directory of its own with --dir", s.dir, e.Name())
		}
	}
	return nil
}

func (s *state) with() string {
	kafka, clickhouse := s.Kafka, s.ClickHouse
	if kafka == "" {
		kafka = "a Kafka of its own"
	}
	if clickhouse == "" {
		clickhouse = "a ClickHouse of its own"
	}
	return kafka + " and " + clickhouse
}

// save writes the state whole or not at all.
func (s *state) save() error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("demo: encode its state: %w", err)
	}
	path := filepath.Join(s.dir, stateFile)
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("demo: write its state: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("demo: write its state: %w", err)
	}
	return nil
}

// perSecond is how fast the history was loaded, 0 when it was not.
func (s *state) perSecond() float64 {
	if s.Seconds <= 0 {
		return 0
	}
	return float64(s.Events) / s.Seconds
}

// masked is a DSN as people may see it.
func masked(dsn string) string {
	if dsn == "" {
		return ""
	}
	return sink.MaskDSN(dsn)
}
