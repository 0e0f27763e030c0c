package alert

import (
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/notify"
	"friction/pipeline/query"
	"friction/pipeline/sink"
)

// Options are what an alerter needs. All but Log and Observe are required.
type Options struct {
	Config    Config
	Slide     time.Duration // of the panes, as score.slide of the workers
	Holder    string        // names this alerter among all
	NotBefore time.Time     // nothing earlier is evaluated
	Reader    *query.Reader
	Tables    *sink.Sink
	Log       *zap.Logger
	Observe   Observer
}

// Observer learns what happens, for metrics. Functions may be nil, and are called from several goroutines.
type Observer struct {
	Leads     func(bool) // whether this alerter works
	Evaluated func(at time.Time, took time.Duration, series, unwatched int)
	Open      func([]Alert)
	Change    func(Change)
	Delivered func(receiver string, ok bool)
	Failed    func() // reading or writing the tables
}

// Alerter evaluates what the tables say and notifies receivers, while it holds the lease.
type Alerter struct {
	o         Options
	lease     *Lease
	notifiers []notify.Notifier

	mu   sync.Mutex
	open []Alert
}

// New prepares an alerter.
func New(o Options) (*Alerter, error) {
	if o.Slide%o.Config.EvaluateEvery != 0 {
		return nil, fmt.Errorf("alert.evaluate_every: %v does not divide score.slide %v", o.Config.EvaluateEvery, o.Slide)
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	a := &Alerter{o: o, notifiers: o.Config.Receivers.Notifiers()}
	a.lease = NewLease(o.Config.Lease, o.Holder, struct {
		*query.Reader
		*sink.Sink
	}{o.Reader, o.Tables})
	return a, nil
}

// observe calls a function that may not be there.
func observe[T any](f func(T), v T) {
	if f != nil {
		f(v)
	}
}

func (a *Alerter) failed(what string, err error) {
	if a.o.Observe.Failed != nil {
		a.o.Observe.Failed()
	}
	a.o.Log.Warn("alerter could not "+what+", trying again", zap.Error(err))
}
