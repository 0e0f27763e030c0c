// Package pipetest tests the core as a whole: against the simulator's truth, real
// data, and the documentation. What tests share is in the packages below it.
//
// Owns: tests of several packages at once. In: traffic. Out: nothing.
// May not: hold code outside tests.
package pipetest
