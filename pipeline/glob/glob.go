package glob

import "strings"

// Match matches a text with a pattern. It goes through both from the left. Where they
// differ, it returns to the last `*` and lets that stand for one more character; where
// that character is a slash, or there is no `*`, it returns to the last `**`.
func Match(pattern, text string) bool {
	type retry struct{ pattern, text int } // where to go on; pattern is 0 for nowhere
	p, s := pattern, text
	var shallow, deep retry
	i, j := 0, 0
	for j < len(s) {
		switch {
		case strings.HasPrefix(p[i:], "**"):
			i += 2
			deep, shallow = retry{i, j}, retry{}
		case i < len(p) && p[i] == '*':
			i++
			shallow = retry{i, j}
		case i < len(p) && p[i] == s[j]:
			i++
			j++
		case shallow.pattern > 0 && s[shallow.text] != '/':
			shallow.text++
			i, j = shallow.pattern, shallow.text
		case deep.pattern > 0:
			deep.text++
			i, j, shallow = deep.pattern, deep.text, retry{}
		default:
			return false
		}
	}
	return strings.Trim(p[i:], "*") == ""
}
