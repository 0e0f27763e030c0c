// Package pipetest is what tests of several packages share: scenarios written
// as stories, a small world of made-up users, and a second, slow and plain
// reading of the rules to hold the engine against.
//
// Owns: the scenario format, the oracle, folding rows to their last version.
// In: an engine, a world or a story. Out: tables as text, differences.
// May not: be imported outside tests.
package pipetest
