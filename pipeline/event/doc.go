// Package event is the vocabulary every other package speaks: the [Event] that
// a record decodes to, times, ids, positions in Kafka, and why a record was set
// aside.
//
// Owns: the shape of an event and of ids. In: nothing. Out: types.
// May not: read clocks, do I/O, import any other package of this module.
package event
