package sink

import (
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"friction/pipeline/score"
)

// countMap, pairMap and bucketMap are lists that clickhouse-go takes as maps, in
// their own order.
type (
	countMap  []score.Count
	pairMap   []score.Pair
	bucketMap []score.Count32
)

// Put would add what is read; nothing is read into these.
func (countMap) Put(any, any)  {}
func (pairMap) Put(any, any)   {}
func (bucketMap) Put(any, any) {}

// Iterator walks the entries.
func (m countMap) Iterator() column.MapIterator  { return &countIterator{m: m, i: -1} }
func (m pairMap) Iterator() column.MapIterator   { return &pairIterator{m: m, i: -1} }
func (m bucketMap) Iterator() column.MapIterator { return &bucketIterator{m: m, i: -1} }

type countIterator struct {
	m countMap
	i int
}

func (c *countIterator) Next() bool { c.i++; return c.i < len(c.m) }
func (c *countIterator) Key() any   { return c.m[c.i].Name }
func (c *countIterator) Value() any { return c.m[c.i].N }

type pairIterator struct {
	m pairMap
	i int
}

func (p *pairIterator) Next() bool { p.i++; return p.i < len(p.m) }
func (p *pairIterator) Key() any   { return p.m[p.i].Name }
func (p *pairIterator) Value() any { return p.m[p.i].Value }

type bucketIterator struct {
	m bucketMap
	i int
}

func (b *bucketIterator) Next() bool { b.i++; return b.i < len(b.m) }
func (b *bucketIterator) Key() any   { return b.m[b.i].Bucket }
func (b *bucketIterator) Value() any { return uint64(b.m[b.i].N) }
