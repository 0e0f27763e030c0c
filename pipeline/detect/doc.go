// Package detect finds friction in the events of one session.
//
// Owns: the kinds of signals, one file per detector, the contract they share,
// what absorbs what. In: the events of a session, in order. Out: signals.
// May not: read clocks, know scores or where signals are stored.
//
// Adding a detector: a file with its rule and its state, a line in [New], a
// block in the configuration and a scenario in testdata.
package detect
