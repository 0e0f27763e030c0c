package kafkawire

import (
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"friction/pipeline/event"
)

// Batch is what one fetch of a partition brought. It may hold no records. It is
// not safe for concurrent use.
type Batch struct {
	Records  []event.Record // in order of offset; valid until Release
	Next     int64          // offset to go on from, beyond markers and aborted records
	End      int64          // high watermark
	Stable   int64          // end of what open transactions do not hold back
	LogStart int64          // offset of the first record there is; -1 when the broker does not say
	Bytes    int            // memory it takes
	Skipped  int            // records of aborted transactions, and markers

	pool   *Pool
	wire   []byte // the answer
	arena  []byte // what was decompressed from it
	single int    // bytes of records that were read one by one
	aborts map[int64]bool

	decompressor decompressor
}

// Release gives the memory back. The batch must not be used any more.
func (b *Batch) Release() {
	if b.pool != nil {
		b.pool.put(b)
	}
}

// Pool keeps released batches for the next fetch. The zero value is ready. It is
// safe for concurrent use.
type Pool struct{ pool sync.Pool }

// What a batch in the pool may hold at most.
const (
	maxPooledBytes   = 16 << 20
	maxPooledRecords = maxRecords / 4
)

// Get returns an empty batch.
func (p *Pool) Get() *Batch {
	b, _ := p.pool.Get().(*Batch)
	if b == nil {
		b = &Batch{}
	}
	b.pool = p
	return b
}

func (p *Pool) put(b *Batch) {
	if cap(b.wire)+cap(b.arena) > maxPooledBytes {
		b.wire, b.arena = nil, nil
	}
	if cap(b.Records) > maxPooledRecords {
		b.Records = nil
	}
	clear(b.Records)
	clear(b.aborts)
	*b = Batch{Records: b.Records[:0], wire: b.wire[:0], arena: b.arena[:0], aborts: b.aborts, decompressor: b.decompressor}
	p.pool.Put(b)
}

// CutError says that the first batch of an answer was cut: it needs a larger
// request.
type CutError struct{ Need int } // bytes to ask for

// Error names the size.
func (e *CutError) Error() string { return fmt.Sprintf("a batch of %d bytes was cut", e.Need) }

// Limits bound the memory of a batch, bytes.
type Limits struct {
	Record int // a larger record is known by its size only
	Fetch  int // what records take once decompressed, but for the first one; the rest comes with the next fetch
}

// Read fills b with the records of an answer from offset from on. code is what the
// broker says instead, 0 if it has no objection. After an error Next is where the
// damage begins.
func (b *Batch) Read(a *FetchAnswer, from int64, limit Limits) (code int16, err error) {
	b.wire = a.bytes
	p, err := a.parse()
	if err != nil || p.code != 0 {
		return p.code, err
	}
	b.Next, b.End, b.Stable, b.LogStart = from, p.high, p.stable, p.start
	err = b.fill(&p, a.missing, from, limit)
	b.Bytes = len(b.wire) + len(b.arena) + b.single + len(b.Records)*recordBytes
	return 0, err
}

// fill fills b with the records of an answer from offset from on.
func (b *Batch) fill(p *partitionAnswer, missing int, from int64, limit Limits) error {
	aborted := p.aborted // ordered by first offset
	for data := p.records; len(data) >= batchHead; {
		h := parseBatchHeader(data)
		if h.version != batchVersion {
			return fmt.Errorf("%w: message format %d is older than Kafka 0.11; rewrite the topic", ErrRecord, h.version)
		}
		if h.size < batchHead || h.lastDelta < 0 || h.base < 0 {
			return fmt.Errorf("%w: batch of %d bytes", ErrRecord, h.size)
		}
		if h.size > len(data) {
			return b.cut(&h, missing, from)
		}
		for len(aborted) > 0 && aborted[0].first < h.next() {
			if b.aborts == nil {
				b.aborts = map[int64]bool{}
			}
			b.aborts[aborted[0].producer] = true
			aborted = aborted[1:]
		}
		more, err := b.add(&h, data[:h.size], from, limit)
		if err != nil || !more {
			return err
		}
		data = data[h.size:]
	}
	return nil
}

// cut deals with a batch whose end is not there: either it was too large to keep,
// or the broker cut it off at the size that was asked for.
func (b *Batch) cut(h *batchHeader, missing int, from int64) error {
	switch {
	case missing > 0 && len(b.Records) == 0: // it was left on the wire
		b.sizeOnly(h, from, h.size)
	case b.Next == from && h.next() > from:
		return &CutError{Need: h.size}
	}
	return nil
}

// sizeOnly adds the records of a batch that is too large to hold, as sizes; further
// ones come with the next fetch.
func (b *Batch) sizeOnly(h *batchHeader, from int64, size int) {
	n := max(1, int64(h.records))
	first := max(from, h.next()-n)
	last := min(h.next(), first+maxRecords)
	for offset := first; offset < last; offset++ {
		b.Records = append(b.Records, event.Record{
			Offset: offset, Time: event.Millis(h.greatest), Key: []byte{}, Size: max(1, int(int64(size)/n)),
		})
	}
	b.Next = last
}

// add reads one whole batch; more is false when what follows must wait for the
// next fetch.
func (b *Batch) add(h *batchHeader, data []byte, from int64, limit Limits) (more bool, err error) {
	if h.next() <= from {
		return true, nil
	}
	if len(b.Records) >= maxRecords {
		return false, nil
	}
	if crc32.Checksum(data[crcFrom:], castagnoli()) != h.crc {
		return false, errors.New("checksum of the batch does not match")
	}
	payload := data[batchHead:]
	if h.attributes&attrControl != 0 {
		if endsAborted(h, payload) {
			delete(b.aborts, h.producer)
		}
		b.skip(h)
		return true, nil
	}
	if h.attributes&attrTransactional != 0 && b.aborts[h.producer] {
		b.skip(h)
		return true, nil
	}
	codec := h.codec()
	if codec == 0 {
		return b.take(h, payload, from)
	}
	start, most := len(b.arena), min(limit.Record, limit.Fetch)
	if start > 0 && start+2*len(payload) > most && len(b.Records) > 0 {
		return false, nil
	}
	b.arena, err = b.decompressor.decompress(b.arena, codec, payload, most-start)
	switch {
	case err == nil:
		return b.take(h, b.arena[start:], from)
	case !errors.Is(err, errTooLarge):
		return false, err
	case start > 0:
		return false, nil // the next fetch has room for it
	}
	b.Records, b.Next, b.single, err = h.readLarge(&b.decompressor, b.Records, payload, from, limit)
	if tooLarge(err) {
		b.sizeOnly(h, from, limit.Record)
		err = nil
	}
	return false, err
}

// take adds the records of a whole batch; more is false when there are too many for one fetch.
func (b *Batch) take(h *batchHeader, records []byte, from int64) (more bool, err error) {
	var next int64
	if b.Records, next, err = h.appendRecords(b.Records, records, from); err != nil {
		return false, err
	}
	b.Next = next
	return next == h.next(), nil
}

func (b *Batch) skip(h *batchHeader) {
	b.Skipped += max(1, int(h.records))
	b.Next = h.next()
}

// endsAborted reports that a control batch marks the end of an aborted
// transaction: the key of its record is a version and a type, 0 for aborted.
func endsAborted(h *batchHeader, payload []byte) bool {
	recs, _, err := h.appendRecords(nil, payload, 0)
	return err == nil && len(recs) == 1 && len(recs[0].Key) >= 4 && recs[0].Key[2] == 0 && recs[0].Key[3] == 0
}
