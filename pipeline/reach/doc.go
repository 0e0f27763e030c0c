// Package reach says which steps of journeys no event can enter, and which none of a
// sample has entered, and why.
//
// Owns: the comparison of patterns with the names that pages and operations have, and
// of the rules of steps with those before them. In: the configuration of journeys and
// of names, and for a sample its events. Out: warnings by key, and steps with counts.
// May not: change what matches; a configuration with warnings is valid.
package reach
