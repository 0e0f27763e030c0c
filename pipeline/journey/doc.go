// Package journey recognises steps and keeps the visits of a session.
//
// Owns: match rules compiled to closures, globs, journeys and their steps, the built-in
// journey `site`, attempts, visits and their outcomes. In: the events of one session, in
// order. Out: visits entered, left and completed.
// May not: read clocks, know detectors or scores.
package journey
