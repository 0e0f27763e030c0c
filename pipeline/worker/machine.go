package worker

import (
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
)

// machine is the engine of a task with the decoder that feeds it, under the rules in force. Only the goroutine of the
// task uses it.
type machine struct {
	rules   *rules.Rules
	topics  []string
	engine  *engine.Engine
	decoder *decode.Decoder

	decoded  decoded // what the decoder has left out and the metrics show
	unknown  uint64  // unknown fields that the decoder has counted and the engine knows of
	missed   uint64  // records that were gone before they could be read
	draining bool    // the last run stopped because the rows had reached their limit; more can be processed at once

	// interrupted is asked now and then while records are decoded and processed. An error breaks that off. What the
	// engine knows then is between two epochs: it must be thrown away.
	interrupted func() error
	every       int // after how many records or steps of the engine it is asked
}

// lookEvery is that number: some tens of milliseconds of work.
const lookEvery = 4096

func newMachine(r *rules.Rules, topics []string) (*machine, error) {
	e, d, err := r.Build(topics)
	if err != nil {
		return nil, err
	}
	return &machine{rules: r, topics: topics, engine: e, decoder: d, interrupted: func() error { return nil }, every: lookEvery}, nil
}

// feed decodes records into the engine. Their record time is never later than bound, which
// takes the place of one that is none. rejected is told of each that
// cannot be decoded; may be nil.
func (m *machine) feed(topic uint8, records []event.Record, bound event.Millis, rejected func(*event.Record, event.Rejection)) error {
	for i := range records {
		if i%m.every == m.every-1 {
			if err := m.interrupted(); err != nil {
				return err
			}
		}
		rec := &records[i]
		rec.Topic = topic
		rec.Time = m.decoder.RecordTime(rec.Time, bound)
		if why := m.decoder.Decode(rec, m.engine.Slot()); why.Reason != event.Accepted {
			m.engine.Reject(rec, why, rec.Bytes())
			if rejected != nil {
				rejected(rec, why)
			}
			continue
		}
		m.engine.Add(rec)
	}
	if n := m.decoder.UnknownFields(); n > m.unknown {
		m.engine.CountUnknown(n - m.unknown)
		m.unknown = n
	}
	return nil
}

// step lets the engine process what the topics allow, so that little waits and what has just been decoded is still in
// the processor's cache. The rows of an epoch are the same as if its watermark had been moved once.
func (m *machine) step() error { return m.advance(m.engine.Reachable(nil)) }

// advance moves the watermark and processes what is below it.
func (m *machine) advance(watermark event.Millis) error {
	m.engine.Advance(watermark)
	for {
		done, more := m.engine.RunSome(m.every)
		if !more {
			m.draining = !done
			return nil
		}
		if err := m.interrupted(); err != nil {
			return err
		}
	}
}

// counters account for every record so far.
func (m *machine) counters() event.Counters {
	c := m.engine.Counters()
	c.Missed = m.missed
	return c
}

// adopt goes on with the same state under other rules. After an error the machine is as before.
func (m *machine) adopt(to *rules.Rules) error {
	state := m.engine.AppendState(nil)
	e, d, err := to.Build(m.topics)
	if err != nil {
		return err
	}
	if err := e.Adopt(m.engine, state); err != nil {
		return err
	}
	m.engine, m.decoder, m.rules, m.unknown, m.decoded = e, d, to, 0, decoded{}
	return nil
}
