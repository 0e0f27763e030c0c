// Package world is a small world of made-up users: a configuration, topics, and
// the events in them, drawn at random for property-based tests.
//
// Owns: what is drawn, and how a world is printed when a test fails.
// In: a generator of package rapid. Out: a world.
// May not: run anything, or be imported outside tests.
package world
