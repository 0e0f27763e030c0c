package query

import "friction/pipeline/score"

// DropOff is the kind of signal that is an outcome of visits, and no trouble by
// itself.
var DropOff = score.DropOff
