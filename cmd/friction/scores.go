package main

import (
	"context"
	"time"

	"friction/pipeline/query"
)

type scoresCommand struct {
	asking
	period
	Journey   []string `arg:"" optional:"" help:"Journeys (default: all but site)."`
	Segment   string   `placeholder:"DIMENSION=VALUE" help:"Only this segment (default: everyone)."`
	By        string   `placeholder:"DIMENSION" help:"One row for each value (default: one for each step)."`
	MinVisits uint64   `default:"1" help:"Leave out rows with fewer visits."`
	Limit     int      `default:"50" help:"Show at most this many rows."`
}

func (scoresCommand) Help() string {
	return `How much each step hurts: the mean pain of its visits, 0 to 100, worst first by the lower end of its 95 % interval.

Example:
  friction scores checkout --last 7d --by device

More:
  friction scores site --last 1h --min-visits 30     the pages that hurt most`
}

func (c scoresCommand) Run(ctx context.Context, w world) error {
	from, to, err := c.bounds(time.Now())
	if err != nil {
		return err
	}
	q := query.Scores{App: c.App, Journeys: c.Journey, From: from, To: to, Dimension: c.By, MinVisits: c.MinVisits, Limit: c.Limit}
	if c.Segment != "" {
		if q.Segment, err = segmentOf([]string{c.Segment}); err != nil {
			return err
		}
	}
	if err := c.known(ctx, w, c.Journey...); err != nil {
		return err
	}
	return c.answer(ctx, w, q, nothing("visit", from, to))
}

// known refuses journeys that nobody knows, unless only the query is printed.
func (a asking) known(ctx context.Context, w world, journeys ...string) error {
	if a.SQL || len(journeys) == 0 {
		return nil
	}
	return a.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
		for _, j := range journeys {
			if err := checkJourney(ctx, r, j); err != nil {
				return err
			}
		}
		return nil
	})
}

type placesCommand struct {
	asking
	period
	Journey string   `arg:"" optional:"" help:"Only signals that count for this journey (default: all)."`
	Step    string   `arg:"" optional:"" help:"Only signals that count for this step of it."`
	Kind    string   `placeholder:"KIND" help:"Only signals of this kind, such as rage_click (default: all)."`
	Segment []string `sep:"none" placeholder:"DIMENSION=VALUE" help:"Only this segment; may be repeated (default: everyone)."`
	Limit   int      `default:"20" help:"Show at most this many rows."`
}

func (placesCommand) Help() string {
	return `Where friction was found: by kind, page, element and operation, those that hurt most first (signals times weight).

Example:
  friction places checkout payment --last 1h`
}

func (c placesCommand) Run(ctx context.Context, w world) error {
	from, to, err := c.bounds(time.Now())
	if err != nil {
		return err
	}
	segment, err := segmentOf(c.Segment)
	if err != nil {
		return err
	}
	if c.Journey != "" {
		if err := c.knownStep(ctx, w, c.Journey, c.Step); err != nil {
			return err
		}
	}
	q := query.Places{App: c.App, From: from, To: to, Segment: segment, Journey: c.Journey, Step: c.Step, Kind: c.Kind, Limit: c.Limit}
	return c.answer(ctx, w, q, nothing("friction", from, to))
}

// knownStep refuses a journey or step that nobody knows, unless only the query is printed.
func (a asking) knownStep(ctx context.Context, w world, journey, step string) error {
	if a.SQL {
		return nil
	}
	return a.reader(ctx, w, func(ctx context.Context, r *query.Reader) error { return checkJourney(ctx, r, journey, step) })
}

type sessionsCommand struct {
	asking
	period
	Journey string   `arg:"" help:"Journey; site has every page as a step."`
	Step    string   `arg:"" optional:"" help:"Step (default: any)."`
	Outcome string   `placeholder:"OUTCOME" help:"Only visits with this outcome: advanced, completed, back, dropped, open (default: any)."`
	Signal  string   `placeholder:"KIND" help:"Only visits with a signal of this kind (default: any)."`
	Segment []string `sep:"none" placeholder:"DIMENSION=VALUE" help:"Only this segment; may be repeated (default: everyone)."`
	Limit   int      `default:"20" help:"Show at most this many rows."`
}

func (sessionsCommand) Help() string {
	return `The sessions behind a number of a step, those that hurt most first. friction session ID shows one of them.

Example:
  friction sessions checkout payment --last 1h --outcome dropped --signal retry`
}

func (c sessionsCommand) Run(ctx context.Context, w world) error {
	from, to, err := c.bounds(time.Now())
	if err != nil {
		return err
	}
	segment, err := segmentOf(c.Segment)
	if err != nil {
		return err
	}
	if err := c.knownStep(ctx, w, c.Journey, c.Step); err != nil {
		return err
	}
	q := query.StepSessions{
		App: c.App, Journey: c.Journey, Step: c.Step, From: from, To: to, Outcome: c.Outcome, Signal: c.Signal, Segment: segment, Limit: c.Limit,
	}
	return c.answer(ctx, w, q, nothing("such visit", from, to))
}

type impactCommand struct {
	asking
	period
	Journey string   `arg:"" help:"Journey that people complete."`
	By      []string `placeholder:"DIMENSION" help:"Compare only within the same value of this dimension; may be repeated (default: device)." default:"device"`
	Signal  string   `placeholder:"KIND" help:"Only attempts with a signal of this kind count as hurt (default: any pain)."`
}

func (impactCommand) Help() string {
	return `Conversions lost to friction, step by step, with a 95 % interval. It compares attempts that were hurt on a step with the others of the
same segment and history, and assumes that they are alike in everything else. If a step was broken for most visitors this is not true, and
the command says so: then lost_to_before compares with the time of the same length before.

Example:
  friction impact checkout --last 7d`
}

// Run prints the table, and warns about steps at which too few visitors were spared for a fair comparison.
func (c impactCommand) Run(ctx context.Context, w world) error {
	from, to, err := c.bounds(time.Now())
	if err != nil {
		return err
	}
	if err := c.known(ctx, w, c.Journey); err != nil {
		return err
	}
	q := query.Impact{App: c.App, Journey: c.Journey, From: from, To: to, Dimensions: c.By, Signal: c.Signal}
	if c.SQL {
		return c.printSQL(w, q)
	}
	return c.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
		got, err := r.Ask(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range got.Rows {
			if row[got.Column("few_spared")] == true {
				w.note("%v was broken for most visitors, so the few who were spared are no fair comparison. lost is a lower bound;"+
					" lost_to_before compares with the time before.", row[got.Column("step")])
			}
		}
		return c.write(ctx, w, r, got, nothing("attempt that was hurt and is over", from, to))
	})
}

type spikesCommand struct {
	asking
	At        string `placeholder:"TIME" help:"End of the current window (default: up to when the numbers are complete)."`
	Size      string `default:"15m" help:"Length of the current window and of those it is compared with."`
	History   string `default:"14d" help:"How far back to compare."`
	MinVisits uint32 `default:"20" help:"Leave out windows with fewer visits."`
	All       bool   `help:"Show every step (default: only those that stand out)."`
}

func (spikesCommand) Help() string {
	return `Steps that hurt more than usual: compares the current window with windows of the same size before it, at the same time of day if there are
enough. This is a rule of thumb in SQL, for any time in the past. friction alert is more exact: it uses windows of several lengths, lost
visits and segments. friction alert --dry-run shows what it finds now.

Example:
  friction spikes --size 30m --all`
}

// Run asks for the spikes at one time: the one given, or the time up to which the numbers are complete.
func (c spikesCommand) Run(ctx context.Context, w world) error {
	q := query.Spikes{App: c.App, MinVisits: c.MinVisits, All: c.All}
	var err error
	if q.Size, err = parseLength("--size", c.Size); err != nil {
		return err
	}
	if q.History, err = parseLength("--history", c.History); err != nil {
		return err
	}
	switch {
	case c.At != "":
		q.At, err = parseMoment("--at", c.At)
	case c.SQL:
		q.At = time.Now().UTC()
	default:
		err = c.reader(ctx, w, func(ctx context.Context, r *query.Reader) (err error) {
			q.At, err = r.CompleteUntil(ctx)
			return err
		})
	}
	if err != nil {
		return err
	}
	q.At = q.At.Truncate(time.Minute)
	return c.answer(ctx, w, q, func(context.Context, *query.Reader) string {
		return "No step stands out at " + moment(q.At) + "; --all shows every step with its usual score."
	})
}
