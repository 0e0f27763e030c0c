package query

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

var sessionID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Timeline asks for everything known of one session, in the order in which it happened.
type Timeline struct {
	Session string // id, as a UUID
}

// SQL is the statement that answers q.
func (q Timeline) SQL(database string) (string, error) {
	id := strings.TrimSpace(q.Session)
	if !sessionID.MatchString(id) {
		return "", fmt.Errorf("ask for a session: %q is no session id, which looks like 0f8fad5b-d9cb-469f-a165-70867728950e", q.Session)
	}
	return "SELECT *\nFROM " + call(database+".session_timeline", "session", literal(id)) +
		"\nORDER BY at, indexOf(['session', 'page', 'step', 'signal'], what), until", nil
}

// Moment is one row of a session's story.
type Moment struct {
	At         time.Time         `ch:"at"`
	Until      *time.Time        `ch:"until"` // nil while open
	What       string            `ch:"what"`  // session, page, step, signal
	Journey    string            `ch:"journey"`
	Step       string            `ch:"step"`
	Page       string            `ch:"page"`
	Kind       string            `ch:"kind"`
	Target     string            `ch:"target"`
	Op         string            `ch:"op"`
	Count      uint64            `ch:"count"`
	Outcome    string            `ch:"outcome"`
	AbsorbedBy string            `ch:"absorbed_by"`
	Score      float64           `ch:"score"`
	App        string            `ch:"app"`
	User       string            `ch:"user"`
	Segments   map[string]string `ch:"segments"`
}

// Timeline returns the moments of a session in order; none if there is no such session.
func (r *Reader) Timeline(ctx context.Context, q Timeline) ([]Moment, error) {
	var out []Moment
	return out, r.ask(ctx, "session "+q.Session, &out, q)
}
