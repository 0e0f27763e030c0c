package signals

import "friction/pipeline/detect"

// reloadLoop finds at least `count` reloads, the first to the last of so many at
// most `within`. A reload is a view of the very page one is on already, when nothing
// has been clicked, sent or put in since the last view.
type reloadLoop struct{ bursts }

// ReloadLoopRule compiles the thresholds.
func ReloadLoopRule(c BurstConfig) detect.Rule {
	shared := c.bursts()
	return detect.Rule{
		Triggers: detect.Views,
		Starts:   reloaded,
		New:      func() detect.Detector { return &reloadLoop{bursts{burstRule: shared}} },
		Version:  c.version("reload_loop", 2),
	}
}

func reloaded(in *detect.Input) bool {
	return in.Viewed && in.On == detect.ShownBy(in.Event) && !in.Acted
}

func (r *reloadLoop) Observe(in *detect.Input) {
	switch {
	case in.Event == nil:
		r.expire(in)
	case reloaded(in):
		r.add(in, "")
	default:
		r.finishAll(in)
	}
}
