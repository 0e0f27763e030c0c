package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"friction/pipeline/deadletter"
	"friction/pipeline/event"
	"friction/pipeline/source"
)

type dlqCommand struct {
	List     dlqList     `cmd:"" help:"Count dead letters by reason and topic, or list each."`
	Show     dlqShow     `cmd:"" help:"Show one dead letter."`
	Resubmit dlqResubmit `cmd:"" help:"Write the records of dead letters to their topics again, after a fix."`
}

func (dlqCommand) Help() string {
	return "Records that cannot be decoded are written to the dead-letter topic of the group unchanged, with headers dlq_*\n" +
		"that say why and where they were read (docs/OPERATING.md). Their content is shown only if you ask for it.\n\n" +
		"Example:\n  friction dlq list --brokers 127.0.0.1:9092 --group friction"
}

// deadLetters are the flags of commands that work on the dead-letter topic.
type deadLetters struct {
	settings
	patience
	Brokers []string `placeholder:"HOST:PORT" help:"Kafka brokers (default: kafka.brokers of the configuration)."`
	Group   string   `placeholder:"NAME" help:"Consumer group (default: kafka.group of the configuration)."`
}

func (d deadLetters) kafka(w world) (source.Config, error) {
	cfg, err := d.load(w, [2]string{"kafka.brokers", strings.Join(d.Brokers, ",")}, [2]string{"kafka.group", d.Group})
	return cfg.Kafka, err
}

// chosen are the flags that choose some.
type chosen struct {
	Reason string `placeholder:"NAME" help:"Only this reason, such as malformed (default: all)."`
	Topic  string `placeholder:"NAME" help:"Only records of this topic (default: all)."`
	Since  string `placeholder:"TIME" help:"Only dead letters written since this time: RFC 3339, or how long ago, such as 2h (default: all)."`
	Till   string `placeholder:"TIME" help:"Only dead letters written before this time: RFC 3339, or how long ago (default: all)."`
}

func (c chosen) filter(now time.Time) (f deadletter.Filter, err error) {
	f = deadletter.Filter{Reason: c.Reason, Topic: c.Topic}
	if f.Since, err = instant("--since", c.Since, now); err != nil {
		return f, err
	}
	f.Till, err = instant("--till", c.Till, now)
	return f, err
}

// open reads the letters that are chosen, and says where they lie.
func (c chosen) open(ctx context.Context, w world, d deadLetters) (*deadletter.Contents, source.Config, error) {
	cfg, err := d.kafka(w)
	if err != nil {
		return nil, cfg, err
	}
	f, err := c.filter(time.Now())
	if err != nil {
		return nil, cfg, err
	}
	box, err := deadletter.List(d.in(ctx, w), cfg, f)
	return box, cfg, err
}

// instant reads a time, or how long before now; empty is the zero time.
func instant(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, misused("%s %q is neither a time such as 2026-01-31T08:00:00Z nor how long ago, such as 2h", flag, text)
	}
	return t, nil
}

type dlqList struct {
	deadLetters
	chosen
	Each bool `help:"One line for each dead letter (default: counts)."`
	JSON bool `name:"json" help:"Write one JSON object per line (default: a table)."`
}

func (dlqList) Help() string {
	return "AGAIN counts records that were submitted again and failed again.\n\n" +
		"Example:\n  friction dlq list --since 24h --reason malformed --each"
}

func (c dlqList) Run(ctx context.Context, w world) error {
	box, _, err := c.open(ctx, w, c.deadLetters)
	if err != nil {
		return err
	}
	if c.Each {
		err = printEach(w, box.DeadLetters, c.JSON)
	} else {
		err = printGroups(w, box.Groups(), c.JSON)
	}
	if box.Foreign > 0 {
		w.note("%d records of the topic are not dead letters and were left out", box.Foreign)
	}
	return err
}

func printGroups(w world, groups []deadletter.Group, asJSON bool) error {
	rows := [][]string{{"REASON", "TOPIC", "LETTERS", "RESUBMITTED", "AGAIN", "OLDEST", "NEWEST"}}
	for _, g := range groups {
		if asJSON {
			if err := w.json(map[string]any{
				"reason": g.Reason, "topic": g.Topic, "letters": g.DeadLetters, "resubmitted": g.Resubmitted, "again": g.Again,
				"oldest": instantText(g.Oldest), "newest": instantText(g.Newest),
			}); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{
			g.Reason, g.Topic, fmt.Sprint(g.DeadLetters), fmt.Sprint(g.Resubmitted), fmt.Sprint(g.Again), instantText(g.Oldest), instantText(g.Newest),
		})
	}
	return w.table(rows, asJSON)
}

func printEach(w world, list []deadletter.DeadLetter, asJSON bool) error {
	rows := [][]string{{"SET ASIDE", "REASON", "TOPIC", "PARTITION", "OFFSET", "BYTES", "STATE", "ERROR"}}
	for i := range list {
		l := &list[i]
		if asJSON {
			if err := w.json(facts(&l.DeadLetter, map[string]any{"bytes": l.Bytes, "resubmitted": l.Resubmitted, "copies": l.Copies})); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{
			instantText(l.At), l.Reason, l.Topic, fmt.Sprint(l.Partition), fmt.Sprint(l.Offset), fmt.Sprint(l.Bytes), stateOf(l), l.Error,
		})
	}
	return w.table(rows, asJSON)
}

func stateOf(l *deadletter.DeadLetter) string {
	switch {
	case l.Resubmitted:
		return "resubmitted"
	case l.Origin() != "":
		return "again"
	case l.Sealed != "":
		return "encrypted"
	case l.Cut != "":
		return "cut"
	}
	return "new"
}

// facts are what is known of a letter beside what the record held.
func facts(d *source.DeadLetter, more map[string]any) map[string]any {
	all := map[string]any{
		"reason": d.Reason, "topic": d.Topic, "partition": d.Partition, "offset": d.Offset, "error": d.Error, "set_aside_at": instantText(d.At),
		"record_time": instantText(d.RecordTime), "cut": d.Cut, "row": d.Row, "origin": d.Origin(),
	}
	maps.Copy(all, more)
	return all
}

func instantText(t event.Millis) string {
	return time.UnixMilli(int64(t)).UTC().Format("2006-01-02T15:04:05.000Z")
}

type dlqShow struct {
	deadLetters
	Topic     string `arg:"" help:"Topic of the record."`
	Partition int32  `arg:"" help:"Its partition."`
	Offset    int64  `arg:"" help:"Its offset."`
	Payload   bool   `help:"Also show key, value and headers; they may contain personal data (default: no)."`
}

func (dlqShow) Help() string {
	return "Example:\n  friction dlq show clickstream 3 1841"
}

// Run prints one dead letter; key, value and headers only with --payload.
func (c dlqShow) Run(ctx context.Context, w world) error {
	cfg, err := c.kafka(w)
	if err != nil {
		return err
	}
	d, err := deadletter.Open(c.in(ctx, w), cfg, c.Topic, c.Partition, c.Offset)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"record", fmt.Sprintf("%s, partition %d, offset %d, of %s", d.Topic, d.Partition, d.Offset, instantText(d.RecordTime))},
		{"set aside", instantText(d.At) + " as " + d.Reason},
		{"error", d.Error},
		{"size", fmt.Sprintf("key %d, value %d bytes, %d headers", len(d.Key), len(d.Value), len(d.Headers))},
	}
	encrypted := ""
	if d.Sealed != "" {
		encrypted = "with key " + d.Sealed + ": to read it, give the configuration of the workers, with input.pseudonymise and the key of that time"
	}
	for _, more := range [][]string{{"not whole", d.Cut}, {"row", d.Row}, {"repeats", d.Origin()}, {"encrypted", encrypted}} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	rows = append(rows, []string{"letter", fmt.Sprintf("%s, partition %d, offset %d", cfg.DeadLetterTopic(), d.StoredPartition, d.StoredOffset)})
	if c.Payload {
		for _, h := range d.Headers {
			rows = append(rows, []string{"header " + h.Name, fmt.Sprintf("%q", h.Value)})
		}
		rows = append(rows, []string{"key", quoted(d.Key)}, []string{"value", quoted(d.Value)})
	}
	return w.table(rows, false)
}

// quoted keeps control characters of foreign text off the terminal.
func quoted(b []byte) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprintf("%q", b)
}

type dlqResubmit struct {
	deadLetters
	chosen
	Yes   bool `help:"Do it (default: show what would be done)."`
	Again bool `help:"Also records that were submitted before (default: leave them out)."`
}

func (dlqResubmit) Help() string {
	return `Writes records to their topics and partitions again, with their own key, value and headers, and with a header dlq_origin, by which a
record that fails twice is known. It only shows what it would do; --yes does it. Events whose sessions are closed by now become late
events: to include them, start a new run (docs/OPERATING.md).

Example:
  friction dlq resubmit --reason malformed --topic clickstream --since 6h`
}

// Run chooses the records, prints how many there are of each reason, and with --yes writes them to their topics again.
func (c dlqResubmit) Run(ctx context.Context, w world) error {
	box, cfg, err := c.open(ctx, w, c.deadLetters)
	if err != nil {
		return err
	}
	var chosen deadletter.Contents
	left := map[string]int{}
	for i := range box.DeadLetters {
		if why := box.DeadLetters[i].LeftOut(c.Again); why != "" {
			left[why]++
			continue
		}
		chosen.DeadLetters = append(chosen.DeadLetters, box.DeadLetters[i])
	}
	for _, why := range slices.Sorted(maps.Keys(left)) {
		w.note("left out: %d, %s", left[why], why)
	}
	if err := printGroups(w, chosen.Groups(), false); err != nil {
		return err
	}
	if !c.Yes {
		w.say("%d records would be submitted again; --yes does it", len(chosen.DeadLetters))
		return nil
	}
	p := newProgress(w, "records submitted")
	n, err := deadletter.Resubmit(c.in(ctx, w), cfg, chosen.DeadLetters, func(done int) { p.show(uint64(done)) })
	p.end()
	w.say("%d records submitted again", n)
	return err
}
