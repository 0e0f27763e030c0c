package fields

import (
	"hash/maphash"
	"strings"
)

// cacheWays is the number of entries that compete for one set of a Cache.
const cacheWays = 4

// Cache maps bytes met often to what was made of them. It is bounded by
// construction: a new entry takes the place of an old one of its set, so a
// stream in which nothing repeats costs an allocation each and no memory.
// It never changes what is decoded, only how fast.
type Cache[V any] struct {
	seed maphash.Seed
	sets [][cacheWays]cached[V]
	next uint8 // the way that the next entry of a full set takes
}

type cached[V any] struct {
	hash  uint64
	key   string // "" when free
	value V
}

// NewCache makes a cache of sets × 4 entries; sets is a power of two.
func NewCache[V any](sets int) *Cache[V] {
	return &Cache[V]{seed: maphash.MakeSeed(), sets: make([][cacheWays]cached[V], sets)}
}

// Get returns the value kept under key, or the hash that Put wants after a miss.
func (c *Cache[V]) Get(key []byte) (value *V, hash uint64) {
	hash = maphash.Bytes(c.seed, key)
	set := &c.sets[hash&uint64(len(c.sets)-1)]
	for i := range set {
		if e := &set[i]; e.hash == hash && e.key == string(key) && len(key) > 0 {
			return &e.value, hash
		}
	}
	return nil, hash
}

// Put keeps value under key, which Get has not found.
func (c *Cache[V]) Put(hash uint64, key string, value V) {
	set := &c.sets[hash&uint64(len(c.sets)-1)]
	for i := range set {
		if set[i].key == "" {
			set[i] = cached[V]{hash, key, value}
			return
		}
	}
	c.next = (c.next + 1) % cacheWays
	set[c.next] = cached[V]{hash, key, value}
}

// chunkBytes is how many bytes of strings share one allocation.
const chunkBytes = 32 << 10

// chunk copies bytes into strings that share an allocation.
type chunk struct{ open strings.Builder }

func (c *chunk) copy(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > chunkBytes/4 {
		return string(b)
	}
	if c.open.Cap()-c.open.Len() < len(b) {
		c.open = strings.Builder{}
		c.open.Grow(chunkBytes)
	}
	start := c.open.Len()
	c.open.Write(b)
	return c.open.String()[start:]
}
