package embedded

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/embedded/front"
)

// DefaultClickHouseAddr is where ClickHouse's HTTP interface usually is.
const DefaultClickHouseAddr = "127.0.0.1:8123"

// stopWait is how long running statements may take to end when the server is asked to stop, and again when they have
// been killed for it.
const stopWait = 5 * time.Second

// ClickHouseOptions configure the engine of this process. Only Dir is required.
type ClickHouseOptions struct {
	Dir string // where the data lives; made if missing
	// Addr is of the HTTP interface, default DefaultClickHouseAddr; port 0 picks a free one. Clients give the token of Dir
	// as their password (see [Token]), or the password that [PasswordEnv] sets. Beyond this machine there must be one.
	Addr    string
	Library LibraryOptions // where the engine's library comes from
	// Config is a file with a server configuration of ClickHouse's own, for tests: it replaces the one that keeps the
	// engine's user from files, other servers and programs.
	Config string
	// Confine executes the program once more, as the same process, with no right to reach any file but those of the engine,
	// where the kernel can do that (Linux with Landlock). The program must then come here again with the same options.
	Confine bool
	// Ready is called once, when the server answers, with its address and with the URL that has the user and the token, too.
	// When nil, the line that StartClickHouse waits for is printed to standard output.
	Ready func(addr, url string) `json:"-"`
}

// ServeClickHouse runs the ClickHouse engine in this process and its HTTP interface on Addr, until ctx ends; it then
// lets running statements finish. It returns nil when ctx ended and all was closed in order. A process can do this
// once: the engine does not start a second time.
//
// When the process was started by StartClickHouse, the end of the parent ends it too.
func ServeClickHouse(ctx context.Context, o ClickHouseOptions) error {
	if o.Confine {
		if err := confineServer(ctx, o); err != nil {
			return err
		}
	}
	ctx, stop := withParent(ctx)
	defer stop()
	if o.Addr == "" {
		o.Addr = DefaultClickHouseAddr
	}
	set, err := password()
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return fmt.Errorf("address %q is not host:port: %w", o.Addr, err)
	}
	loopback := front.IsLoopback(host)
	if !loopback && set == "" {
		return errNoPassword
	}
	listener, err := listen(o.Addr, "--addr")
	if err != nil {
		return err
	}
	defer listener.Close()
	library, err := Library(ctx, o.Library)
	if err != nil {
		return err
	}
	lock, dir, err := lockDataDir(o.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	secret := set
	if secret == "" {
		if secret, err = makeToken(dir); err != nil {
			return err
		}
	}
	if o.Config == "" {
		if o.Config, err = writeRights(dir); err != nil {
			return err
		}
	}
	engine, err := openEngine(library, filepath.Join(dir, "data"), o.Config)
	if err != nil {
		return err
	}
	addr := listener.Addr().String()
	if o.Ready == nil || environment(parentEnv) != "" { // the parent knows the token, and nobody else reads its log for it
		PrintReady(addr)
	} else {
		o.Ready(addr, address(addr, secret))
	}
	if err := serveFront(ctx, engine, listener, front.Options{Secret: secret, Loopback: loopback}); err != nil {
		return err // a statement may still run, so the engine stays as it is
	}
	engine.close()
	return nil
}

// confineServer gets what lies outside of what the engine may reach, and confines the process.
func confineServer(ctx context.Context, o ClickHouseOptions) error {
	if o.Dir == "" {
		return errNoDir
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return fmt.Errorf("find data directory: %w", err)
	}
	if err := privateDir(dir); err != nil {
		return err
	}
	library, err := Library(ctx, o.Library)
	if err != nil {
		return err
	}
	return confine(dir, library, o.Config)
}

// serveFront serves the HTTP interface until the context ends. Running statements then have stopWait to finish; after
// that they are interrupted.
func serveFront(ctx context.Context, engine *engine, listener net.Listener, o front.Options) error {
	statements, interrupt := context.WithCancel(context.WithoutCancel(ctx))
	defer interrupt()
	o.Connect, o.Zone = engine.session, engine.zone
	handler := front.New(o)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       10 * time.Minute, // longer than clients keep connections, so that none is closed under a request
		MaxHeaderBytes:    1 << 20,
		ErrorLog:          zap.NewStdLog(zap.NewNop()), // it would only tell of clients that went away
		BaseContext:       func(net.Listener) context.Context { return statements },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve ClickHouse's HTTP interface: %w", err)
	case <-ctx.Done():
	}
	err := handler.Drain(stopWait)
	if err != nil {
		interrupt() // what still runs is killed
		err = handler.Drain(stopWait)
	}
	closeServer(statements, server)
	<-served
	if err != nil {
		return fmt.Errorf("stop ClickHouse: %w", err)
	}
	return nil
}

// closeServer lets answers that were made go out, and then closes what is left: connections that were opened and never
// used would hold it up for seconds.
func closeServer(ctx context.Context, server *http.Server) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	_ = server.Shutdown(ctx)
	_ = server.Close()
}
