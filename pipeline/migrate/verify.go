package migrate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Problem is the kind of a difference between a server and this program.
type Problem string

// The kinds of difference.
const (
	MissingTable  Problem = "missing_table"
	MissingView   Problem = "missing_view"
	MissingColumn Problem = "missing_column"
	OtherType     Problem = "other_type"
	ChangedStep   Problem = "changed_step"
	PendingStep   Problem = "pending_step"
)

// Finding is one difference.
type Finding struct {
	Problem Problem
	Object  string // table or view, or the key of a step
	Column  string
	Want    string // type or checksum this program expects
	Have    string // type or checksum the server has
}

// String says it for people.
func (f Finding) String() string {
	switch f.Problem {
	case MissingColumn:
		return fmt.Sprintf("%s.%s is missing (want %s)", f.Object, f.Column, f.Want)
	case OtherType:
		return fmt.Sprintf("%s.%s is %s, want %s", f.Object, f.Column, f.Have, f.Want)
	case MissingTable:
		return "table " + f.Object + " is missing"
	case MissingView:
		return "view " + f.Object + " is missing"
	case PendingStep:
		return "step " + f.Object + " has not been applied"
	}
	return "step " + f.Object + " was applied when it read differently"
}

// Verify compares the server with what the migrations of this program make:
// tables, views, columns and their types, and the checksums of applied steps.
// No findings means that this program can work with the database; columns it
// does not know are none of its business.
func (m *Migrator) Verify(ctx context.Context) ([]Finding, error) {
	status, err := m.Status(ctx)
	if err != nil {
		return nil, err
	}
	have, err := m.columns(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	var steps []Step
	for _, st := range status {
		switch st.State {
		case StepUnknown:
			continue
		case StepChanged:
			out = append(out, Finding{Problem: ChangedStep, Object: st.Key()})
		case StepPending:
			out = append(out, Finding{Problem: PendingStep, Object: st.Key()})
		}
		steps = append(steps, st.Step)
	}
	for _, o := range expected(steps) {
		out = append(out, compare(o, have)...)
	}
	return out, nil
}

// expected is what the steps make together: later ones replace views and add columns.
func expected(steps []Step) []object {
	var out []object
	index := map[string]int{}
	for _, s := range steps {
		o := parseObject(s.SQL)
		at, there := index[o.name]
		switch {
		case o.kind == "":
		case o.kind == "column" && there:
			out[at].columns = append(out[at].columns, o.columns...)
		case there:
			out[at] = o
		default:
			index[o.name] = len(out)
			out = append(out, o)
		}
	}
	return out
}

func compare(o object, have map[string]map[string]string) []Finding {
	columns, there := have[o.name]
	if !there {
		problem := MissingTable
		if o.kind == "view" {
			problem = MissingView
		}
		return []Finding{{Problem: problem, Object: o.name}}
	}
	if o.params {
		return nil // the server does not list the columns of a view with parameters
	}
	var out []Finding
	for _, c := range o.columns {
		typ, ok := columns[c.name]
		switch {
		case !ok:
			out = append(out, Finding{Problem: MissingColumn, Object: o.name, Column: c.name, Want: c.typ})
		case typ != c.typ:
			out = append(out, Finding{Problem: OtherType, Object: o.name, Column: c.name, Want: c.typ, Have: typ})
		}
	}
	return out
}

// columns reads the types of all columns of all tables and views.
func (m *Migrator) columns(ctx context.Context) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	database := clickhouse.Named("database", m.o.Database)
	err := m.server.Query(ctx, func(r driver.Rows) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		out[name] = map[string]string{}
		return nil
	}, "SELECT name FROM system.tables WHERE database = {database:String}", database)
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	err = m.server.Query(ctx, func(r driver.Rows) error {
		var table, name, typ string
		if err := r.Scan(&table, &name, &typ); err != nil {
			return err
		}
		if out[table] != nil {
			out[table][name] = normalType(typ)
		}
		return nil
	}, "SELECT table, name, type FROM system.columns WHERE database = {database:String}", database)
	if err != nil {
		return nil, fmt.Errorf("read the columns: %w", err)
	}
	return out, nil
}

// sorted lists the steps of a ledger in order.
func sorted(ledger map[string]StepStatus) []StepStatus {
	var out []StepStatus
	for _, key := range slices.Sorted(maps.Keys(ledger)) {
		out = append(out, ledger[key])
	}
	return out
}
