// Package waiting sees to it that nobody waits in silence.
//
// Owns: when it is said what a program waits for, and when it gives up. In: who is asked and what for, with every try that
// fails. Out: notices; an error with address and cause when the time is over.
// May not: ask, or try again; that is done by whoever waits.
//
// A command puts its patience into its context:
//
//	ctx = waiting.Patience{Limit: wait, Say: say}.In(ctx)
//
// and whoever asks a server says so:
//
//	ctx, w := waiting.Begin(ctx, "ClickHouse at "+address, "read sessions")
//	err := ask(ctx)
//	return w.End(err)
package waiting
