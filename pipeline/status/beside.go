package status

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// NewRegistry has the metrics that every program shows: its version, the Go runtime and the process.
func NewRegistry(version string) *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// maxScrapes is how many requests for metrics are answered at a time; others get 503. Each takes memory for all series.
const maxScrapes = 4

// MetricsOf answers with the metrics of a registry.
func MetricsOf(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError, MaxRequestsInFlight: maxScrapes})
}

// RunBeside runs something with its health and metrics over HTTP. The server stops after it. Without an address there is
// no server.
func RunBeside(ctx context.Context, log *zap.Logger, c Config, o Options, run func(context.Context) error) error {
	if c.Addr == "" {
		return run(ctx)
	}
	server, err := Listen(c, o)
	if err != nil {
		return err
	}
	log.Info("health and metrics", zap.String("addr", "http://"+server.Addr()))
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	var served error
	wg.Go(func() { served = server.Run(serving) })
	err = run(ctx)
	stop()
	wg.Wait()
	return errors.Join(err, served)
}
