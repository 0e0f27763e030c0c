// Package oracle is a second, slow and plain reading of the rules of
// docs/semantics.md, for tests to hold the engine against.
//
// Owns: the rules as they are written, over all events of a world at once.
// In: a world. Out: the rows that the engine must end up with, and counters.
// May not: call a function of the packages it checks, or be imported outside tests.
package oracle
