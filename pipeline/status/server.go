package status

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Condition is one thing that must hold for the program to be ready.
type Condition struct {
	Name string
	OK   bool
	Note string // what is the case, for people
}

// Options are what the server shows.
type Options struct {
	// Ready tells the conditions of readiness. Liveness depends on nothing but the
	// program answering.
	Ready   func() []Condition
	Metrics http.Handler
}

// Server answers while Run runs.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Listen binds the address.
func Listen(c Config, o Options) (*Server, error) {
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("serve health and metrics: %w; choose another http.addr", err)
	}
	return &Server{&boundedListener{Listener: l, most: maxConnections}, &http.Server{
		Handler: bounded(handler(o)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}}, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends, then waits for answers under way.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve health and metrics: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.http.Shutdown(stop)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, o.Ready()) })
	mux.Handle("GET /metrics", o.Metrics)
	return mux
}

// maxBody is the most that a request may carry: nothing here takes a body.
const maxBody = 4 << 10

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBody {
			http.Error(w, "nothing here takes a body", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// ready answers 200 when every condition holds, else 503, and names those that
// do not; ?verbose names all.
func ready(w http.ResponseWriter, r *http.Request, conditions []Condition) {
	all := true
	for _, c := range conditions {
		all = all && c.OK
	}
	if !all {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for _, c := range conditions {
		if c.OK && !r.URL.Query().Has("verbose") {
			continue
		}
		prefix := "ok  "
		if !c.OK {
			prefix = "not "
		}
		_, _ = fmt.Fprintf(w, "%s%s: %s\n", prefix, c.Name, c.Note)
	}
	if all {
		_, _ = fmt.Fprintln(w, "ready")
	}
}
