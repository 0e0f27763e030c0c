// Package display makes text that strangers sent harmless where people see it. Every text of an event may hold escape
// sequences of terminals, line breaks, signs that turn the direction of writing, or formulas of spreadsheets.
//
// Owns: what text may hold when it leaves for a terminal ([Terminal]), a CSV file ([CSV]), JSON that people read
// ([EscapeJSON]) or a message ([Plain]). In: text and rows of text. Out: bytes to a writer. May not: know what is shown,
// choose words, or read anything.
package display
