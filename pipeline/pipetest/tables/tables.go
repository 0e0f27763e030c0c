package tables

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// Folded are rows as a reader of the tables finds them: by key, the last
// version only. Each row is one line of text.
type Folded map[string]string

// Fold is the last version of every row, as text. Sessions are named after their
// user and place among that user's, event ids that were derived are left out, so
// that tables made by different means can be compared.
func Fold(rows ...*score.Rows) Folded {
	r := Last(rows...)
	f := folding{tables: Folded{}, sessions: map[event.Digest]string{}}
	f.name(r.Sessions)
	f.rows(r)
	for _, s := range r.Signals {
		f.signal(s)
	}
	return f.tables
}

type folding struct {
	tables   Folded
	sessions map[event.Digest]string
}

func (f *folding) signal(s score.SignalRow) {
	visits := slices.Clone(s.Visits)
	slices.SortFunc(visits, func(a, b score.VisitRef) int {
		return cmp.Or(cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Visit, b.Visit))
	})
	key := fmt.Sprintf("signal %s %s %s from %d", f.session(s.SessionID), s.Kind, cmp.Or(s.Target, s.Op), s.StartedAt)
	if s.Kind == "drop_off" || s.Kind == "back_tracking" {
		key += fmt.Sprint(" ", visits)
	}
	f.unique(key, fmt.Sprintf("%s %s to=%d n=%d page=%q target=%q op=%q outcome=%q ids=%v of=%v absorbed=%q %v",
		s.App, s.User, s.EndedAt, s.Count, s.Page, s.Target, s.Op, s.Outcome, Given(s.EventIDs), visits, s.AbsorbedBy, s.Segments))
}

func (f *folding) name(rows []score.SessionRow) {
	all := slices.Clone(rows)
	slices.SortFunc(all, func(a, b score.SessionRow) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.User, b.User), cmp.Compare(a.OpenedAt, b.OpenedAt),
			cmp.Compare(a.Client, b.Client), cmp.Compare(a.EndedAt, b.EndedAt))
	})
	n := map[string]int{}
	for _, s := range all {
		who := s.App + "/" + s.User
		n[who]++
		f.sessions[s.SessionID] = fmt.Sprintf("%s#%d", who, n[who])
	}
}

func (f *folding) session(id event.Digest) string {
	if name, ok := f.sessions[id]; ok {
		return name
	}
	return id.String()
}

func (f *folding) rows(r *score.Rows) {
	for _, s := range r.Sessions {
		id := s.SessionID
		s.SessionID = event.Digest{}
		f.tables["session "+f.session(id)] = fmt.Sprintf("%+v", s)
	}
	for _, v := range r.Visits {
		key := fmt.Sprintf("visit %s %s %d.%d %s at %d", f.session(v.SessionID), v.Journey, v.Attempt, v.Visit, v.Step, v.EnteredAt)
		v.SessionID = event.Digest{}
		f.tables[key] = fmt.Sprintf("%+v", v)
	}
	for _, w := range r.Windows {
		f.tables[fmt.Sprintf("window %s %s %d %s part %d", w.App, w.Journey, w.WindowStart, w.Step, w.Part)] = fmt.Sprintf("%+v", w)
	}
	for _, p := range r.Panes {
		f.tables[fmt.Sprintf("pane %s %s %d %s %s=%s part %d", p.App, p.Journey, p.PaneStart, p.Step, p.Dimension, p.Value, p.Part)] = fmt.Sprintf("%+v", p)
	}
	for _, l := range r.Late {
		f.tables[fmt.Sprintf("late %s %d", l.Topic, l.Offset)] = fmt.Sprintf("%+v", l)
	}
	for _, x := range r.Rejected {
		f.tables[fmt.Sprintf("rejected %s %d", x.Topic, x.Offset)] = fmt.Sprintf("%+v", x)
	}
}

// unique adds a row whose key may occur again: equal keys are numbered in the order of what the rows say.
func (f *folding) unique(key, text string) {
	for n := 1; ; n++ {
		at := fmt.Sprintf("%s (%d)", key, n)
		other, taken := f.tables[at]
		if !taken {
			f.tables[at] = text
			return
		}
		if text < other {
			f.tables[at], text = text, other
		}
	}
}

// Given leaves out ids that were derived: those are written as UUIDs.
func Given(ids []string) []string {
	out := slices.Clone(ids)
	for i, id := range out {
		if _, err := event.ParseDigest(id); err == nil {
			out[i] = ""
		}
	}
	return out
}

// Diff says where tables differ, one line a row, at most a few.
func (t Folded) Diff(want Folded) string {
	keys := map[string]bool{}
	for k := range t {
		keys[k] = true
	}
	for k := range want {
		keys[k] = true
	}
	sorted := make([]string, 0, len(keys))
	for k := range keys {
		sorted = append(sorted, k)
	}
	sort.Strings(sorted)
	var b strings.Builder
	n := 0
	for _, k := range sorted {
		have, ok := t[k]
		expect, wanted := want[k]
		if have == expect && ok == wanted {
			continue
		}
		if n++; n > 12 {
			b.WriteString("…\n")
			break
		}
		switch {
		case !ok:
			fmt.Fprintf(&b, "missing %s\n     %s\n", k, expect)
		case !wanted:
			fmt.Fprintf(&b, "extra %s\n     %s\n", k, have)
		default:
			fmt.Fprintf(&b, "%s\nhave %s\nwant %s\n", k, have, expect)
		}
	}
	return b.String()
}
