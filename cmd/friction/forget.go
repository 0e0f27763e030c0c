package main

import (
	"context"
	"fmt"
	"strings"

	"friction/pipeline/display"
	"friction/pipeline/sink"
)

type forgetCommand struct {
	database
	User     string `arg:"" help:"The user, as the tracker sends it; with --account the logged-in id."`
	App      string `placeholder:"NAME" help:"Only of this product or tenant (default: every app)."`
	Account  bool   `help:"The id is an account: delete its sessions and what belongs to them (default: it is a user)."`
	AsStored bool   `help:"The id is as stored in the tables, for example a pseudonym (default: it is pseudonymised first if the configuration says so)."`
	Yes      bool   `help:"Delete (default: only show what would be deleted)."`
}

func (forgetCommand) Help() string {
	return `Deletes one user from every table, in all runs and versions, and checks that nothing is left. Without --yes it only
shows what there is. If ids are pseudonymised, use the configuration of the workers: the pseudonym is made with its key, and rows from
before pseudonyms were switched on are found, too.

Sums of steps (panes, windows, scores) name nobody and stay. This command cannot delete from Kafka topics (dead letters included), the
checkpoint log, and backups of ClickHouse: see docs/data.md.

Example:
  friction forget u0001234 --config friction.yaml --yes`
}

func (c forgetCommand) Run(ctx context.Context, w world) error {
	if c.User == "" {
		return misused("the user is empty")
	}
	cfg, err := c.load(w)
	if err != nil {
		return err
	}
	person := sink.Person{App: c.App}
	ids := []string{c.User}
	if stored := cfg.Input.Pseudonymise.Of(c.User); !c.AsStored && stored != c.User {
		ids = []string{stored, c.User}
		w.say("in the tables: %s", stored)
	}
	if person.Users = ids; c.Account {
		person.Users, person.Account = nil, ids[0]
	}
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error { return c.forget(ctx, w, s, person) })
}

// forget shows what there is of a person, and deletes it when that was confirmed.
func (c forgetCommand) forget(ctx context.Context, w world, s *sink.Sink, person sink.Person) error {
	found, err := s.Holdings(ctx, person)
	if err != nil {
		return err
	}
	rows := listHoldings(w.answers(), found)
	switch {
	case rows == 0:
		w.say("The tables have no rows of %s. A session that is still open has not written all its rows yet.", c.User)
		return nil
	case !c.Yes:
		w.say("Nothing has been deleted. With --yes these %d rows are deleted permanently.", rows)
		return nil
	}
	show, end := leftToDo(w)
	err = s.Forget(ctx, person, show)
	end()
	if err != nil {
		return err
	}
	w.say("Deleted, and counted again: the tables have no rows of %s any more.", c.User)
	for _, line := range []string{
		"Records in Kafka (inputs, dead letters, the checkpoint log) stay until their retention ends; a new run from them would write the",
		"rows again, so repeat this command after it. If the user has an open session now, its rows come when it closes: repeat it then, too.",
		"ClickHouse removes the old files within about ten minutes. Backups are not changed.",
	} {
		w.say("%s", line)
	}
	return nil
}

// leftToDo shows on a terminal, and only there, what is left to write anew.
func leftToDo(w world) (show func(table string, parts uint64), end func()) {
	if _, terminal := terminalOf(w.stderr); !terminal {
		return nil, func() {}
	}
	show = func(table string, parts uint64) {
		fmt.Fprintf(w.stderr, "\r%s: %d parts left to rewrite \x1b[K", display.Plain(strings.TrimSuffix(table, "_log")), parts)
	}
	return show, func() { fmt.Fprint(w.stderr, "\r\x1b[K") }
}

// listHoldings shows what there is and returns how many rows.
func listHoldings(out *display.Terminal, found []sink.Holding) (n uint64) {
	rows := [][]string{{"TABLE", "ROWS", "FROM", "TO"}}
	for _, h := range found {
		n += h.Rows
		rows = append(rows, []string{strings.TrimSuffix(h.Table, "_log"), fmt.Sprint(h.Rows), moment(h.First), moment(h.Last)})
	}
	out.Table(rows)
	return n
}
