package embedded

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
)

// Options configure a ClickHouse in a process of its own. Only Dir is required.
type Options struct {
	Dir     string // where the data lives; made if missing
	Addr    string // of the HTTP interface, default DefaultClickHouseAddr; port 0 picks a free one
	Library LibraryOptions
	Config  string // as in ClickHouseOptions

	Executable string // as in ProcessOptions, like the three below
	Args       []string
	Env        []string
	Output     io.Writer
}

// ClickHouse is a running ClickHouse with its HTTP interface, in a process of its own that ends with this one.
// It has the methods Addr, PID, Done, Stop and Kill.
type ClickHouse struct {
	*process
	secret string
}

// StartClickHouse gets the engine's library if this machine does not have it yet, starts the server and waits until it
// answers: at most until ctx ends, or two minutes. The library is fetched under ctx alone, because a download may take
// longer.
func StartClickHouse(ctx context.Context, o Options) (*ClickHouse, error) {
	library, err := Library(ctx, o.Library)
	if err != nil {
		return nil, err
	}
	if o.Addr == "" {
		o.Addr = DefaultClickHouseAddr
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find data directory: %w", err)
	}
	child := childOptions{ClickHouse: &ClickHouseOptions{Dir: dir, Addr: o.Addr, Library: LibraryOptions{Path: library}, Config: o.Config}}
	p, err := startProcess(ctx, "clickhouse", []string{"clickhouse", "--dir", dir, "--addr", o.Addr}, child, ProcessOptions{
		Executable: o.Executable,
		Args:       o.Args,
		Env:        append([]string{LibraryEnv + "=" + library}, o.Env...),
		Output:     o.Output,
	})
	if err != nil {
		return nil, err
	}
	secret, err := password()
	if err == nil && secret == "" {
		secret, err = Token(dir)
	}
	if err != nil {
		p.kill()
		return nil, err
	}
	return &ClickHouse{process: p, secret: secret}, nil
}

// URL is where it answers, with user and token.
func (c *ClickHouse) URL() string { return address(c.Addr(), c.secret) }

// DSN is the data source name for clickhouse-go, of the database "default".
func (c *ClickHouse) DSN() string { return c.URL() + "/default" }
