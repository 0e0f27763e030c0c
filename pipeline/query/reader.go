package query

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"friction/pipeline/waiting"
)

// Config says where to read. DSN and Database are required.
type Config struct {
	// DSN is http://, https:// or clickhouse:// (native), with user and password, if there are any.
	DSN string
	// CA are the certificates to trust if the DSN asks for TLS, as PEM text; empty means those of the system.
	CA string
	// Database holds the views.
	Database string
	// Timeout bounds one query; 0 is 30 s.
	Timeout time.Duration
}

// Reader asks ClickHouse. It is safe for concurrent use.
type Reader struct {
	conn     driver.Conn
	name     string // of the server, for people
	database string
	timeout  time.Duration
}

var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// Open prepares the connection; it does not contact the server yet. Errors never show the DSN, which may hold a
// password.
func Open(c Config) (*Reader, error) {
	if !databaseName.MatchString(c.Database) {
		return nil, fmt.Errorf("open ClickHouse for reading: database %q is not a plain name (letters, digits, _)", c.Database)
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	options, err := clickhouse.ParseDSN(secured(c.DSN))
	if err != nil {
		return nil, errors.New("open ClickHouse for reading: the DSN is not understood; want http://user:password@host:8123 or clickhouse://user:password@host:9000")
	}
	if c.CA != "" && options.TLS != nil {
		options.TLS.RootCAs = x509.NewCertPool()
		if !options.TLS.RootCAs.AppendCertsFromPEM([]byte(c.CA)) {
			return nil, errors.New("open ClickHouse for reading: the certificates to trust are no PEM text")
		}
	}
	options.Auth.Database = "" // every query names its own
	options.ReadTimeout = c.Timeout
	options.DialTimeout = min(c.Timeout, 10*time.Second)
	options.ClientInfo = clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{Name: "friction"}}}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse for reading: %w", err)
	}
	return &Reader{conn: conn, name: "ClickHouse at " + strings.Join(options.Addr, ","), database: c.Database, timeout: c.Timeout}, nil
}

// secured turns the scheme https:// into the parameter by which the client uses TLS.
func secured(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "https" || u.Query().Has("secure") {
		return dsn
	}
	q := u.Query()
	q.Set("secure", "true")
	u.RawQuery = q.Encode()
	return u.String()
}

// Close ends the connection.
func (r *Reader) Close() error {
	if err := r.conn.Close(); err != nil {
		return fmt.Errorf("close ClickHouse: %w", err)
	}
	return nil
}

// view is the full name of a view.
func (r *Reader) view(name string) string { return r.database + "." + name }

// rows reads all rows of a SELECT; what is the name of the question in errors. Arguments are clickhouse.Named, for
// {name:Type} in the statement.
func (r *Reader) rows(ctx context.Context, what string, scan func(driver.Rows) error, sql string, args ...any) (err error) {
	ctx, wait := waiting.Begin(ctx, r.name, "read "+what)
	defer func() { err = wait.End(err) }()
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	rows, err := r.conn.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("read %s: %w", what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

func millis(t time.Time) int64 { return t.UnixMilli() }

// Question is a question to ClickHouse.
type Question interface {
	// SQL is the statement that answers it, with its values in it; the error says what is wrong with the question.
	SQL(database string) (string, error)
}

// ask reads the answer into a slice of structs with ch tags.
func (r *Reader) ask(ctx context.Context, what string, into any, q Question) error {
	sql, err := q.SQL(r.database)
	if err != nil {
		return err
	}
	ctx, wait := waiting.Begin(ctx, r.name, "read "+what)
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	if err := r.conn.Select(ctx, into, sql); err != nil {
		return wait.End(fmt.Errorf("read %s: %w", what, err))
	}
	return wait.End(nil)
}
