package sink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cenkalti/backoff/v5"
)

// Person says whose rows are meant. One of Users and Account must be given.
type Person struct {
	App     string   // empty: every app
	Users   []string // as stored in the tables
	Account string   // logged-in id as stored: its sessions, with their visits and signals
}

// Holding is how many rows of a person one table has, in all versions and runs.
type Holding struct {
	Table       string
	Rows        uint64
	First, Last time.Time // of the rows; zero without any
}

// personal lists the tables that name people, and the time their partitions follow. No other does: windows and panes
// are sums, a rejected record leaves only its position.
var personal = []struct{ table, at string }{
	{"late_events_log", "event_time"},
	{"signals_log", "started_at"},
	{"step_visits_log", "entered_at"},
	{"sessions_log", "opened_at"}, // last, because it says which sessions an account has if a deletion is interrupted
}

// Holdings counts the rows of a person, table by table.
func (s *Sink) Holdings(ctx context.Context, p Person) ([]Holding, error) {
	var all []Holding
	sessions, err := s.sessionsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, t := range personal {
		h := Holding{Table: t.table}
		where, args := p.where(t.table, sessions)
		err := s.Query(ctx, func(r driver.Rows) error { return r.Scan(&h.Rows, &h.First, &h.Last) },
			"SELECT count(), min("+t.at+"), max("+t.at+") FROM "+s.everywhere(t.table)+" WHERE "+where, args...)
		if err != nil {
			return nil, fmt.Errorf("count rows of a person in %s: %w", t.table, err)
		}
		if h.Rows == 0 {
			h.First, h.Last = time.Time{}, time.Time{}
		}
		all = append(all, h)
	}
	return all, nil
}

// Forget deletes the rows of a person from every table, waits until the parts that held them are written anew, and
// counts again. progress, which may be nil, is called with how many parts of a table are left to do. Rows that arrive meanwhile,
// from a session that is still open, are an error that says so.
func (s *Sink) Forget(ctx context.Context, p Person, progress func(table string, parts uint64)) error {
	sessions, err := s.sessionsOf(ctx, p)
	if err != nil {
		return err
	}
	for _, table := range personal {
		t := table.table
		where, args := p.where(t, sessions)
		if err := s.Exec(ctx, "ALTER TABLE "+s.table(t)+" "+s.onCluster()+" DELETE WHERE "+where, args...); err != nil {
			return fmt.Errorf("delete a person from %s: %w", t, err)
		}
		if err := s.rewritten(ctx, t, progress); err != nil {
			return err
		}
	}
	left, err := s.Holdings(ctx, p)
	if err != nil {
		return err
	}
	for _, h := range left {
		if h.Rows > 0 {
			return fmt.Errorf("forget a person: %d rows have come to %s meanwhile: a session of theirs is still open; once it has closed, forget again", h.Rows, h.Table)
		}
	}
	return nil
}

// rewritten waits until no deletion of a table is left to do.
func (s *Sink) rewritten(ctx context.Context, table string, progress func(string, uint64)) error {
	check := func() (struct{}, error) {
		var parts, waiting uint64
		var why string
		err := s.Query(ctx, func(r driver.Rows) error { return r.Scan(&parts, &waiting, &why) },
			"SELECT toUInt64(sum(parts_to_do)), count(), max(latest_fail_reason) FROM "+s.allReplicas("system.mutations")+
				" WHERE database = {database:String} AND table = {table:String} AND NOT is_done",
			clickhouse.Named("database", s.cfg.Database), clickhouse.Named("table", table))
		switch {
		case err != nil:
			return struct{}{}, err
		case why != "":
			return struct{}{}, backoff.Permanent(fmt.Errorf("the server cannot do it: %s", why))
		case waiting > 0:
			if progress != nil {
				progress(table, parts)
			}
			return struct{}{}, errors.New("parts are left to do")
		}
		return struct{}{}, nil
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 50*time.Millisecond, 2*time.Second
	if _, err := backoff.Retry(ctx, check, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0)); err != nil {
		return fmt.Errorf("wait until %s is written anew: %w", table, err)
	}
	return nil
}

// sessionsOf are the sessions of an account.
func (s *Sink) sessionsOf(ctx context.Context, p Person) (ids []string, err error) {
	if (len(p.Users) == 0) == (p.Account == "") {
		return nil, errors.New("forget a person: give either users or an account")
	}
	if p.Account == "" {
		return nil, nil
	}
	err = s.Query(ctx, func(r driver.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT DISTINCT toString(session_id) FROM "+s.everywhere("sessions_log")+" WHERE account = {account:String} AND {app:String} IN ('', app)",
		clickhouse.Named("account", p.Account), clickhouse.Named("app", p.App))
	if err != nil {
		return nil, fmt.Errorf("find the sessions of an account: %w", err)
	}
	return ids, nil
}

// where is the condition for a person's rows of one table.
func (p Person) where(table string, sessions []string) (sql string, args []any) {
	args = []any{clickhouse.Named("app", p.App)}
	const app = "{app:String} IN ('', app) AND "
	switch {
	case p.Account == "":
		return app + "user IN {users:Array(String)}", append(args, clickhouse.Named("users", p.Users))
	case table == "sessions_log":
		return app + "account = {account:String}", append(args, clickhouse.Named("account", p.Account))
	case table == "late_events_log": // has neither account nor session
		return "0", nil
	}
	return app + "session_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({sessions:Array(String)}) AS id))", append(args, clickhouse.Named("sessions", sessions))
}

func (s *Sink) onCluster() string {
	if s.cfg.Cluster == "" {
		return ""
	}
	return "ON CLUSTER `" + s.cfg.Cluster + "`"
}

// everywhere is a table, read from every shard.
func (s *Sink) everywhere(table string) string {
	if s.cfg.Cluster == "" {
		return s.table(table)
	}
	return "cluster('" + s.cfg.Cluster + "', " + s.table(table) + ")"
}

// allReplicas is a system table of every server.
func (s *Sink) allReplicas(table string) string {
	if s.cfg.Cluster == "" || !strings.Contains(table, ".") {
		return table
	}
	return "clusterAllReplicas('" + s.cfg.Cluster + "', " + table + ")"
}
