// Package oracle is a second, slow and plain reading of the rules of
// docs/semantics.md, for tests to hold the engine against.
//
// Owns: the rules as they are written, over all events of a world at once.
// In: a world. Out: the rows that the engine must end up with, and counters.
// May not: call a function of the packages it checks, or be imported outside tests.
//
// Calls go one way: oracle.go → sessions.go, rows.go and sums.go → findings.go →
// list.go → one file a signal → what several signals share (rage.go, bursts.go,
// leaving.go, reversals.go, field.go) → the thresholds in force (overrides.go,
// suppression.go, settings.go, presets.go) → visits.go, match.go, history.go.
// model.go has the types.
package oracle
