// Package detect runs detectors over the events of one session. It is the runtime
// of signals and the contract that they keep; it names no signal.
//
// Owns: the contract ([Rule], [Detector], [Declaration]), the dispatch of events to detectors, the memory that
// detectors of one session share, and the decision which of two signals about the same events counts. In: the events
// of a session, in order. Out: signals.
//
// May not: read clocks, know a signal by its name, know scores or where signals are stored. What signals there are is
// in package signals; package tuning decides which thresholds apply.
package detect
