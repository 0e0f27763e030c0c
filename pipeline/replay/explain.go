package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/reach"
	"friction/pipeline/rules"
	"friction/pipeline/session"
	"friction/pipeline/signals"
	"friction/pipeline/tuning"
)

// ExplainOptions say which sample of a source is looked at, and under which rules.
type ExplainOptions struct {
	Rules *rules.Rules
	Past  Past
	// Limit is how many records are read at most of each part; 0 is all.
	Limit uint64
	// Progress is called now and then with the number of records read; may be nil.
	Progress func(records uint64)
}

// Explanation says which signals a source can make and which it cannot.
type Explanation struct {
	Records  uint64      `json:"records"`
	Rejected uint64      `json:"rejected"`
	Types    []TypeCount `json:"types"` // the most frequent first
	Signals  []KindState `json:"signals"`
	Sessions Sessions    `json:"sessions"`
	// Steps are those of the configured journeys.
	Steps []reach.Step `json:"steps"`
}

// Sessions says by which rules there are sessions.
type Sessions struct {
	Preset  string `json:"preset"`  // the product whose rules these are, empty for ours
	Note    string `json:"note"`    // what is to be known of it
	Ends    string `json:"ends"`    // in words
	Brought uint64 `json:"brought"` // events that say a campaign, where one begins a session
	// Changed are client sessions with events of several users, as a login makes them. They are
	// not counted where they are the key of sessions.
	Changed uint64 `json:"changed"`
	by      []string
	users   map[string]string // the user of each client session, empty once there are several
}

// maxClients bounds the client sessions of a sample whose users are compared.
const maxClients = 100_000

func sessionsBy(c session.Config) (Sessions, error) {
	inForce, err := c.InForce()
	if err != nil {
		return Sessions{}, err
	}
	s := Sessions{Preset: c.Preset, Note: c.NoteOf(), Ends: inForce.Ends(), by: inForce.Campaigns}
	if c.Key != session.ByClient {
		s.users = map[string]string{}
	}
	return s, nil
}

// Silent says that another campaign would begin a session, and none is ever sent.
func (s *Sessions) Silent() bool { return len(s.by) > 0 && s.Brought == 0 }

func (s *Sessions) see(e *event.Event) {
	if slices.ContainsFunc(s.by, func(name string) bool { return e.Attr(name) != "" }) {
		s.Brought++
	}
	s.seeUser(e)
}

// seeUser counts a client session when it shows a second user.
func (s *Sessions) seeUser(e *event.Event) {
	if s.users == nil || e.Client == "" {
		return
	}
	client := e.App + "\x00" + e.Client
	user, known := s.users[client]
	switch {
	case !known && len(s.users) < maxClients:
		s.users[client] = strings.Clone(e.User)
	case known && user != "" && user != e.User:
		s.users[client] = ""
		s.Changed++
	}
}

// TypeCount is how many events of a type there were.
type TypeCount struct {
	Type  string `json:"type"`
	Count uint64 `json:"count"`
}

// KindState says whether a kind of signal can be found, and if not, why.
type KindState struct {
	Kind    string    `json:"kind"`
	State   string    `json:"state"` // possible, silent, off
	Missing []Missing `json:"missing"`
}

// The states of a kind.
const (
	Possible = "possible" // all that it needs has been seen
	Silent   = "silent"   // something it needs was never seen
	Off      = "off"      // switched off
)

// Missing is what was never seen, and what to send.
type Missing struct {
	What      string `json:"what"`
	Send      string `json:"send"`
	Configure bool   `json:"configure"` // it is the configuration that lacks it
}

// explaining is a kind with what it needs, and whether that was seen.
type explaining struct {
	kind  detect.Kind
	needs []detect.Need
	met   []bool
}

// Explain reads a sample and says which signals stay silent because what they need
// is never sent.
func Explain(ctx context.Context, o ExplainOptions) (*Explanation, error) {
	kinds, err := needs(o.Rules)
	if err != nil {
		return nil, err
	}
	sessions, err := sessionsBy(o.Rules.Engine.Sessions)
	if err != nil {
		return nil, err
	}
	seen, err := reach.NewSeen(o.Rules.Engine.Journeys, &o.Rules.Decode)
	if err != nil {
		return nil, err
	}
	x, types := &Explanation{Sessions: sessions}, map[string]uint64{}
	see := func(e *event.Event) {
		types[e.Type.String()]++
		x.Sessions.see(e)
		seen.See(e)
		for _, k := range kinds {
			k.see(e)
		}
	}
	for part := range o.Past.Parts {
		if err := x.read(ctx, o, part, see); err != nil {
			return nil, err
		}
	}
	x.Steps = seen.Steps()
	for name, n := range types {
		x.Types = append(x.Types, TypeCount{name, n})
	}
	slices.SortFunc(x.Types, func(a, b TypeCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type)) })
	set, err := tuning.New(o.Rules.Engine.Signals)
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		x.Signals = append(x.Signals, k.state(set.On(k.kind)))
	}
	return x, nil
}

func needs(r *rules.Rules) ([]*explaining, error) {
	var all []*explaining
	for k := range signals.NumKinds {
		list, err := r.Engine.Signals.Needs(k, r.Engine.Journeys)
		if err != nil {
			return nil, fmt.Errorf("signals.%s%w", signals.Name(k), err)
		}
		all = append(all, &explaining{k, list, make([]bool, len(list))})
	}
	return all, nil
}

// read decodes the sample of one part and shows see its events.
func (x *Explanation) read(ctx context.Context, o ExplainOptions, part int, see func(*event.Event)) error {
	_, decoder, err := o.Rules.Build(o.Past.Topics)
	if err != nil {
		return err
	}
	tape, err := o.Past.Open(ctx, part, decoder)
	if err != nil {
		return err
	}
	defer func() { _ = tape.Close() }()
	var e event.Event
	for n := uint64(0); o.Limit == 0 || n < o.Limit; n++ {
		rec, err := tape.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		x.Records++
		if o.Progress != nil && x.Records%replayEpoch == 0 {
			o.Progress(x.Records)
		}
		if why := decoder.Decode(rec, &e); why.Reason != event.Accepted {
			x.Rejected++
			continue
		}
		see(&e)
	}
	return ctx.Err()
}

func (k *explaining) see(e *event.Event) {
	for i := range k.needs {
		if !k.met[i] && k.needs[i].Met != nil && k.needs[i].Met(e) {
			k.met[i] = true
		}
	}
}

// state says whether a kind that is on, or not, can be found.
func (k *explaining) state(on bool) KindState {
	s := KindState{signals.Name(k.kind), Possible, []Missing{}}
	if !on {
		s.State = Off
		return s
	}
	for i, n := range k.needs {
		if !k.met[i] {
			s.State = Silent
			s.Missing = append(s.Missing, Missing{n.What, n.Send, n.Met == nil})
		}
	}
	return s
}

// Count is how many kinds are in a state.
func (x *Explanation) Count(state string) (n int) {
	for _, s := range x.Signals {
		if s.State == state {
			n++
		}
	}
	return n
}
