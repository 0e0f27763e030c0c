package detect

import (
	"fmt"
	"math"
	"time"
)

// knob is one threshold of a kind, by the name it has in the configuration.
type knob struct {
	kind  Kind
	name  string
	count *int
	time  *time.Duration
	px    *float64
	least int // of a count
}

// knobs are all thresholds that are numbers. What they point at is c's.
func (c *Config) knobs() []knob {
	count := func(k Kind, name string, least int, v *int) knob {
		return knob{kind: k, name: name, count: v, least: least}
	}
	span := func(k Kind, name string, v *time.Duration) knob { return knob{kind: k, name: name, time: v} }
	px := func(k Kind, v *float64) knob { return knob{kind: k, name: "distance", px: v} }
	return []knob{
		count(RageClick, "clicks", 2, &c.RageClick.Clicks), span(RageClick, "within", &c.RageClick.Within), px(RageClick, &c.RageClick.Distance),
		count(RageTap, "clicks", 2, &c.RageTap.Clicks), span(RageTap, "within", &c.RageTap.Within), px(RageTap, &c.RageTap.Distance),
		span(DeadClick, "within", &c.DeadClick.Within), span(DeadClick, "repeat", &c.DeadClick.Repeat), span(DeadClick, "forgive", &c.DeadClick.Forgive),
		span(ErrorClick, "within", &c.ErrorClick.Within),
		count(ThrashedCursor, "count", 2, &c.ThrashedCursor.Count), span(ThrashedCursor, "within", &c.ThrashedCursor.Within),
		px(ThrashedCursor, &c.ThrashedCursor.Distance),
		count(ExcessiveScroll, "count", 2, &c.ExcessiveScroll.Count), span(ExcessiveScroll, "within", &c.ExcessiveScroll.Within),
		px(ExcessiveScroll, &c.ExcessiveScroll.Distance),
		span(QuickBack, "within", &c.QuickBack.Within),
		count(PageLoop, "entries", 2, &c.PageLoop.Entries), span(PageLoop, "within", &c.PageLoop.Within),
		count(ReloadLoop, "count", 1, &c.ReloadLoop.Count), span(ReloadLoop, "within", &c.ReloadLoop.Within),
		span(Retry, "within", &c.Retry.Within), span(Retry, "slow", &c.Retry.Slow),
		count(RepeatedSubmit, "count", 2, &c.RepeatedSubmit.Count), span(RepeatedSubmit, "within", &c.RepeatedSubmit.Within),
		count(ValidationLoop, "count", 2, &c.ValidationLoop.Count), span(ValidationLoop, "within", &c.ValidationLoop.Within),
		count(FormAbandonment, "fields", 1, &c.FormAbandonment.Fields),
		count(FieldReentry, "count", 2, &c.FieldReentry.Count), span(FieldReentry, "within", &c.FieldReentry.Within),
		span(Hesitation, "at_least", &c.Hesitation.AtLeast), span(Hesitation, "at_most", &c.Hesitation.AtMost),
		count(RepeatedSearch, "count", 2, &c.RepeatedSearch.Count), span(RepeatedSearch, "within", &c.RepeatedSearch.Within),
		span(SlowResponse, "after", &c.SlowResponse.After), span(SlowResponse, "again", &c.SlowResponse.Again),
		span(ErrorLeave, "within", &c.ErrorLeave.Within),
		count(ServerErrorChain, "count", 2, &c.ServerErrorChain.Count), span(ServerErrorChain, "within", &c.ServerErrorChain.Within),
		count(ServerErrorChain, "operations", 1, &c.ServerErrorChain.Operations),
		span(CrashRestart, "within", &c.CrashRestart.Within),
		span(Hang, "at_least", &c.Hang.AtLeast), count(Hang, "count", 2, &c.Hang.Count), span(Hang, "within", &c.Hang.Within),
		count(RequestStorm, "count", 2, &c.RequestStorm.Count), span(RequestStorm, "within", &c.RequestStorm.Within),
		span(ErrorBounce, "within", &c.ErrorBounce.Within),
		span(HelpSeeking, "within", &c.HelpSeeking.Within),
	}
}

// validate begins with the knob's name.
func (k knob) validate() error {
	switch {
	case k.count != nil:
		if *k.count < k.least || *k.count > most {
			return fmt.Errorf("%s: %d is not from %d to %d", k.name, *k.count, k.least, most)
		}
	case k.time != nil:
		if d := *k.time; d < time.Millisecond || d > longest || d%time.Millisecond != 0 {
			return fmt.Errorf("%s: %v is not a whole number of milliseconds from 1ms to %v", k.name, d, longest)
		}
	case !(*k.px >= 0) || math.IsInf(*k.px, 0):
		return fmt.Errorf("%s: %v is not 0 or more", k.name, *k.px)
	}
	return nil
}
