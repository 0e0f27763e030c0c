package worker

import (
	"strconv"
	"strings"
)

// notePrefix begins the note that is kept beside committed positions.
const notePrefix = "checkpoint="

// noteOf keeps the hint of a checkpoint log beside committed positions.
func noteOf(hint int64) string { return notePrefix + strconv.FormatInt(hint, 10) }

// hintOf reads such a note; 0 for none.
func hintOf(note string) int64 {
	text, _ := strings.CutPrefix(note, notePrefix)
	hint, _ := strconv.ParseInt(text, 10, 64)
	return hint
}
