package sink

import (
	"friction/pipeline/score"
)

// Each table is one list of its columns, in the order of the view people read.
// The list serves the inserts and the lines of JSON alike.

// sessionTable declares the columns of sessions, in the order of the table.
func sessionTable() *table[score.SessionRow] {
	type in = row[score.SessionRow]
	return &table[score.SessionRow]{
		name: "sessions_log",
		rows: func(r *score.Rows) []score.SessionRow { return r.Sessions },
		at:   func(r *score.SessionRow) int64 { return int64(r.OpenedAt) },
		fields: []field[score.SessionRow]{
			word("app", func(it in) string { return it.r.App }),
			id("session_id", func(it in) [16]byte { return it.r.SessionID }),
			text("user", func(it in) string { return it.r.User }),
			text("account", func(it in) string { return it.r.Account }),
			text("client_session", func(it in) string { return it.r.Client }),
			moment("opened_at", func(it in) int64 { return int64(it.r.OpenedAt) }),
			moment("started_at", func(it in) int64 { return int64(it.r.StartedAt) }),
			moment("ended_at", func(it in) int64 { return int64(it.r.EndedAt) }),
			derived("duration_ms", func(b []byte, it in) []byte {
				return appendInteger(b, max(0, int64(it.r.EndedAt-it.r.StartedAt)))
			}),
			number("events", func(it in) uint32 { return it.r.Events }),
			number("pages", func(it in) uint32 { return it.r.Pages }),
			number("duplicates", func(it in) uint32 { return it.r.Duplicates }),
			number("capped", func(it in) uint32 { return it.r.Capped }),
			number("late_joined", func(it in) uint32 { return it.r.LateJoined }),
			number("clock_ahead", func(it in) uint32 { return it.r.ClockAhead }),
			number("clock_offset", func(it in) int64 { return int64(it.r.ClockOffset) }),
			flag("overdue", func(it in) bool { return it.r.Overdue }),
			word("entry_page", func(it in) string { return it.r.EntryPage }),
			word("exit_page", func(it in) string { return it.r.ExitPage }),
			pairs("segments", func(it in) []score.Pair { return it.r.Segments }),
			counts("signals", func(it in) []score.Count { return it.r.Signals }),
			derived("score", func(b []byte, it in) []byte { return appendFloat(b, it.r.Score()) }),
			number("pain", func(it in) uint32 { return it.r.Pain }),
			taskField[score.SessionRow]("task").hidden(),
			runField[score.SessionRow](), versionField[score.SessionRow](),
		},
		views: everyRow[score.SessionRow]("sessions"),
	}
}

// visitTable declares the columns of visits, in the order of the table.
func visitTable() *table[score.VisitRow] {
	type in = row[score.VisitRow]
	return &table[score.VisitRow]{
		name: "step_visits_log",
		rows: func(r *score.Rows) []score.VisitRow { return r.Visits },
		at:   func(r *score.VisitRow) int64 { return int64(r.EnteredAt) },
		fields: []field[score.VisitRow]{
			word("app", func(it in) string { return it.r.App }),
			word("journey", func(it in) string { return it.r.Journey }),
			word("step", func(it in) string { return it.r.Step }),
			number("step_index", func(it in) uint8 { return it.r.StepIndex }),
			id("session_id", func(it in) [16]byte { return it.r.SessionID }),
			text("user", func(it in) string { return it.r.User }),
			number("attempt", func(it in) uint16 { return it.r.Attempt }),
			number("visit", func(it in) uint16 { return it.r.Visit }),
			moment("entered_at", func(it in) int64 { return int64(it.r.EnteredAt) }),
			perhaps("left_at", func(it in) int64 { return int64(it.r.LeftAt) }),
			derived("dwell_ms", func(b []byte, it in) []byte {
				if ms, ended := it.r.Dwell(); ended {
					return appendInteger(b, int64(ms))
				}
				return append(b, "null"...)
			}),
			word("outcome", func(it in) string { return it.r.Outcome.String() }),
			derived("exit", func(b []byte, it in) []byte {
				return appendBool(b, it.r.Journey == "site" && it.r.Outcome.String() == "dropped")
			}),
			flag("stalled", func(it in) bool { return it.r.Stalled }),
			flag("entered_midway", func(it in) bool { return it.r.EnteredMidway }),
			flag("skipped", func(it in) bool { return it.r.Skipped }),
			flag("resumed", func(it in) bool { return it.r.Resumed }),
			flag("returned", func(it in) bool { return it.r.Returned }),
			pairs("segments", func(it in) []score.Pair { return it.r.Segments }),
			counts("signals", func(it in) []score.Count { return it.r.Signals }),
			derived("score", func(b []byte, it in) []byte { return appendFloat(b, it.r.Score()) }),
			number("pain", func(it in) uint32 { return it.r.Pain }),
			word("weights_version", func(it in) string { return it.r.Weights }),
			taskField[score.VisitRow]("task").hidden(),
			runField[score.VisitRow](), versionField[score.VisitRow](),
		},
		views: everyRow[score.VisitRow]("step_visits"),
	}
}

// signalTable declares the columns of signals, in the order of the table.
func signalTable() *table[score.SignalRow] {
	type in = row[score.SignalRow]
	return &table[score.SignalRow]{
		name: "signals_log",
		rows: func(r *score.Rows) []score.SignalRow { return r.Signals },
		at:   func(r *score.SignalRow) int64 { return int64(r.StartedAt) },
		fields: []field[score.SignalRow]{
			word("app", func(it in) string { return it.r.App }),
			id("signal_id", func(it in) [16]byte { return it.r.SignalID }),
			word("kind", func(it in) string { return it.r.Kind }),
			id("session_id", func(it in) [16]byte { return it.r.SessionID }),
			text("user", func(it in) string { return it.r.User }),
			moment("started_at", func(it in) int64 { return int64(it.r.StartedAt) }),
			moment("ended_at", func(it in) int64 { return int64(it.r.EndedAt) }),
			number("count", func(it in) uint32 { return it.r.Count }),
			word("page", func(it in) string { return it.r.Page }),
			text("target", func(it in) string { return it.r.Target }),
			text("op", func(it in) string { return it.r.Op }),
			word("outcome", func(it in) string { return it.r.Outcome }),
			texts("event_ids", func(it in) []string { return it.r.EventIDs }),
			visitRefs("visits", func(it in) []score.VisitRef { return it.r.Visits }),
			word("absorbed_by", func(it in) string { return it.r.AbsorbedBy }),
			word("rule_version", func(it in) string { return it.r.RuleVersion }),
			pairs("segments", func(it in) []score.Pair { return it.r.Segments }),
			taskField[score.SignalRow]("task").hidden(),
			runField[score.SignalRow](), versionField[score.SignalRow](),
		},
		views: everyRow[score.SignalRow]("signals"),
	}
}

func lateTable() *table[score.LateRow] {
	type in = row[score.LateRow]
	return &table[score.LateRow]{
		name: "late_events_log",
		rows: func(r *score.Rows) []score.LateRow { return r.Late },
		at:   func(r *score.LateRow) int64 { return int64(r.RecordTime) },
		fields: []field[score.LateRow]{
			word("topic", func(it in) string { return it.r.Topic }),
			taskField[score.LateRow]("partition"),
			number("offset", func(it in) int64 { return it.r.Offset }),
			moment("record_time", func(it in) int64 { return int64(it.r.RecordTime) }),
			moment("event_time", func(it in) int64 { return int64(it.r.EventTime) }),
			word("app", func(it in) string { return it.r.App }),
			text("user", func(it in) string { return it.r.User }),
			word("type", func(it in) string { return it.r.Type }),
			word("page", func(it in) string { return it.r.Page }),
			text("event_id", func(it in) string { return it.r.EventID }),
			number("late_by_ms", func(it in) int64 { return int64(it.r.LateBy) }),
			runField[score.LateRow](), versionField[score.LateRow](),
		},
		views: everyRow[score.LateRow]("late_events"),
	}
}

func rejectedTable() *table[score.RejectedRow] {
	type in = row[score.RejectedRow]
	return &table[score.RejectedRow]{
		name: "rejected_events_log",
		rows: func(r *score.Rows) []score.RejectedRow { return r.Rejected },
		at:   func(r *score.RejectedRow) int64 { return int64(r.RecordTime) },
		fields: []field[score.RejectedRow]{
			word("topic", func(it in) string { return it.r.Topic }),
			taskField[score.RejectedRow]("partition"),
			number("offset", func(it in) int64 { return it.r.Offset }),
			moment("record_time", func(it in) int64 { return int64(it.r.RecordTime) }),
			word("reason", func(it in) string { return it.r.Reason }),
			text("detail", func(it in) string { return it.r.Detail }),
			number("bytes", func(it in) uint32 { return it.r.Bytes }),
			runField[score.RejectedRow](), versionField[score.RejectedRow](),
		},
		views: everyRow[score.RejectedRow]("rejected_events"),
	}
}

// allTables lists what the worker writes, in the order of inserts: progress last.
func allTables() []inserter {
	return []inserter{
		sessionTable(), visitTable(), signalTable(), windowTable(), paneTable(), lateTable(), rejectedTable(), progressTable(),
	}
}
