package tuning

import (
	"fmt"
	"math"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/signals"
)

// knob is one threshold of a kind, by the name it has in the configuration.
type knob struct {
	kind  detect.Kind
	name  string
	count *int
	time  *time.Duration
	px    *float64
	least int // of a count
}

// knobs are all thresholds that are numbers. What they point at is c's.
func (c *Config) knobs() []knob {
	count := func(k detect.Kind, name string, least int, v *int) knob {
		return knob{kind: k, name: name, count: v, least: least}
	}
	span := func(k detect.Kind, name string, v *time.Duration) knob { return knob{kind: k, name: name, time: v} }
	px := func(k detect.Kind, v *float64) knob { return knob{kind: k, name: "distance", px: v} }
	return []knob{
		count(signals.RageClick, "clicks", 2, &c.RageClick.Clicks), span(signals.RageClick, "within", &c.RageClick.Within), px(signals.RageClick, &c.RageClick.Distance),
		count(signals.RageTap, "clicks", 2, &c.RageTap.Clicks), span(signals.RageTap, "within", &c.RageTap.Within), px(signals.RageTap, &c.RageTap.Distance),
		span(signals.DeadClick, "within", &c.DeadClick.Within), span(signals.DeadClick, "repeat", &c.DeadClick.Repeat), span(signals.DeadClick, "forgive", &c.DeadClick.Forgive),
		span(signals.ErrorClick, "within", &c.ErrorClick.Within),
		count(signals.ThrashedCursor, "count", 2, &c.ThrashedCursor.Count), span(signals.ThrashedCursor, "within", &c.ThrashedCursor.Within),
		px(signals.ThrashedCursor, &c.ThrashedCursor.Distance),
		count(signals.ExcessiveScroll, "count", 2, &c.ExcessiveScroll.Count), span(signals.ExcessiveScroll, "within", &c.ExcessiveScroll.Within),
		px(signals.ExcessiveScroll, &c.ExcessiveScroll.Distance),
		span(signals.QuickBack, "within", &c.QuickBack.Within),
		count(signals.PageLoop, "entries", 2, &c.PageLoop.Entries), span(signals.PageLoop, "within", &c.PageLoop.Within),
		count(signals.ReloadLoop, "count", 1, &c.ReloadLoop.Count), span(signals.ReloadLoop, "within", &c.ReloadLoop.Within),
		span(signals.Retry, "within", &c.Retry.Within), span(signals.Retry, "slow", &c.Retry.Slow),
		count(signals.RepeatedSubmit, "count", 2, &c.RepeatedSubmit.Count), span(signals.RepeatedSubmit, "within", &c.RepeatedSubmit.Within),
		count(signals.ValidationLoop, "count", 2, &c.ValidationLoop.Count), span(signals.ValidationLoop, "within", &c.ValidationLoop.Within),
		count(signals.FormAbandonment, "fields", 1, &c.FormAbandonment.Fields),
		count(signals.FieldReentry, "count", 2, &c.FieldReentry.Count), span(signals.FieldReentry, "within", &c.FieldReentry.Within),
		span(signals.Hesitation, "at_least", &c.Hesitation.AtLeast), span(signals.Hesitation, "at_most", &c.Hesitation.AtMost),
		count(signals.RepeatedSearch, "count", 2, &c.RepeatedSearch.Count), span(signals.RepeatedSearch, "within", &c.RepeatedSearch.Within),
		span(signals.SlowResponse, "after", &c.SlowResponse.After), span(signals.SlowResponse, "again", &c.SlowResponse.Again),
		span(signals.ErrorLeave, "within", &c.ErrorLeave.Within),
		count(signals.ServerErrorChain, "count", 2, &c.ServerErrorChain.Count), span(signals.ServerErrorChain, "within", &c.ServerErrorChain.Within),
		count(signals.ServerErrorChain, "operations", 1, &c.ServerErrorChain.Operations),
		span(signals.CrashRestart, "within", &c.CrashRestart.Within),
		span(signals.Hang, "at_least", &c.Hang.AtLeast), count(signals.Hang, "count", 2, &c.Hang.Count), span(signals.Hang, "within", &c.Hang.Within),
		count(signals.RequestStorm, "count", 2, &c.RequestStorm.Count), span(signals.RequestStorm, "within", &c.RequestStorm.Within),
		span(signals.ErrorBounce, "within", &c.ErrorBounce.Within),
		span(signals.HelpSeeking, "within", &c.HelpSeeking.Within),
	}
}

// validate begins with the knob's name.
func (k knob) validate() error {
	switch {
	case k.count != nil:
		if *k.count < k.least || *k.count > detect.Most {
			return fmt.Errorf("%s: %d is not from %d to %d", k.name, *k.count, k.least, detect.Most)
		}
	case k.time != nil:
		if d := *k.time; d < time.Millisecond || d > detect.Longest || d%time.Millisecond != 0 {
			return fmt.Errorf("%s: %v is not a whole number of milliseconds from 1ms to %v", k.name, d, detect.Longest)
		}
	case !(*k.px >= 0) || math.IsInf(*k.px, 0):
		return fmt.Errorf("%s: %v is not 0 or more", k.name, *k.px)
	}
	return nil
}
