package groupconfig

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/checkpoint"
	"friction/pipeline/rules"
)

// Options say what a member works by, and when that may take the place of another configuration.
type Options struct {
	Run   string
	Rules *rules.Rules
	// Promote is the name of the configuration that the member's own may replace; empty replaces none.
	Promote string
	// Alone says that nobody else is in the group: the member's configuration replaces any other.
	Alone bool
	// Log is the checkpoint log of partition 0.
	Log checkpoint.Log
	// Hint is where to begin reading it, as the group noted; 0 for its start.
	Hint func(context.Context) int64
}

// Member knows whether its configuration is the one in force in the group. It is safe for concurrent use.
type Member struct {
	o   Options
	log *checkpoint.Configurations
}

// New makes a member. It reads nothing yet.
func New(o Options) *Member { return &Member{o: o, log: checkpoint.NewConfigurations(o.Log)} }

// Admit makes the member's configuration the one in force where that is allowed: in a group that has none yet, when it
// replaces what it was told to replace, and when it begins a run that the group never had. It returns the one in force if
// that is the member's own, else a [RefusedError]. Of members that try at the same time the first one in the log
// succeeds.
func (m *Member) Admit(ctx context.Context) (checkpoint.Configuration, error) {
	c, err := m.log.InForce(ctx, m.o.Hint(ctx))
	for err == nil && !m.same(c) && m.replaces(c) {
		if err := m.canFollow(c); err != nil {
			return c, err
		}
		c, err = m.log.Change(ctx, c.Follow(m.o.Run, m.o.Rules.Revision, m.o.Rules.Encoded()))
	}
	return c, m.verdict(c, err)
}

// Check is a [RefusedError] if another configuration is in force by now.
func (m *Member) Check(ctx context.Context) error {
	c, err := m.log.InForce(ctx, m.o.Hint(ctx))
	return m.verdict(c, err)
}

func (m *Member) verdict(c checkpoint.Configuration, err error) error {
	if err != nil || m.same(c) || c.Number == 0 {
		return err
	}
	return &RefusedError{InForce: c, Own: m.o}
}

// same reports that a configuration makes the member's own rows.
func (m *Member) same(c checkpoint.Configuration) bool {
	switch {
	case c.Number == 0 || c.Run != m.o.Run:
		return false
	case len(c.Rules) == 0: // too large for the log
		return c.Revision == m.o.Rules.Revision
	case bytes.Equal(c.Rules, m.o.Rules.Encoded()):
		return true
	}
	there, err := rules.Read(c.Rules)
	return err == nil && there.Same(m.o.Rules)
}

// replaces reports that the member's configuration may take the place of c.
func (m *Member) replaces(c checkpoint.Configuration) bool {
	return c.Number == 0 || m.o.Alone || m.o.Promote == c.Name() || m.o.Promote == strconv.FormatUint(c.Number, 10) ||
		m.o.Run != c.Run && !slices.Contains(c.Past, m.o.Run)
}

// canFollow is an error if tasks could not go on under the member's rules: then nothing is changed.
func (m *Member) canFollow(c checkpoint.Configuration) error {
	if c.Number == 0 || c.Run != m.o.Run || len(c.Rules) == 0 {
		return nil
	}
	there, err := rules.Read(c.Rules)
	if err == nil {
		err = m.o.Rules.CanFollow(there)
	}
	if err != nil {
		return fmt.Errorf("change the group from configuration %s to revision %s: %w; keep the old values, or start a new run with --run NAME",
			c.Name(), m.o.Rules.Revision, err)
	}
	return nil
}

// RefusedError says that the group works by another configuration.
type RefusedError struct {
	InForce checkpoint.Configuration
	Own     Options
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the group works by configuration %s, this member has revision %s; ", e.InForce.Name(), e.Own.Rules.Revision)
	if e.InForce.Run != e.Own.Run {
		fmt.Fprintf(&b, "worker.run: %s → %s; ", e.InForce.Run, e.Own.Run)
	}
	for _, d := range e.differences() {
		b.WriteString(d)
		b.WriteString("; ")
	}
	if e.Own.Promote != "" {
		fmt.Fprintf(&b, "it was told to replace %s, which is not in force any more; ", e.Own.Promote)
	}
	fmt.Fprintf(&b, "give this member the group's configuration, or let the group change to this one: friction run --promote-config %s", e.InForce.Name())
	return b.String()
}

// maxDifferences is how many differences are named.
const maxDifferences = 8

// differences are the keys that differ, as far as they can be known.
func (e *RefusedError) differences() []string {
	there, err := rules.Read(e.InForce.Rules)
	if err != nil {
		return nil // too large for the log, or of a version that this one cannot read
	}
	found := there.Differences(e.Own.Rules)
	if more := len(found) - maxDifferences; more > 0 {
		found = append(found[:maxDifferences], fmt.Sprintf("and %d more", more))
	}
	return found
}
