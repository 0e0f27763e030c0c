// Package signals has all signals: one file each, with its declaration, rule and state.
//
// Owns: what each signal means, the thresholds it has, how it is found, what it absorbs, and the number it has in
// saved state. In: events, through the contract of package detect. Out: signals.
//
// May not: read clocks, decide which thresholds apply (package tuning does), know scores or where signals are stored.
package signals
