// Package looks says what a text seems to be that could not be read, and how friction can read it.
//
// Owns: the formats that people have besides ours, by what gives them away; the command that reads each. In: the
// beginning of a file, or the value of a record. Out: words for a message.
// May not: read events; what it says is a guess.
package looks
