package worker

import (
	"cmp"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// stepMetrics are gauges of steps: for every step, the sums of the newest window that is complete, that is, whose end the
// watermark of its task has passed. They are made of the rows that tasks log, so a worker shows its own partitions, and
// the sum over all workers is the step. After a partition has come to this worker, a step is shown once a row of it has
// been logged.
type stepMetrics struct {
	config      MetricsConfig
	size, slide event.Millis

	mu      sync.Mutex
	steps   map[seriesKey]*stepWindows
	until   map[int32]event.Millis // watermark by partition
	shown   [2]int                 // steps of configured journeys, pages
	omitted map[seriesKey]bool

	score, visits, affected, pain, outcomes, stalled, signals, left *prometheus.Desc
}

// seriesKey names a step over all apps.
type seriesKey struct{ app, journey, step string }

// kind is the index of the step's limit: 0 for steps of journeys, 1 for pages.
func (k seriesKey) kind() int {
	if k.journey == journey.Site {
		return 1
	}
	return 0
}

// stepWindows are the windows of one step.
type stepWindows struct {
	tasks map[int32][]score.WindowRow // by partition, from the newest complete one on, oldest first
	kinds map[string]bool             // kinds of signals ever seen on it
}

func newStepMetrics(c MetricsConfig, s score.Config) *stepMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("friction_"+name, help, append([]string{"app", "journey", "step"}, labels...), nil)
	}
	return &stepMetrics{
		config: c, size: session.Millis(s.Size), slide: session.Millis(s.Slide),
		steps: map[seriesKey]*stepWindows{}, until: map[int32]event.Millis{}, omitted: map[seriesKey]bool{},

		score:    desc("step_score", "Score (0 to 100) of the newest complete window in this worker's partitions. Over several workers divide the sums of step_pain by those of step_visits, times 100."),
		visits:   desc("step_visits", "Visits entered in the newest complete window."),
		affected: desc("step_affected_visits", "Of these, visits with any pain."),
		pain:     desc("step_pain", "Sum of the pain of these visits, 0 to 1 each."),
		outcomes: desc("step_outcome_visits", "Of these, visits by outcome.", "outcome"),
		stalled:  desc("step_stalled_visits", "Of these, open visits whose session has fallen silent."),
		signals:  desc("step_signals", "Signals of these visits, by kind.", "signal"),
		left:     prometheus.NewDesc("friction_step_series_omitted", "Steps without gauges, because worker.metrics allows no more.", nil, nil),
	}
}

// pick copies those of the windows that a task is about to log which add will need: none of
// overdue sessions, which are about the past.
func (s *stepMetrics) pick(partition int32, watermark event.Millis, windows []score.WindowRow) (picked []score.WindowRow) {
	if s == nil || s.config.Steps+s.config.Pages == 0 || watermark <= 0 {
		return nil
	}
	s.mu.Lock()
	from := s.newest(max(s.until[partition], watermark))
	s.mu.Unlock()
	for _, w := range windows {
		if w.WindowStart >= from && w.Part == 0 {
			w.Sums.Signals, w.Sums.DwellHist = slices.Clone(w.Sums.Signals), nil
			picked = append(picked, w)
		}
	}
	return picked
}

// add stores the windows that a task has logged up to a watermark. A nil stepMetrics does nothing.
func (s *stepMetrics) add(partition int32, watermark event.Millis, windows []score.WindowRow) {
	if s == nil || s.config.Steps+s.config.Pages == 0 || watermark <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until[partition] = max(s.until[partition], watermark)
	from := s.complete(partition)
	for i := range windows {
		if windows[i].WindowStart >= from {
			s.keep(partition, &windows[i])
		}
	}
	s.prune(partition, from)
}

// complete is the start of the newest window that has ended by a task's watermark.
func (s *stepMetrics) complete(partition int32) event.Millis { return s.newest(s.until[partition]) }

// newest is the start of the newest window that has ended by a watermark.
func (s *stepMetrics) newest(watermark event.Millis) event.Millis {
	return (watermark - s.size) / s.slide * s.slide
}

// keep stores a window, in the place of its older version if there is one.
func (s *stepMetrics) keep(partition int32, w *score.WindowRow) {
	step := s.step(seriesKey{w.App, w.Journey, w.Step})
	if step == nil {
		return
	}
	for _, c := range w.Sums.Signals {
		step.kinds[c.Name] = true
	}
	rows := step.tasks[partition]
	i, found := slices.BinarySearchFunc(rows, w.WindowStart, func(o score.WindowRow, at event.Millis) int { return cmp.Compare(o.WindowStart, at) })
	if !found {
		rows = slices.Insert(rows, i, score.WindowRow{})
	}
	rows[i] = *w
	step.tasks[partition] = rows
}

// maxOmitted bounds how many steps beyond the limit are stored in order to count them.
const maxOmitted = 10_000

// step returns the windows of a step; nil for a step beyond the limit.
func (s *stepMetrics) step(key seriesKey) *stepWindows {
	if known := s.steps[key]; known != nil {
		return known
	}
	if s.shown[key.kind()] >= [2]int{s.config.Steps, s.config.Pages}[key.kind()] {
		if len(s.omitted) < maxOmitted {
			s.omitted[key] = true
		}
		return nil
	}
	s.shown[key.kind()]++
	delete(s.omitted, key)
	s.steps[key] = &stepWindows{tasks: map[int32][]score.WindowRow{}, kinds: map[string]bool{}}
	return s.steps[key]
}

// prune drops windows before the newest complete one. A page that nobody visits any more is dropped, so that another can be
// shown; a step of a journey stays, and shows no visits.
func (s *stepMetrics) prune(partition int32, from event.Millis) {
	for key, step := range s.steps {
		rows, ok := step.tasks[partition]
		if !ok {
			continue
		}
		n := 0
		for n < len(rows) && rows[n].WindowStart < from {
			n++
		}
		step.tasks[partition] = slices.Delete(rows, 0, n)
		if n == len(rows) && key.journey == journey.Site {
			s.drop(key, partition)
		}
	}
}

// drop forgets a step in one partition, and altogether when it was the last.
func (s *stepMetrics) drop(key seriesKey, partition int32) {
	step := s.steps[key]
	delete(step.tasks, partition)
	if len(step.tasks) == 0 {
		delete(s.steps, key)
		s.shown[key.kind()]--
	}
}

// forget drops what was shown of a partition that another worker has now. A nil stepMetrics does nothing.
func (s *stepMetrics) forget(partition int32) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, partition)
	for key, step := range s.steps {
		if _, ok := step.tasks[partition]; ok {
			s.drop(key, partition)
		}
	}
}

// Describe implements prometheus.Collector.
func (s *stepMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.score, s.visits, s.affected, s.pain, s.outcomes, s.stalled, s.signals, s.left} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *stepMetrics) Collect(out chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for key, step := range s.steps {
		sum, signals := s.sum(step)
		at := []string{key.app, key.journey, key.step}
		gauge(s.score, sum.Score(), at...)
		gauge(s.visits, float64(sum.Visits), at...)
		gauge(s.affected, float64(sum.Affected), at...)
		gauge(s.pain, float64(sum.Pain)/1e6, at...)
		gauge(s.stalled, float64(sum.Stalled), at...)
		for o := range journey.NumOutcomes {
			gauge(s.outcomes, float64(sum.Outcomes[o]), key.app, key.journey, key.step, o.String())
		}
		for kind := range step.kinds {
			gauge(s.signals, float64(signals[kind]), key.app, key.journey, key.step, kind)
		}
	}
	gauge(s.left, float64(len(s.omitted)))
}

// sum adds up a step's newest complete windows of all partitions.
func (s *stepMetrics) sum(step *stepWindows) (sum score.Sums, signals map[string]uint64) {
	signals = map[string]uint64{}
	for partition, rows := range step.tasks {
		if len(rows) == 0 || rows[0].WindowStart != s.complete(partition) {
			continue
		}
		w := &rows[0].Sums
		sum.Visits += w.Visits
		sum.Affected += w.Affected
		sum.Pain += w.Pain
		sum.Stalled += w.Stalled
		for o, n := range w.Outcomes {
			sum.Outcomes[o] += n
		}
		for _, c := range w.Signals {
			signals[c.Name] += c.N
		}
	}
	return sum, signals
}
