package journey

import (
	"fmt"
	"strconv"
	"strings"

	"friction/pipeline/event"
)

// failures returns the conditions about what went wrong.
func (m Match) failures() (conditions []Rule, err error) {
	if len(m.Status) > 0 {
		in, err := statuses(m.Status)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, func(e *event.Event) bool { return in(e.Status) })
	}
	if len(m.ErrorKind) > 0 {
		glob := AnyGlob(m.ErrorKind)
		conditions = append(conditions, func(e *event.Event) bool { return e.Error != nil && glob(e.Error.Kind) })
	}
	if len(m.ErrorMessage) > 0 {
		glob := AnyGlob(m.ErrorMessage)
		conditions = append(conditions, func(e *event.Event) bool { return e.Error != nil && glob(e.Error.Message) })
	}
	if len(m.Error) > 0 {
		glob := AnyGlob(m.Error)
		conditions = append(conditions, func(e *event.Event) bool {
			x := e.Error
			return x != nil && (glob(x.Message) || glob(x.Kind) || glob(x.Kind+": "+x.Message))
		})
	}
	return conditions, nil
}

// statuses compiles a list of statuses. No status is none of them.
func statuses(list []string) (func(int32) bool, error) {
	type span struct{ from, to int32 }
	spans := make([]span, 0, len(list))
	for i, text := range list {
		low, high, isSpan := strings.Cut(text, "-")
		if !isSpan {
			high = low
		}
		if digit, ok := strings.CutSuffix(strings.ToLower(text), "xx"); ok && len(digit) == 1 {
			low, high = digit+"00", digit+"99"
		}
		from, err := strconv.ParseUint(low, 10, 10)
		to, err2 := strconv.ParseUint(high, 10, 10)
		if err != nil || err2 != nil || from < 1 || to < from {
			return nil, fmt.Errorf(".status[%d]: %q is no status; want one such as 404, 5xx or 400-499", i, text)
		}
		spans = append(spans, span{int32(from), int32(to)})
	}
	return func(status int32) bool {
		for _, s := range spans {
			if status >= s.from && status <= s.to {
				return true
			}
		}
		return false
	}, nil
}
