package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Questions become text with their values in it, so that what people print is what runs.

// literal is a string as an SQL literal.
func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + "'"
}

// list is an array of strings in SQL.
func list(all []string) string {
	var quoted []string
	for _, s := range all {
		quoted = append(quoted, literal(s))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// pairs is a map of strings in SQL.
func pairs(m map[string]string) string {
	var quoted []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		quoted = append(quoted, literal(k), literal(m[k]))
	}
	return "map(" + strings.Join(quoted, ", ") + ")"
}

// instant is a time as a parameter of a view; it does not depend on the time zone of the session.
func instant(t time.Time) string {
	return "toDateTime64('" + t.UTC().Format("2006-01-02 15:04:05.000") + "', 3, 'UTC')"
}

// call is a view with parameters, given as name and text in turn.
func call(view string, parameters ...string) string {
	var b strings.Builder
	b.WriteString(view)
	b.WriteString("(")
	for i := 0; i < len(parameters); i += 2 {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = %s", parameters[i], parameters[i+1])
	}
	b.WriteString(")")
	return b.String()
}
