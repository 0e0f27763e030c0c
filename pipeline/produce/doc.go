// Package produce sends records to Kafka.
//
// Owns: which key and time a record gets; the pace. In: files, or the simulated shop. Out: records in topics.
// May not: read topics.
package produce
