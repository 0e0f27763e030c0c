// Package await waits in tests for what another process, or another goroutine
// that cannot run under fake time, does.
//
// Owns: the only real waiting of tests.
// In: a condition and a limit. Out: nothing, or a test that failed.
// May not: be used where testing/synctest can, or be imported outside tests.
package await
