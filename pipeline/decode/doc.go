// Package decode turns the bytes of one record into an [event.Event], or says
// why it cannot.
//
// Owns: the formats (native JSON, NCSA access logs, CSV and TSV), their limits,
// page normalisation, pseudonyms, the clock rules, and the reasons a record is
// rejected for. In: [event.Record]. Out: [event.Event] or [event.Rejection], and
// events as native JSON ([AppendNative]).
// May not: do I/O, read clocks, start goroutines, log, or keep any byte of a
// record.
//
// # What is checked, in this order
//
// An empty value ([event.Empty]), one larger than max_bytes ([event.TooLarge]),
// a missing key unless the source has none ([event.NullKey]), bytes that are not
// UTF-8 ([event.InvalidUTF8]), a value that is not of the format
// ([event.Malformed]); then the fields: [event.MissingTime],
// [event.MissingUser], [event.MissingType], [event.BadTime], [event.BadField],
// [event.TimeFuture], [event.TimePast], [event.TooDeep]. The first that applies
// is the reason. The detail says where (a byte offset or a field's name) and
// what was expected, never what the payload held.
//
// # Memory
//
// Repeated strings (pages, operations, names, targets, contexts) come from
// bounded caches, the others (user, account, session and event ids, values of
// attributes) from chunks of 32 KiB that live as long as any string in them:
// whoever keeps one beyond the event copies it with strings.Clone.
package decode
