// Package session decides when a task's records are processed, and which session
// each event belongs to.
//
// Owns: topic times, effective time and the watermark; the re-order buffer; the timer
// queue; the rules by which sessions open, take events, split and close, with the
// presets of other products; the set of ids that removes duplicates; when sessions were
// that have closed. In: events as read. Out: events in the order of effective time, each with its [Decision].
// May not: read clocks, know journeys or detectors.
package session
