package signals

import (
	"cmp"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var failedRequestSignal = detect.Declaration{
	Name: "failed_request", Revision: 1, Failures: true,
	Summary: "a request that failed",
	Means:   "has a request that fails, whether it is noticed or not",
	One:     "a request with a status of 400 or more or `ok: false`; the same operation failing again at most 60 s after the last belongs to it",
	Counts:  "failures",
	Source:  "Every failed request is an event in most products; we count the same operation again within 60 s with it (our choice), so that an outage is one signal.",
	Cap:     3, SessionOnly: true, Where: detect.ByOperation,
	Thresholds: WithinThresholds{Enabled: true, Within: time.Minute},
	Needs: []detect.Need{
		needs("a failed request", `{"type": "request", "op", "status"} or "ok" once its outcome is known`, detect.TypesOf(event.Request), hasOutcome),
	},
	Rule: detect.RuleOf(func(c WithinThresholds) detect.Rule {
		return repeated(c, event.Request, (*event.Event).Failed, func(e *event.Event) string { return cmp.Or(e.Op, e.Page) })
	}),
	MostHeld: maxBursts,
}
