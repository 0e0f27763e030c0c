// Package kafkawire reads and writes Kafka's protocol where records are carried:
// the fetch request and its answer, and record batches.
//
// Owns: the fetch exchange ([FetchRequest]), taking an answer apart into records
// ([Batch]), making batches ([Builder]), the headers of records ([Header]), and
// compression in both directions. In: bytes of a broker, records to write. Out:
// [event.Record]s that point into the answer's memory; the bytes of a batch.
// May not: open connections, retry, or know topics, groups and leaders.
//
// # Why it does this itself
//
// kafka-go carries the requests. Its own decoding of records costs several times
// more, puts no bound on decompression, and hides control batches and aborted
// transactions, which have to be counted into the position.
//
// # Limits
//
// An answer larger than the limit is read to its end but not kept; a batch that
// decompresses to more than the limit comes in several fetches; a record that
// alone exceeds it is passed with its size and no value. Checksums are compared
// before anything is believed.
package kafkawire
