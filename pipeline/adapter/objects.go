package adapter

import (
	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Sizes of the caches of objects, in sets of four.
const (
	targetSets  = 1024
	contextSets = 2048
	errorSets   = 256
)

// parsed is what was made of the bytes of an object, nil when they say nothing,
// and what of them was left out.
type parsed[T any] struct {
	value *T
	left  *fields.Counts // nil for nothing
}

// objects are the targets, contexts and errors that were made before, by the bytes
// they were made of.
type objects struct {
	targets  *fields.Cache[parsed[event.Target]]
	contexts *fields.Cache[parsed[event.Context]]
	errors   *fields.Cache[parsed[event.Error]]
}

func newObjects() objects {
	return objects{
		targets:  fields.NewCache[parsed[event.Target]](targetSets),
		contexts: fields.NewCache[parsed[event.Context]](contextSets),
		errors:   fields.NewCache[parsed[event.Error]](errorSets),
	}
}
