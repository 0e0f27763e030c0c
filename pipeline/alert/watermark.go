package alert

import "time"

// Progress is how far a group of workers has come.
type Progress struct {
	Group     string
	Watermark time.Time // zero while a task has not reported
	Now       time.Time // the clock it is compared with
}

// watermarkRule raises an alert when the data of a group does not advance.
type watermarkRule struct {
	cfg  *Config
	open *openAlerts
}

// evaluate compares one group with the clock. An alert is resolved when the group is behind by less than half the limit.
func (r *watermarkRule) evaluate(p Progress) []Change {
	if p.Watermark.IsZero() {
		return nil
	}
	name := StepName{Step: p.Group}
	behind := p.Now.Sub(p.Watermark)
	if a := r.open.get(Watermark, name); a != nil {
		a.Observed = behind.Seconds()
		if behind > r.cfg.WatermarkBehind/2 {
			return nil
		}
		return []Change{r.open.resolve(a, p.Now)}
	}
	if behind <= r.cfg.WatermarkBehind {
		return nil
	}
	return []Change{r.open.raise(&Alert{
		Seq: 1, Rule: Watermark, State: Raised, Severity: Critical, Series: Series{StepName: name}, Metric: Behind, Observed: behind.Seconds(),
		Bound: r.cfg.WatermarkBehind.Seconds(), Window: r.cfg.WatermarkBehind, Since: p.Watermark, RaisedAt: p.Now, UpdatedAt: p.Now,
	})}
}
