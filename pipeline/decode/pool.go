package decode

import (
	"slices"
	"strings"

	"friction/pipeline/event"
)

// Sizes of the caches, in sets of four entries. All together hold less than
// 2 MiB of entries, and of the text in them at most maxCachedBytes each.
const (
	wordSets    = 512
	pageSets    = 1024
	opSets      = 512
	targetSets  = 1024
	contextSets = 2048
	errorSets   = 256

	maxCachedBytes = 1024
)

// pool is where the memory of events comes from: caches for what repeats,
// chunks for what does not.
type pool struct {
	chunk
	words    *cache[string]
	pages    *cache[pageName]
	ops      *cache[string]
	targets  *cache[parsed[event.Target]]
	contexts *cache[parsed[event.Context]]
	errors   *cache[parsed[event.Error]]
	open     []event.Attr
	name     []byte // scratch of page and op
}

// parsed is what was made of the bytes of an object, nil when they say nothing,
// and what of them was left out.
type parsed[T any] struct {
	value *T
	Counts
}

func newPool() pool {
	return pool{
		words:    newCache[string](wordSets),
		pages:    newCache[pageName](pageSets),
		ops:      newCache[string](opSets),
		targets:  newCache[parsed[event.Target]](targetSets),
		contexts: newCache[parsed[event.Context]](contextSets),
		errors:   newCache[parsed[event.Error]](errorSets),
	}
}

// word returns b as a string that equal words share.
func (p *pool) word(b []byte) string {
	known, hash := p.words.get(b)
	if known != nil {
		return *known
	}
	s := string(b)
	if len(b) <= maxCachedBytes {
		p.words.put(hash, s, s)
	}
	return s
}

// pageName is the name of a page, and the hash of the page as it was sent where
// the name leaves something out, else 0.
type pageName struct {
	name  string
	shown uint64
}

// page returns what name makes of b.
func (p *pool) page(b []byte, name *namer) pageName {
	known, hash := p.pages.get(b)
	if known != nil {
		return *known
	}
	p.name = name.appendPage(p.name[:0], b)
	v := pageName{name: string(p.name)}
	if v.name != string(b) {
		v.shown = event.Hash64(string(b))
	}
	if len(b) <= maxCachedBytes {
		p.pages.put(hash, string(b), v)
	}
	return v
}

// op returns what name makes of b.
func (p *pool) op(b []byte, name *namer) string {
	known, hash := p.ops.get(b)
	if known != nil {
		return *known
	}
	p.name = name.appendOp(p.name[:0], b)
	s := string(p.name)
	if len(b) <= maxCachedBytes {
		p.ops.put(hash, string(b), s)
	}
	return s
}

const attrsPerChunk = 512

// attrs returns a sorted copy of list that nothing else refers to; nil when empty.
func (p *pool) attrs(list []event.Attr) []event.Attr {
	if len(list) == 0 {
		return nil
	}
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b event.Attr) int { return strings.Compare(a.Name, b.Name) })
	}
	if len(list) > attrsPerChunk/4 {
		return slices.Clone(list)
	}
	if cap(p.open)-len(p.open) < len(list) {
		p.open = make([]event.Attr, 0, attrsPerChunk)
	}
	start := len(p.open)
	p.open = append(p.open, list...)
	return p.open[start:len(p.open):len(p.open)]
}
