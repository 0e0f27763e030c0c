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
// # Maps
//
// A map says what the fields of an event are made of, where a row of CSV or TSV
// has columns of names of their own:
//
//	time=timestamp:s, user=panelist_id, type='page_view', page=url, op=method+' '+url
//
// It is a list of field=value, separated by commas. A field is one of the native
// event (time, user, type, …), a member of an object of it (target.tag,
// context.os, error.kind), or attrs.NAME; target alone is target.id. A value is a
// column, a 'constant', or several of them joined by +. A column whose name has
// one of the marks , = + : ' " * is written in double quotes; a quote inside
// quotes is written twice. White space around marks does not count.
//
// time and duration_ms may have a unit behind a colon: s, ms, us, ns, with any
// fraction; time also rfc3339, which takes a space for the T and UTC where there is
// no zone. Without a unit a duration is in milliseconds, and a time is told by its
// look: a date, or a Unix time whose size tells the unit. time, user and type must
// be there. attrs=* makes attributes of all columns the map does not name.
//
// An empty cell is as if it were not there; a joined value is, when all its columns
// are. ok and keyboard are true, false, 1 or 0; target.classes are separated by
// spaces.
//
// # Memory
//
// Repeated strings (pages, operations, names, targets, contexts) come from
// bounded caches, the others (user, account, session and event ids, values of
// attributes) from chunks of 32 KiB that live as long as any string in them:
// whoever keeps one beyond the event copies it with strings.Clone.
package decode
