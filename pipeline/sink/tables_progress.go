package sink

import (
	"friction/pipeline/score"
)

// progressTable declares the columns of progress, in the order of the table.
func progressTable() *table[score.ProgressRow] {
	type in = row[score.ProgressRow]
	count := func(name string, get func(in) uint64) field[score.ProgressRow] { return number(name, get) }
	return &table[score.ProgressRow]{
		name: "progress_log",
		rows: func(r *score.Rows) []score.ProgressRow { return r.Progress },
		fields: []field[score.ProgressRow]{
			word("group", func(it in) string { return it.s.Group }),
			taskField[score.ProgressRow]("task"),
			number("tasks", func(it in) uint16 { return it.s.Tasks }),
			moment("watermark", func(it in) int64 { return int64(it.r.Watermark) }),
			moment("rows_until", func(it in) int64 { return int64(it.r.RowsUntil) }),
			count("settle_ms", func(it in) uint64 { return uint64(max(it.s.Settle, 0)) }),
			moment("wall_clock", func(it in) int64 { return int64(it.r.WallClock) }),
			derived("behind_ms", func(b []byte, it in) []byte {
				return appendInteger(b, clampTime(int64(it.r.WallClock))-clampTime(int64(it.r.Watermark)))
			}),
			derived("lag", func(b []byte, it in) []byte { return appendInteger(b, it.r.Lag()) }),
			positions("positions", func(it in) []score.Position { return it.r.Positions }),
			count("birth", func(it in) uint64 { return it.r.Birth }),
			count("epoch", func(it in) uint64 { return it.r.Epoch }),
			count("open_sessions", func(it in) uint64 { return it.r.Open }),
			count("state_bytes", func(it in) uint64 { return it.r.StateBytes }),
			count("consumed", func(it in) uint64 { return it.r.Counters.Consumed }),
			count("filtered", func(it in) uint64 { return it.r.Counters.Filtered }),
			count("rejected", func(it in) uint64 { return it.r.Counters.Rejected }),
			count("late", func(it in) uint64 { return it.r.Counters.Late }),
			count("duplicates", func(it in) uint64 { return it.r.Counters.Duplicates }),
			count("capped", func(it in) uint64 { return it.r.Counters.Capped }),
			count("unattended", func(it in) uint64 { return it.r.Counters.Unattended }),
			count("pending", func(it in) uint64 { return it.r.Counters.Pending }),
			count("in_sessions", func(it in) uint64 { return it.r.Counters.InSessions }),
			derived("unaccounted", func(b []byte, it in) []byte { return appendInteger(b, it.r.Unaccounted()) }),
			count("missed", func(it in) uint64 { return it.r.Counters.Missed }),
			count("overdue", func(it in) uint64 { return it.r.Counters.Overdue }),
			count("late_joined", func(it in) uint64 { return it.r.Counters.LateJoined }),
			count("idle_overtaken", func(it in) uint64 { return it.r.Counters.IdleOvertaken }),
			count("clock_ahead", func(it in) uint64 { return it.r.Counters.ClockAhead }),
			count("foreign_key", func(it in) uint64 { return it.r.Counters.ForeignKey }),
			count("unknown_fields", func(it in) uint64 { return it.r.Counters.UnknownFields }),
			count("other_steps", func(it in) uint64 { return it.r.Counters.OtherSteps }),
			count("other_values", func(it in) uint64 { return it.r.Counters.OtherValues }),
			count("sessions_opened", func(it in) uint64 { return it.r.Counters.SessionsOpened }),
			count("sessions_closed", func(it in) uint64 { return it.r.Counters.SessionsClosed }),
			count("closed_forgotten", func(it in) uint64 { return it.r.Counters.ClosedForgotten }),
			count("attempts_forgotten", func(it in) uint64 { return it.r.Counters.AttemptsForgotten }),
			count("visits", func(it in) uint64 { return it.r.Counters.Visits }),
			count("signals", func(it in) uint64 { return it.r.Counters.Signals }),
			counts("by_reason", func(it in) []score.Count { return it.r.Reasons() }),
			word("config_revision", func(it in) string { return it.r.Config }),
			runField[score.ProgressRow](), versionField[score.ProgressRow](),
		},
		views: everyRow[score.ProgressRow]("progress"),
	}
}

// positions is an array of named tuples.
func positions[R any](name string, get func(row[R]) []score.Position) field[R] {
	return field[R]{
		name: name, typ: "Array(Tuple(topic String, next Int64, end Int64, topic_time DateTime64(3, 'UTC')))",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([][][]any, len(rows))
			for i, it := range rows {
				v[i] = [][]any{}
				for _, p := range get(it) {
					v[i] = append(v[i], []any{p.Topic, p.Next, p.End, clampTime(int64(p.TopicTime))})
					sum.text(p.Topic)
					sum.n(uint64(p.Next))
					sum.n(uint64(p.End))
					sum.n(uint64(p.TopicTime))
				}
				sum.n(uint64(len(v[i])))
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte {
			return appendList(b, get(it), func(b []byte, p score.Position) []byte {
				b = appendString(append(b, `{"topic":`...), p.Topic)
				b = appendInteger(append(b, `,"next":`...), p.Next)
				b = appendInteger(append(b, `,"end":`...), p.End)
				b = appendTime(append(b, `,"topic_time":`...), clampTime(int64(p.TopicTime)))
				return append(b, '}')
			})
		},
	}
}

// visitRefs is an array of named tuples.
func visitRefs[R any](name string, get func(row[R]) []score.VisitRef) field[R] {
	return field[R]{
		name: name, typ: "Array(Tuple(journey String, step String, attempt UInt16, visit UInt16))",
		fill: func(rows []row[R], sum *checksum) any {
			v := make([][][]any, len(rows))
			for i, it := range rows {
				v[i] = [][]any{}
				for _, r := range get(it) {
					v[i] = append(v[i], []any{r.Journey, r.Step, r.Attempt, r.Visit})
					sum.text(r.Journey)
					sum.text(r.Step)
					sum.n(uint64(r.Attempt)<<16 | uint64(r.Visit))
				}
				sum.n(uint64(len(v[i])))
			}
			return v
		},
		json: func(b []byte, it row[R]) []byte {
			return appendList(b, get(it), func(b []byte, r score.VisitRef) []byte {
				b = appendString(append(b, `{"journey":`...), r.Journey)
				b = appendString(append(b, `,"step":`...), r.Step)
				b = appendInteger(append(b, `,"attempt":`...), r.Attempt)
				b = appendInteger(append(b, `,"visit":`...), r.Visit)
				return append(b, '}')
			})
		},
	}
}
