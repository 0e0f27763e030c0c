package checkpoint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Configuration is what the members of a group have agreed to work by. One log of the group holds it: every change is a
// record of its own, and every claim repeats what was in force, so that it outlives retention.
type Configuration struct {
	Number   uint64   // counts changes, from 1; 0 says that nothing was agreed yet
	Run      string   // whose rows are made
	Revision string   // names the rules
	Rules    []byte   // the rules, without secrets: members that have others can say what differs
	Past     []string // runs that were in force before, oldest first
}

const (
	maxPast  = 100       // runs of the past that are remembered
	maxRules = 512 << 10 // bytes; larger rules are left out, and only their revision can be compared
)

// Name is what people call it: its number and revision.
func (c *Configuration) Name() string { return fmt.Sprintf("%d-%s", c.Number, c.Revision) }

// Follow is the configuration that comes after c.
func (c *Configuration) Follow(run, revision string, rules []byte) Configuration {
	if len(rules) > maxRules {
		rules = nil
	}
	next := Configuration{Number: c.Number + 1, Run: run, Revision: revision, Rules: rules, Past: c.Past}
	if c.Number > 0 && c.Run != run {
		next.Past = append(c.Past[max(0, len(c.Past)+1-maxPast):len(c.Past):len(c.Past)], c.Run)
	}
	return next
}

func (c *Configuration) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, c.Number)
	b = appendBytes(b, c.Run)
	b = appendBytes(b, c.Revision)
	b = appendBytes(b, c.Rules)
	b = binary.AppendUvarint(b, uint64(len(c.Past)))
	for _, run := range c.Past {
		b = appendBytes(b, run)
	}
	return b
}

func (c *Configuration) parse(in *input) {
	c.Number, c.Run, c.Revision = in.uvarint(), in.text(), in.text()
	c.Rules = append([]byte(nil), in.bytes()...)
	n := in.uvarint()
	if n > maxPast {
		in.fail()
		return
	}
	for range n {
		c.Past = append(c.Past, in.text())
	}
}

// readConfiguration puts a configuration in force if it follows the one that is. Of two that were proposed at the same
// time the first one in the log does; the other one does not count.
func (v *validator) readConfiguration(offset int64, c *chunk) error {
	in := &input{b: c.body}
	format := in.byte()
	var next Configuration
	next.parse(in)
	if format != bodyFormat || in.bad || len(in.b) > 0 {
		return &CorruptError{offset, "a configuration that cannot be read"}
	}
	if v.claimAt < 0 && !v.fromStart {
		return nil // what was in force before is not known
	}
	if next.Number == v.configuration.Number+1 {
		v.configuration = next
	}
	return nil
}

// Configurations reads and changes the configuration that one log holds. It needs no claim. It is safe for concurrent use.
type Configurations struct {
	log   Log
	mu    sync.Mutex
	valid *validator // nil before the first read
}

// NewConfigurations reads that log.
func NewConfigurations(log Log) *Configurations { return &Configurations{log: log} }

// InForce reads what was added to the log and returns the configuration in force. Hint is as in [Options].
func (c *Configurations) InForce(ctx context.Context, hint int64) (Configuration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.read(ctx, hint); err != nil {
		return Configuration{}, fmt.Errorf("read the configuration in force from the checkpoint log: %w", err)
	}
	return c.valid.configuration, nil
}

// read reads up to the end: from where the last read ended, or from the hint if that spares something, or from the start.
func (c *Configurations) read(ctx context.Context, hint int64) error {
	first, end, err := c.log.Bounds(ctx)
	if err != nil {
		return err
	}
	if c.valid != nil && first <= c.valid.next && c.valid.next <= end && hint <= c.valid.next {
		return c.readFrom(ctx, c.valid.next)
	}
	if hint > first && hint < end {
		c.valid = newValidator(hint, true, false)
		if err := c.readFrom(ctx, hint); err == nil && c.valid.configuration.Number > 0 {
			return nil
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	c.valid = newValidator(first, false, false)
	return c.readFrom(ctx, first)
}

func (c *Configurations) readFrom(ctx context.Context, from int64) error {
	err := c.log.Read(ctx, from, func(offset int64, value []byte) error {
		_, err := c.valid.read(offset, value)
		return err
	})
	if err != nil {
		c.valid = nil
	}
	return err
}

// Change proposes the configuration that follows the one that was in force when it was made, and returns the one in force
// afterwards: another one, if another change came first.
func (c *Configurations) Change(ctx context.Context, to Configuration) (Configuration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value := (&chunk{kind: kindConfiguration, last: true, n: to.Number, body: to.appendTo([]byte{bodyFormat})}).appendRecord(nil)
	pauses := (&claimedLog{opt: Options{Retry: 100 * time.Millisecond}}).pauses()
	for {
		at, err := c.log.Append(ctx, value)
		if err == nil {
			err = c.readThrough(ctx, at)
			if err != nil {
				return Configuration{}, fmt.Errorf("change the configuration in force: %w", err)
			}
			return c.valid.configuration, nil
		}
		if refused(err) || ctx.Err() != nil {
			return Configuration{}, fmt.Errorf("change the configuration in force: %w", err)
		}
		if err := sleep(ctx, pauses.NextBackOff()); err != nil { // a second copy does no harm
			return Configuration{}, err
		}
	}
}

// readThrough reads until the record at offset at was read. One that was acknowledged a moment ago may not be readable yet.
func (c *Configurations) readThrough(ctx context.Context, at int64) error {
	pauses := (&claimedLog{opt: Options{Retry: 10 * time.Millisecond}}).pauses()
	for {
		if err := c.read(ctx, 0); err != nil {
			return err
		}
		if c.valid.next > at {
			return nil
		}
		if err := sleep(ctx, pauses.NextBackOff()); err != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}
