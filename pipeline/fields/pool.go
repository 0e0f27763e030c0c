package fields

import (
	"slices"
	"strings"

	"friction/pipeline/event"
)

// Sizes of the caches, in sets of four entries.
const (
	wordSets = 512
	pageSets = 1024
	opSets   = 512
)

// MaxCachedBytes is the longest text that is worth keeping in a [Cache].
const MaxCachedBytes = 1024

// pool is where the memory of events comes from: caches for what repeats,
// chunks for what does not.
type pool struct {
	chunk
	words *Cache[string]
	pages *Cache[pageName]
	ops   *Cache[string]
	open  []event.Attr
	name  []byte // scratch of page and op
}

func newPool() pool {
	return pool{
		words: NewCache[string](wordSets),
		pages: NewCache[pageName](pageSets),
		ops:   NewCache[string](opSets),
	}
}

// word returns b as a string that equal words share.
func (p *pool) word(b []byte) string {
	known, hash := p.words.Get(b)
	if known != nil {
		return *known
	}
	s := string(b)
	if len(b) <= MaxCachedBytes {
		p.words.Put(hash, s, s)
	}
	return s
}

// pageName is the name of a page, and the hash of the page as it was sent where
// the name leaves something out, else 0.
type pageName struct {
	name  string
	shown uint64
}

// page returns the name of a page that was sent as b.
func (p *pool) page(b []byte, name *Namer) pageName {
	known, hash := p.pages.Get(b)
	if known != nil {
		return *known
	}
	p.name = name.AppendPage(p.name[:0], b)
	v := pageName{name: string(p.name)}
	if v.name != string(b) {
		v.shown = event.Hash64(string(b))
	}
	if len(b) <= MaxCachedBytes {
		p.pages.Put(hash, string(b), v)
	}
	return v
}

// op returns the name of an operation that was sent as b.
func (p *pool) op(b []byte, name *Namer) string {
	known, hash := p.ops.Get(b)
	if known != nil {
		return *known
	}
	p.name = name.AppendOp(p.name[:0], b)
	s := string(p.name)
	if len(b) <= MaxCachedBytes {
		p.ops.Put(hash, string(b), s)
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
