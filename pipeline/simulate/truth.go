package simulate

import (
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// Act is one thing a person did, with the meaning it had for them.
type Act struct {
	Cause       string // one of the Cause… or Innocent… words
	Target      string // id of the control, when there is one
	Op          string // operation, when there is one
	Page        string // page as the events name it, when pages matter
	N           int    // how many, as the word says; 0: does not apply
	First, Last time.Time
}

// Visit is the truth about one stay of one person on one step, reported when it is
// over: when another step of the journey is entered or the person leaves the
// shop. Times are as the person's tracker stamps them, so EnteredAt is the
// time of the event that entered the step. Pages outside of journeys have
// visits too, with the journey [SiteJourney] and the kind of page as step, but
// only those with an act are reported.
type Visit struct {
	User, App string
	// Session counts the person's stays in this shop from 1.
	Session           int
	Journey, Step     string
	EnteredAt, LeftAt time.Time
	Causes            []Act // why it hurt, in order of First
	Failures          []Act // what failed meanwhile, noticed or not, in order of Last
	Innocent          []Act // what looked like it and was not, in order of First
	Incident          bool  // an incident was in force at the step and met this visit
	Ended             Ended // how, "" for pages outside of journeys
}

// Ended says how the stay on a step came to its end.
type Ended string

// The ends of a visit.
const (
	EndedOn   Ended = "on"   // another step followed, a later one
	EndedBack Ended = "back" // … an earlier one
	EndedLeft Ended = "left" // the person left the shop
	EndedDone Ended = "done" // … having finished the journey
)

// Hurt says whether the visit truly hurt: whether there is a cause.
func (v *Visit) Hurt() bool { return len(v.Causes) > 0 }

// AppendJSON appends the visit as one JSON object without a line end: user,
// app, session, journey, step, entered_at, left_at, hurt, causes, failures, innocent,
// incident and, for steps, ended; an act has cause, and target, op, page and n where they apply,
// first and last. Times are RFC 3339 in UTC with milliseconds.
func (v *Visit) AppendJSON(b []byte) []byte {
	var times traffic.TimeWriter
	b = append(b, `{"user":`...)
	b = strconv.AppendQuote(b, v.User)
	b = append(b, `,"app":`...)
	b = strconv.AppendQuote(b, v.App)
	b = append(b, `,"session":`...)
	b = strconv.AppendInt(b, int64(v.Session), 10)
	b = append(b, `,"journey":`...)
	b = strconv.AppendQuote(b, v.Journey)
	b = append(b, `,"step":`...)
	b = strconv.AppendQuote(b, v.Step)
	b = append(b, `,"entered_at":`...)
	b = times.Append(b, v.EnteredAt.UnixMilli())
	b = append(b, `,"left_at":`...)
	b = times.Append(b, v.LeftAt.UnixMilli())
	b = append(b, `,"hurt":`...)
	b = strconv.AppendBool(b, v.Hurt())
	b = append(b, `,"causes":`...)
	b = appendActs(b, v.Causes, &times)
	b = append(b, `,"failures":`...)
	b = appendActs(b, v.Failures, &times)
	b = append(b, `,"innocent":`...)
	b = appendActs(b, v.Innocent, &times)
	b = append(b, `,"incident":`...)
	b = strconv.AppendBool(b, v.Incident)
	if v.Ended != "" {
		b = append(b, `,"ended":`...)
		b = strconv.AppendQuote(b, string(v.Ended))
	}
	return append(b, '}')
}

// appendActs appends acts as a JSON array; empty fields are left out.
func appendActs(b []byte, acts []Act, times *traffic.TimeWriter) []byte {
	b = append(b, '[')
	for i, a := range acts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"cause":`...)
		b = strconv.AppendQuote(b, a.Cause)
		for _, f := range [...]struct{ name, value string }{{"target", a.Target}, {"op", a.Op}, {"page", a.Page}} {
			if f.value != "" {
				b = append(b, `,"`+f.name+`":`...)
				b = strconv.AppendQuote(b, f.value)
			}
		}
		if a.N > 0 {
			b = append(b, `,"n":`...)
			b = strconv.AppendInt(b, int64(a.N), 10)
		}
		b = append(b, `,"first":`...)
		b = times.Append(b, a.First.UnixMilli())
		b = append(b, `,"last":`...)
		b = times.Append(b, a.Last.UnixMilli())
		b = append(b, '}')
	}
	return append(b, ']')
}
