package signals

import "friction/pipeline/detect"

// absorbs says that one kind counts where two have found the same thing.
type absorbs struct {
	by, what detect.Kind
	why      string
}

// absorption says which kind counts where two have found the same thing: what
// shares an event with a run of `by` is kept, names it in absorbed_by, and weighs
// nothing. The run that counted the event first absorbs; of several that count the
// same event at once, the first in this list.
var absorption = []absorbs{
	{RageClick, DeadClick, "the rage is made of these clicks"},
	{RageClick, ErrorClick, "the rage is made of these clicks"},
	{RageTap, DeadClick, "the rage is made of these taps"},
	{RageTap, ErrorClick, "the rage is made of these taps"},
	{PageLoop, QuickBack, "the loop is made of these views"},
	{ValidationLoop, Retry, "the tries are those that the form refused"},
	{ValidationLoop, RepeatedSubmit, "the submits are those that the form refused"},
	{Retry, RepeatedSubmit, "the repeats are the retries of a submit"},
	{Retry, ErrorLeave, "the failures have been counted as retries"},
	{RequestStorm, Retry, "an app that repeats itself, not a person"},
	{SlowResponse, Retry, "it was tried again because it was slow, and that has been counted"},
	{Crash, ErrorClick, "the error is the crash"},
	{Crash, CrashRestart, "the crash has been counted when it happened"},
	{Crash, ErrorLeave, "the crash has been counted when it happened"},
	{ErrorClick, ErrorLeave, "the error has been counted when it answered the click"},
	{ServerErrorChain, ErrorLeave, "the errors have been counted as a chain"},
}

// Absorption lists what may absorb what, in order of precedence.
func Absorption() (pairs []detect.Absorption) {
	for _, a := range absorption {
		pairs = append(pairs, detect.Absorption{By: a.by, What: a.what})
	}
	return pairs
}
