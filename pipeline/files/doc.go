// Package files reads events from files of any format that friction knows.
//
// Owns: how files become records: compression and encoding, lines and JSON values, the header of CSV and TSV, which a
// decoder must be told first; the order of event time ([Sort]); whether a file is of the right format at all ([Tally]).
// In: paths. Out: records, one by one.
// May not: decide what is done with records. Decoding only serves to know an event's time.
package files
