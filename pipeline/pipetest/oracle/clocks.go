package oracle

import (
	"friction/pipeline/event"
)

// correct gives an event whose clock is ahead of its record the time that its device's other events of the session have:
// of the session of now, or of the overdue one.
func (o *oracle) correct(h *occurrence) {
	if h.e.Lead == 0 {
		return
	}
	clock := h.recorded + h.e.Lead
	for _, overdue := range []bool{false, true} {
		if overdue && h.e.Time+o.gap+o.grace >= h.effective {
			return
		}
		s := o.open[place{h.e.Key, overdue}]
		if s == nil {
			continue
		}
		offset, known := s.offsets[device{h.topic, h.e.Client}]
		if known && clock-offset <= h.recorded+o.gap {
			h.e.Time = clock - offset
			return
		}
	}
}

// noteOffset remembers how fast the clock of an event's device is, for the session and its row.
func (s *history) noteOffset(h *occurrence) {
	used := h.e.Skew
	if h.e.Lead > 0 {
		offset := h.recorded + h.e.Lead - h.e.Time
		s.offsets[device{h.topic, h.e.Client}] = offset
		used += offset
	}
	if abs(used) > abs(s.offset) {
		s.offset = used
	}
}

func abs(d event.Millis) event.Millis { return max(d, -d) }

// repeats says that a session has the event already: by its id, or, where times are fine, by its bytes. These are
// remembered for disorder.
func (o *oracle) repeats(s *history, h *occurrence) bool {
	if h.e.ID != "" {
		return s.ids[h.e.ID]
	}
	if !h.e.Has(event.MillisecondTime) {
		return false
	}
	for _, x := range s.all {
		newest, known := s.newest[x.topic]
		if x.e.ID == "" && x.e.Has(event.MillisecondTime) && x.e.Hash == h.e.Hash && (!known || x.e.Time >= newest-ms(o.limits.Disorder)) {
			return true
		}
	}
	return false
}
