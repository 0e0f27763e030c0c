// Command mutants measures how good the tests of the core are: it makes small
// mistakes in the code, one at a time, and counts those that a test notices.
//
// All mistakes of a sample are compiled into the test binaries at once, each
// behind a switch that an environment variable turns; so there is one build for
// all of them, and one run of the tests that reach it for each. The repository's
// own files are not touched: the changed ones are an overlay of the build.
//
//	go run ./.ci/mutants -n 300 -seed 1
package main
