package sink

import (
	"strconv"

	"friction/pipeline/score"
)

// windowTable declares the columns of windows, in the order of the table.
func windowTable() *table[score.WindowRow] {
	type in = row[score.WindowRow]
	end := func(it in) int64 { return int64(it.r.WindowStart + it.r.Size) }
	return &table[score.WindowRow]{
		name: "step_windows_log",
		rows: func(r *score.Rows) []score.WindowRow { return r.Windows },
		at:   func(r *score.WindowRow) int64 { return int64(r.WindowStart) },
		fields: join(
			[]field[score.WindowRow]{
				word("app", func(it in) string { return it.r.App }),
				word("journey", func(it in) string { return it.r.Journey }),
				word("step", func(it in) string { return it.r.Step }),
				number("step_index", func(it in) uint8 { return it.r.StepIndex }),
				moment("window_start", func(it in) int64 { return int64(it.r.WindowStart) }),
				moment("part", func(it in) int64 { return int64(it.r.Part) }).hidden(),
				number("window_size_ms", func(it in) uint32 { return uint32(it.r.Size) }),
			},
			sumFields(func(it in) *score.Sums { return &it.r.Sums }, func(it in) string { return it.r.Journey }),
			[]field[score.WindowRow]{
				word("weights_version", func(it in) string { return it.r.Weights }),
				finalField(func(it in) *score.Sums { return &it.r.Sums }, end),
				taskField[score.WindowRow]("task").hidden(),
				runField[score.WindowRow]().hidden(), versionField[score.WindowRow]().hidden(),
			},
		),
		views: everyRow[score.WindowRow]("step_scores"),
	}
}

// paneTable declares the columns of panes, in the order of the table. Two views share it: everyone, and by dimension.
func paneTable() *table[score.PaneRow] {
	type in = row[score.PaneRow]
	end := func(it in) int64 { return int64(it.r.PaneStart + it.r.Size) }
	return &table[score.PaneRow]{
		name: "step_panes_log",
		rows: func(r *score.Rows) []score.PaneRow { return r.Panes },
		at:   func(r *score.PaneRow) int64 { return int64(r.PaneStart) },
		fields: join(
			[]field[score.PaneRow]{
				word("app", func(it in) string { return it.r.App }),
				word("journey", func(it in) string { return it.r.Journey }),
				word("step", func(it in) string { return it.r.Step }),
				number("step_index", func(it in) uint8 { return it.r.StepIndex }),
				word("dimension", func(it in) string { return it.r.Dimension }),
				word("value", func(it in) string { return it.r.Value }),
				moment("pane_start", func(it in) int64 { return int64(it.r.PaneStart) }),
				moment("part", func(it in) int64 { return int64(it.r.Part) }).hidden(),
				number("pane_size_ms", func(it in) uint32 { return uint32(it.r.Size) }),
			},
			sumFields(func(it in) *score.Sums { return &it.r.Sums }, func(it in) string { return it.r.Journey }),
			[]field[score.PaneRow]{
				word("weights_version", func(it in) string { return it.r.Weights }),
				finalField(func(it in) *score.Sums { return &it.r.Sums }, end),
				taskField[score.PaneRow]("task").hidden(),
				runField[score.PaneRow]().hidden(), versionField[score.PaneRow]().hidden(),
			},
		),
		views: []view[score.PaneRow]{
			{name: "step_panes", holds: func(r *score.PaneRow) bool { return r.Dimension == "" }, without: []string{"dimension", "value"}},
			{name: "step_panes_detail", holds: func(r *score.PaneRow) bool { return r.Dimension != "" }},
		},
	}
}

// sumFields are the columns of everything that holds sums of visits.
func sumFields[R any](sums func(row[R]) *score.Sums, journey func(row[R]) string) []field[R] {
	known := func(get func(*score.Sums) (float64, bool)) func([]byte, row[R]) []byte {
		return func(b []byte, it row[R]) []byte {
			v, ok := get(sums(it))
			return appendPerhaps(b, v, ok)
		}
	}
	value := func(get func(*score.Sums) float64) func([]byte, row[R]) []byte {
		return func(b []byte, it row[R]) []byte { return appendFloat(b, get(sums(it))) }
	}
	outcome := func(name string) field[R] {
		o := outcomeOf(name)
		return number(name, func(it row[R]) uint64 { return sums(it).Outcomes[o] })
	}
	dropped := outcomeOf("dropped")
	return []field[R]{
		number("visits", func(it row[R]) uint64 { return sums(it).Visits }),
		derived("late_visits", func(b []byte, it row[R]) []byte { return appendInteger(b, sums(it).Late) }),
		number("affected", func(it row[R]) uint64 { return sums(it).Affected }),
		derived("affected_share", value((*score.Sums).AffectedShare)),
		derived("score", value((*score.Sums).Score)),
		derived("score_se", known((*score.Sums).ScoreError)),
		derived("score_low", known((*score.Sums).ScoreLow)),
		derived("low_sample", func(b []byte, it row[R]) []byte { return appendBool(b, sums(it).LowSample()) }),
		outcome("advanced"), outcome("completed"), outcome("back"), outcome("dropped"),
		derived("exits", func(b []byte, it row[R]) []byte {
			if journey(it) != "site" {
				return append(b, '0')
			}
			return appendInteger(b, sums(it).Outcomes[dropped])
		}),
		outcome("open"),
		number("stalled", func(it row[R]) uint64 { return sums(it).Stalled }),
		counts("signals", func(it row[R]) []score.Count { return sums(it).Signals }),
		derived("dwell_p50_ms", known(func(s *score.Sums) (float64, bool) { return s.DwellQuantile(0.50) })),
		derived("dwell_p95_ms", known(func(s *score.Sums) (float64, bool) { return s.DwellQuantile(0.95) })),
		histogram("dwell_histogram", func(it row[R]) []score.Count32 { return sums(it).DwellHist }),
		number("pain_sum", func(it row[R]) uint64 { return sums(it).Pain }),
		number("pain_sq_sum", func(it row[R]) uint64 { return sums(it).PainSq }),
	}
}

// finalField says whether the sums can still change, as far as this task knows.
func finalField[R any](sums func(row[R]) *score.Sums, end func(row[R]) int64) field[R] {
	open := outcomeOf("open")
	return derived("final", func(b []byte, it row[R]) []byte {
		return appendBool(b, sums(it).Outcomes[open] == 0 && end(it) <= it.s.settled)
	})
}

// outcomeOf is the index of an outcome among the sums; the names are those of the tables.
func outcomeOf(name string) score.Outcome {
	for o := range score.NumOutcomes {
		if o.String() == name {
			return o
		}
	}
	return score.NumOutcomes
}

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

func join[R any](lists ...[]field[R]) []field[R] {
	var out []field[R]
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}
