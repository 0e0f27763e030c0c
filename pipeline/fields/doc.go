// Package fields makes one event out of the values of its fields, whatever format
// these were written in.
//
// Owns: which fields there are and how they are written ([Field]), their limits,
// numbers and times ([Dates], [Unit]), the names of pages and operations ([Namer]),
// and the memory of strings that repeat ([Cache]). In: field by field, the bytes of
// a value. Out: an [event.Event] and what was missing or wrong ([Found]).
// May not: know any format's syntax, reject a record, read clocks, or keep a byte
// that it was given.
//
// # Memory
//
// Repeated strings (pages, operations, names, targets, contexts) come from
// bounded caches, the others (user, account, session and event ids, values of
// attributes) from chunks of 32 KiB that live as long as any string in them:
// whoever keeps one beyond the event copies it with strings.Clone.
package fields
