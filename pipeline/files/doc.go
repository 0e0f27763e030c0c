// Package files reads events from files of any format that friction knows.
//
// Owns: how a format and a list of files become records; the header of CSV and TSV, which a decoder must be told first.
// In: paths. Out: records, one by one.
// May not: decode records or decide what is done with them.
package files
