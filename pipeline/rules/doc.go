// Package rules holds the part of the configuration that decides which rows are made of which records.
//
// Owns: how that part is written down, named by a revision, read back from a checkpoint log, and made into an engine
// and a decoder. In: the configurations of engine and decode. Out: [Rules].
// May not: read records, write rows, or know where the configuration comes from.
package rules
