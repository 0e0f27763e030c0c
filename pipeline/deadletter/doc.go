// Package deadletter reads what was set aside in a dead-letter topic and submits it again.
//
// Owns: which dead letters are chosen, counted and submitted again. In: the topic. Out: dead letters; their records in
// their own topics again.
// May not: write dead letters; a worker does.
package deadletter
