// Package scenario runs the engine over events in tests: over golden scenario
// files, and over random worlds epoch by epoch.
//
// Owns: the format of scenario files; driving an engine by hand.
// In: a file of testdata or a world. Out: tables as text, rows, failures of tests.
// May not: start servers, or be imported outside tests.
package scenario
