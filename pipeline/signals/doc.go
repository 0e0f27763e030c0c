// Package signals is the signals that there are: one file each, with its rule and
// its state.
//
// Owns: what each signal means, the thresholds it has, how it is found, what it
// absorbs, and the number it has in saved state. In: events, through the contract of
// package detect. Out: findings.
//
// May not: read clocks, decide which thresholds are in force (that is package
// tuning's), know scores or where signals are stored.
package signals
