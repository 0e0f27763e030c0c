package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"friction/pipeline/worker"
)

// startWorker runs the worker until it is stopped; when it fails, so does the demo.
func startWorker(in *instance, s *servers) error {
	log, file, err := openLog(filepath.Join(in.o.Dir, workerLogFile))
	if err != nil {
		return err
	}
	rules, err := shopRules()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c := worker.DefaultConfig()
	c.Run = in.state.Run
	w, err := worker.New(worker.Options{
		Config: c, Kafka: s.kafka, Rules: rules, ClickHouse: s.tables, Log: log, Metrics: worker.NewMetrics(in.o.Version),
		Alone: true, // a later version of the demo may have other rules
	})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := w.Run(ctx)
		if err != nil {
			in.fail(fmt.Errorf("demo: the worker failed (its log is %s): %w", file.Name(), err))
		}
		ended <- err
	}()
	s.before = len(in.stops)
	in.push("the worker", func(limit context.Context) error {
		stop()
		select {
		case err := <-ended:
			return errors.Join(err, file.Close())
		case <-limit.Done():
			return limit.Err()
		}
	})
	return nil
}

// openLog appends the worker's lines to a file: the screen is for the table.
func openLog(path string) (*zap.Logger, *os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("demo: open the worker's log: %w", err)
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.TimeKey, encoder.MessageKey, encoder.EncodeTime = "time", "message", zapcore.ISO8601TimeEncoder
	encoder.EncodeDuration = zapcore.StringDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoder), zapcore.Lock(file), zap.InfoLevel)), file, nil
}
