package decode

import (
	"fmt"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// DefaultNobody is what programs send for a user that they do not know.
func DefaultNobody() []string {
	return []string{
		"00000000-0000-0000-0000-000000000000", "undefined", "null", "nan", "none", "unknown", "anonymous", "-", `""`,
	}
}

// nobody recognises ids that are everybody's, whatever the case of their letters.
type nobody struct {
	lengths uint64 // a bit for each length below 64 that one of them has
	ids     []string
}

// newNobody returns nil for an empty list.
func newNobody(list []string) *nobody {
	if len(list) == 0 {
		return nil
	}
	n := &nobody{ids: list}
	for _, id := range list {
		n.lengths |= 1 << min(len(id), 63)
	}
	return n
}

// has reports whether id is one of them. Most ids are told apart by their length, and
// those by their first letter.
func (n *nobody) has(id string) bool {
	if n == nil || id == "" || n.lengths>>min(len(id), 63)&1 == 0 {
		return false
	}
	for _, x := range n.ids {
		if len(x) == len(id) && (x[0]^id[0])&^0x20 == 0 && strings.EqualFold(x, id) {
			return true
		}
	}
	return false
}

// drop leaves out of an event ids of other things that are everybody's: events that
// share one would be duplicates of each other.
func (n *nobody) drop(e *event.Event, b *fields.Builder) {
	for _, x := range [...]struct {
		id    *string
		field fields.Field
	}{{&e.ID, fields.ID}, {&e.Account, fields.Account}, {&e.Client, fields.Session}} {
		if n.has(*x.id) {
			*x.id = ""
			b.Drop(x.field)
		}
	}
}

// checkNobody reports the first id of the list that cannot be.
func checkNobody(list []string) error {
	for i, id := range list {
		if id == "" {
			return fmt.Errorf("nobody[%d]: an empty id: want text; a record without a user is missing_user anyway", i)
		}
	}
	return nil
}
