package sink

import (
	"io"

	"friction/pipeline/score"
)

// WriteNDJSON writes rows as one JSON object a line: "table" names the view,
// the other members are the view's columns but ingested_at, with its names and
// values: times as RFC 3339 in UTC with milliseconds, maps as objects, ids as UUIDs.
// Rows stand table by table in their own order; each must be the only one of its
// key, because nothing is merged or summed here. "final" is only known of a run
// of one task whose progress is among the rows.
func WriteNDJSON(w io.Writer, s score.Stamp, rows *score.Rows) error {
	b := stamped{newStamp(s, rows), rows}
	for _, t := range allTables() {
		if err := t.lines(w, b); err != nil {
			return err
		}
	}
	return nil
}
