package detect

// reloadLoop finds at least `count` reloads, the first to the last of so many at
// most `within`. A reload is a view of the very page one is on already, when nothing
// has been clicked, sent or put in since the last view.
type reloadLoop struct{ streaks }

func reloadLoopRule(c BurstConfig) rule {
	shared := c.streaks(ReloadLoop)
	return rule{
		kind: ReloadLoop, subjects: views,
		begins:  reloaded,
		start:   func() detector { return &reloadLoop{streaks{streakRule: shared}} },
		version: c.version(ReloadLoop, 2),
	}
}

func reloaded(in *input) bool { return in.viewed && in.on == pageOf(in.event) && !in.acted }

func (r *reloadLoop) take(in *input) {
	switch {
	case in.event == nil:
		r.expire(in)
	case reloaded(in):
		r.add(in, "")
	default:
		r.finishAll(in)
	}
}
