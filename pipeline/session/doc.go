// Package session decides when a task's records are taken, and which session
// each event belongs to.
//
// Owns: topic times, effective time and the watermark; the re-order buffer; the
// calendar of timers; the rules of joining, opening, splitting and closing; the
// set of ids that de-duplicates. In: events as read. Out: events in the order of
// effective time, each with its [Fate].
// May not: read clocks, know journeys or detectors.
package session
