package alerter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/alert"
	"friction/pipeline/query"
	"friction/pipeline/sink"
	"friction/pipeline/status"
	"friction/pipeline/waiting"
)

// Options are what an alerter is told. Log is required.
type Options struct {
	Config     alert.Config
	Slide      time.Duration // score.slide of the workers
	NotBefore  time.Time     // event time from which on it judges; zero: from where the last alerter ended
	ClickHouse sink.Config
	Log        *zap.Logger
	Version    string
	HTTP       status.Config // empty address: no HTTP
}

// Open connects an alerter to ClickHouse; close it after use.
func Open(o Options, observe alert.Observer) (*alert.Alerter, func() error, error) {
	reader, err := query.Open(query.Config{DSN: o.ClickHouse.DSN, CA: o.ClickHouse.TLS.CA, Database: o.ClickHouse.Database, Timeout: o.ClickHouse.AttemptTimeout})
	if err != nil {
		return nil, nil, err
	}
	tables, err := sink.Open(o.ClickHouse, o.Log, sink.Observer{})
	if err != nil {
		return nil, nil, errors.Join(err, reader.Close())
	}
	done := func() error { return errors.Join(reader.Close(), tables.Close()) }
	a, err := alert.New(alert.Options{
		Config: o.Config, Slide: o.Slide, NotBefore: o.NotBefore, Holder: holderName(), Reader: reader, Tables: tables, Log: o.Log, Observe: observe,
	})
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return a, done, nil
}

// holderName is this process's alone.
func holderName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}

// Serve runs an alerter with its health and metrics over HTTP until ctx ends.
func Serve(ctx context.Context, o Options) (err error) {
	m := NewMetrics(o.Version)
	a, done, err := Open(o, m.observer())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return status.RunBeside(ctx, o.Log, o.HTTP, status.Options{Ready: m.ready, Metrics: status.MetricsOf(m.Registry)},
		func(ctx context.Context) error { return a.Run(waiting.Forever(o.Log).In(ctx)) })
}

// Found is what one evaluation has found.
type Found struct {
	Changes []Shown
	Open    []Shown // afterwards
}

// Once evaluates once. A dry run needs no lease, writes nothing and notifies nobody.
func Once(ctx context.Context, o Options, dry bool) (found Found, err error) {
	var open []alert.Alert
	a, done, err := Open(o, alert.Observer{Open: func(all []alert.Alert) { open = all }})
	if err != nil {
		return Found{}, err
	}
	defer func() { err = errors.Join(err, done()) }()
	var changes []alert.Change
	if dry {
		changes, open, err = a.DryRun(ctx)
	} else {
		changes, err = a.RunOnce(ctx)
	}
	return Found{ShowAll(changes), ShowAll(open)}, err
}
