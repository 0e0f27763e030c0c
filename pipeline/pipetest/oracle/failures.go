package oracle

import (
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// amongStatuses reports that a status is one of a list such as 404, 5xx, 400-499.
func amongStatuses(want journey.Values, have int32) bool {
	if len(want) == 0 {
		return true
	}
	text := strconv.Itoa(int(have))
	return slices.ContainsFunc(want, func(w string) bool {
		if low, high, ok := strings.Cut(w, "-"); ok {
			from, _ := strconv.Atoi(low)
			to, _ := strconv.Atoi(high)
			return int(have) >= from && int(have) <= to
		}
		return w == text || len(text) == 3 && w == text[:1]+"xx"
	})
}

// amongErrors reports that an event reports such an error.
func amongErrors(either, kind, message journey.Values, e *event.Event) bool {
	if len(either)+len(kind)+len(message) == 0 {
		return true
	}
	if e.Error == nil {
		return false
	}
	k, m := e.Error.Kind, e.Error.Message
	return among(kind, k) && among(message, m) && (among(either, k) || among(either, m) || among(either, k+": "+m))
}

// ofEvents is what an entry of suppression says about what went wrong, nil for nothing.
func (x *suppressed) ofEvents() *journey.Match {
	if len(x.Error)+len(x.Op)+len(x.Status)+len(x.Attrs) == 0 {
		return nil
	}
	return &journey.Match{Error: x.Error, Op: x.Op, Status: x.Status, Attrs: x.Attrs}
}

// absent reports an error or answer that does not exist for a signal.
func (o *oracle) absent(signal string, e *event.Event) bool {
	switch e.Type {
	case event.ErrorType, event.Crash, event.Request, event.Submit:
	default:
		return false
	}
	return slices.ContainsFunc(o.lists.Suppress, func(x suppressed) bool {
		m := x.ofEvents()
		return m != nil && slices.Contains(x.Signals, signal) && matches(*m, e)
	})
}

// without is a session without the events that do not exist for a signal. What people did is remembered all the same:
// it is what slow answers look back at.
func (o *oracle) without(s *history, signal string) *history {
	if signal == "slow_response" || !slices.ContainsFunc(s.seen, func(h *occurrence) bool { return o.absent(signal, h.e) }) {
		return s
	}
	c := *s
	c.seen = slices.DeleteFunc(slices.Clone(s.seen), func(h *occurrence) bool { return o.absent(signal, h.e) })
	return &c
}
