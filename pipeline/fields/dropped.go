package fields

// Dropped counts, for each field, the values that were not what the field should be
// and were left out of their event.
type Dropped [Count]uint64

// Add adds the totals of o.
func (d *Dropped) Add(o *Dropped) {
	for f := range d {
		d[f] += o[f]
	}
}

// Since calls yield for each field of which more was left out after o, in the order of
// the fields.
func (d *Dropped) Since(o *Dropped, yield func(field string, n uint64)) {
	for f := range d {
		if n := d[f] - o[f]; n > 0 {
			yield(Field(f).String(), n)
		}
	}
}

// Dropped are the totals since the builder was made. A wrong member of target,
// context or error is counted under that name.
func (b *Builder) Dropped() *Dropped { return &b.dropped }

// Drop counts a value that is left out.
func (b *Builder) Drop(f Field) { b.dropped[f]++ }
