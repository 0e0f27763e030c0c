package pipetest_test

import (
	"fmt"
	"slices"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/simulate"
)

// addVisit takes the truth about a visit apart.
func (s *sample) addVisit(app string, v simulate.Visit) {
	user := app + "/" + v.User
	left, at := millis(v.LeftAt), stay{v.Journey, placeOf(v.Journey, v.Step), millis(v.EnteredAt)}
	for _, a := range v.Causes {
		if a.Cause == simulate.CauseDropOff {
			continue // why it ended; that it did says Ended
		}
		s.add(&occurrence{
			kind: a.Cause, user: user, target: a.Target, op: a.Op, first: millis(a.First), last: millis(a.Last), ambiguous: ambiguous(a), stay: at,
		})
	}
	for _, a := range v.Failures {
		s.add(&occurrence{kind: a.Cause, user: user, op: a.Op, first: millis(a.First), last: millis(a.Last), stay: at})
	}
	for _, a := range v.Innocent {
		s.innocent[user] = append(s.innocent[user], harmless{a.Cause, millis(a.First), millis(a.Last)})
	}
	if at.step >= 0 {
		s.visits[user] = append(s.visits[user], at)
	}
	switch v.Ended {
	case simulate.EndedBack:
		s.add(&occurrence{kind: "back_tracking", user: user, first: left, last: left})
	case simulate.EndedLeft:
		s.add(&occurrence{kind: "drop_off", user: user, first: left, last: left, stay: at})
	}
}

// placeOf is where in the shop's journeys a step is, −1 for a page that is none.
func placeOf(journey, step string) int {
	return slices.IndexFunc(simulate.Steps(), func(s simulate.Step) bool { return s.Journey == journey && s.Step == step })
}

func (s *sample) add(o *occurrence) { s.occurrences[o.kind] = append(s.occurrences[o.kind], o) }

func millis(t time.Time) event.Millis { return event.Millis(t.UnixMilli()) }

// ambiguous says why nobody could tell an act from what people do calmly, and ""
// when one can. These are readings of what was sent, argued in docs/signals.md,
// and wider than any threshold of the program: each leaves a range in which a
// careful person who looks at the events would not decide either. Figures are
// printed with such acts and without them.
func ambiguous(a simulate.Act) string {
	took := a.Last.Sub(a.First)
	switch a.Cause {
	case simulate.CauseRageClick:
		if a.N <= 3 {
			return "no more clicks than a habitual double or triple click"
		}
	case simulate.CauseRageTap:
		if a.N <= 2 {
			return "no more taps than a double tap"
		}
	case simulate.CauseDeadClick:
		if took < 3*time.Second {
			return "did something else at once, which may be what had the effect"
		}
	case simulate.CauseErrorClick:
		if took > time.Second {
			return "the error came so late that it may be of something else"
		}
	case simulate.CauseQuickBack:
		if took/time.Duration(a.N) > 3*time.Second {
			return "stayed long enough to have read the page"
		}
	case simulate.CauseSlow:
		if a.N == 0 {
			return "waited and did nothing that shows it"
		}
		if took < 4*time.Second {
			return "waited no longer than many sites make one wait"
		}
	case simulate.CauseReloadLoop:
		if a.N < 4 {
			return "reloaded no more often than one does for news"
		}
	case simulate.CauseRepeatedSubmit:
		if took/time.Duration(a.N) > 4*time.Second {
			return "waited for long before sending it again"
		}
	case simulate.CauseFormAbandonment:
		if a.N < 2 {
			return "one field is hardly a form"
		}
	case simulate.CauseErrorLeave, simulate.CauseErrorBounce:
		if took > 6*time.Second {
			return "stayed on for a while"
		}
	case simulate.CauseHesitation:
		if took < 15*time.Second {
			return "a pause that may be spent reading"
		}
	case simulate.CauseErrorChain:
		if a.N < 3 {
			return "two failures are no chain yet"
		}
	case simulate.CauseHang:
		if took < 3*time.Second {
			return "a stutter rather than a hang"
		}
	}
	return ""
}

func (o *occurrence) String() string {
	return fmt.Sprintf("%s of %s %s%s from %s to %s", o.kind, o.user, o.target, o.op, clock(o.first), clock(o.last))
}

func signalString(s *score.SignalRow) string {
	return fmt.Sprintf("%s of %s %s %s %s ×%d from %s to %s", s.Kind, s.User, s.Target, s.Op, s.Page, s.Count, clock(s.StartedAt), clock(s.EndedAt))
}

func clock(t event.Millis) string { return time.UnixMilli(int64(t)).UTC().Format("15:04:05.000") }
