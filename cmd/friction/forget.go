package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"friction/pipeline/display"
	"friction/pipeline/forget"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

type forgetCommand struct {
	database
	User     string `arg:"" help:"The user, as the tracker sends it; with --account the logged-in id."`
	App      string `placeholder:"NAME" help:"Only of this product or tenant (default: every app)."`
	Account  bool   `help:"The id is an account: delete its sessions and what belongs to them (default: it is a user)."`
	AsStored bool   `help:"The id is as stored in the tables, for example a pseudonym (default: it is pseudonymised first if the configuration says so)."`
	NoKafka  bool   `name:"no-kafka" help:"Do not ask Kafka: open sessions stay open, and what remains there is not said (default: ask it)."`
	Yes      bool   `help:"Delete (default: only show what would be deleted)."`
}

func (forgetCommand) Help() string {
	return `Deletes one user from every table, in all runs and versions, and checks that nothing is left. Without --yes it only
shows what there is. If ids are pseudonymised, use the configuration of the workers: the pseudonym is made with its key, and rows from
before pseudonyms were switched on are found, too.

Apps beyond sessions.max_apps are counted under the app "other". --app finds those rows by that name only, and says how many
there are of the user.

With --yes it first ends the user's open sessions in the workers, without rows. Sums of steps (panes, windows, scores) name nobody and
stay. Records in Kafka cannot be deleted: it says which topics keep them, and until when. See docs/data.md.

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
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error { return c.forget(ctx, w, s, person, cfg.Kafka) })
}

// forget shows what there is of a person, and deletes it when that was confirmed.
func (c forgetCommand) forget(ctx context.Context, w world, s *sink.Sink, person sink.Person, kafka source.Config) error {
	found, err := s.Holdings(ctx, person)
	if err != nil {
		return err
	}
	rows := listHoldings(w.answers(), found)
	if err := c.underOther(ctx, w, s, person); err != nil {
		return err
	}
	if !c.Yes && rows == 0 {
		w.say("The tables have no rows of %s. A session that is still open has not written all its rows yet; with --yes it is ended.", c.User)
		return nil
	}
	if !c.Yes {
		w.say("Nothing has been deleted. With --yes these %d rows are deleted permanently.", rows)
		return nil
	}
	if err := c.endSessions(ctx, w, kafka, person); err != nil {
		return err
	}
	show, end := leftToDo(w)
	err = s.Forget(ctx, person, show)
	end()
	if err != nil {
		return err
	}
	w.say("Deleted, and counted again: the tables have no rows of %s any more.", c.User)
	w.say("ClickHouse removes the old files within about ten minutes. Backups are not changed.")
	w.say("A new run from records that are still in Kafka would write the rows again: repeat this command after it.")
	return nil
}

// otherApp is the app of rows of apps beyond sessions.max_apps.
const otherApp = "other"

// underOther says what --app leaves out: rows of an app that had no place do not say which app it was, and neither do
// its open sessions. They may be of other apps, too, so they are deleted only when that is asked for.
func (c forgetCommand) underOther(ctx context.Context, w world, s *sink.Sink, person sink.Person) error {
	if person.App == "" || person.App == otherApp {
		return nil
	}
	person.App = otherApp
	found, err := s.Holdings(ctx, person)
	if err != nil {
		return err
	}
	var rows uint64
	for _, h := range found {
		rows += h.Rows
	}
	if rows > 0 {
		w.say("Not among them: %d rows of %s under app %s, where apps beyond sessions.max_apps are counted. They do not say which app it was. "+
			"To delete them, too, repeat the command with --app %s.", rows, c.User, otherApp, otherApp)
	}
	return nil
}

// endSessions ends what is open of a person, and says what remains in Kafka.
func (c forgetCommand) endSessions(ctx context.Context, w world, config source.Config, person sink.Person) error {
	if c.NoKafka {
		w.say("Kafka was not asked: a session that is open now writes its rows when it closes.")
		return nil
	}
	k, err := forget.Open(config)
	if err != nil {
		return err
	}
	defer k.Close()
	t, err := k.EndSessions(ctx, forget.Person{App: person.App, Users: person.Users, Account: person.Account})
	if err != nil {
		return fmt.Errorf("end the open sessions in Kafka: %w; with --no-kafka they stay open", err)
	}
	waiting, err := applied(ctx, t)
	switch {
	case err != nil:
		return fmt.Errorf("look whether the open sessions have ended: %w", err)
	case waiting == 0:
		w.say("Open sessions: ended in all %d tasks of group %s, without rows.", t.Tasks(), config.Group)
	default:
		w.say("Open sessions: %d of %d tasks of group %s have not ended them yet. They do so before anything else when a worker next works on them; "+
			"rows that were on their way may come until then, so repeat this command.", waiting, t.Tasks(), config.Group)
	}
	remains, err := k.Remains(ctx)
	if err != nil {
		return fmt.Errorf("look what remains in Kafka: %w", err)
	}
	for _, r := range remains {
		until := "for ever, or for a time that this user may not see"
		if r.For > 0 {
			until = fmt.Sprintf("for %v after they were written: until %s", r.For, time.Now().Add(r.For).UTC().Format(time.RFC3339))
		}
		w.say("Topic %s keeps %s %s.", r.Topic, r.What, until)
	}
	return nil
}

// appliedWithin is how long it is waited for tasks to end sessions.
const appliedWithin = 15 * time.Second

// applied waits until all tasks have ended the sessions, and returns how many have not in time.
func applied(ctx context.Context, t *forget.Tombstones) (waiting int, err error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for end := time.Now().Add(appliedWithin); ; {
		if waiting, err = t.Waiting(ctx); waiting == 0 || err != nil || time.Now().After(end) {
			return waiting, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return waiting, ctx.Err()
		}
	}
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
