// Package rejects notices when a worker cannot decode much of what it reads, and says so in words that help.
//
// Owns: the share of records of the last minute that could not be decoded, the most frequent reason, and one example of
// it. In: what became of records, from all tasks of a worker. Out: one line of the log when the share rises above its
// limit and one when it has fallen again, the same as a note for /readyz, and the share as a metric.
// May not: log what a record holds. It only says what the record looks like.
package rejects
