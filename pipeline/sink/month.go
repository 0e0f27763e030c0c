package sink

import "time"

// monthOf numbers the months, as toYYYYMM distinguishes them.
func monthOf(ms int64) int64 {
	t := time.UnixMilli(ms).UTC()
	return int64(t.Year())*12 + int64(t.Month())
}
