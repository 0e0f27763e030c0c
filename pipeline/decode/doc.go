// Package decode turns the bytes of one record into an [event.Event], or says
// why it cannot.
//
// Owns: the settings, the order of checks, the rules about clocks, pseudonyms and
// keys, and events as native JSON ([AppendNative]). The syntax of a format is
// read by package adapter; fields and limits are those of package fields.
// In: [event.Record]. Out: [event.Event] or [event.Rejection].
// May not: do I/O, read clocks, start goroutines, log, or keep any byte of a
// record.
//
// # What is checked, in this order
//
// An empty value ([event.Empty]), one larger than max_bytes ([event.TooLarge]),
// a missing key unless the source has none ([event.NullKey]), a value that is not
// of the format ([event.Malformed]); then the fields: [event.MissingTime],
// [event.MissingUser], [event.MissingType], [event.BadTime], [event.BadField],
// [event.Nobody], [event.TimeFuture], [event.TimePast], [event.TooDeep]. The first that applies
// is the reason. The detail says where (a byte offset or a field's name) and
// what was expected, never what the payload held.
//
// Values of other fields than time, user and type reject no record: what is wrong
// is left out and counted ([Decoder.Dropped]). Bytes that are not UTF-8 are replaced.
// What a record becomes depends on it and on the configuration, never on others.
//
// Maps of CSV and TSV are described in package adapter, the memory of strings in
// package fields.
package decode
