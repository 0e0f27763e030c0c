package reach

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"friction/pipeline/decode"
	"friction/pipeline/glob"
	"friction/pipeline/journey"
)

// patterns holds globs against the names that pages and operations can have.
type patterns struct {
	names         *decode.Names
	pages, ops    []string // names that rules of the configuration give
	pathsAreNames bool     // a page of the web is named by its path alone
}

func newPatterns(in *decode.Config) *patterns {
	p := &patterns{names: decode.NewNames(in)}
	for _, r := range in.Pages.Rules {
		p.pages = append(p.pages, r.Name)
	}
	for _, r := range in.Ops.Rules {
		p.ops = append(p.ops, r.Name)
	}
	p.pathsAreNames = in.Pages.Key == decode.PathKey
	return p
}

// page says why no page matches a pattern of a rule about some types of events, and
// what to write; "" if one may.
func (p *patterns) page(pattern string, types journey.Values) string {
	if givenBy(p.pages, pattern) {
		return ""
	}
	if text := notGlob("pages", pattern); text != "" {
		return text
	}
	if text := unnamed("page", pattern, p.names.Page, p.pages); text != "" {
		return text
	}
	if text := unknownPlaceholder(pattern, p.pages); text != "" {
		return text
	}
	if p.pathsAreNames && lacksSlash(pattern) && !slices.Contains(types, "screen_view") && !slices.Contains(types, "tap") {
		return fmt.Sprintf("%q is no page of the web: their names begin with a slash; write %q (a screen of an app has the name that it is sent with)", pattern, "/"+pattern)
	}
	return ""
}

// op is page for an operation, which need not hold a URL.
func (p *patterns) op(pattern string) string {
	if givenBy(p.ops, pattern) {
		return ""
	}
	if !strings.Contains(pattern, "/") {
		if anchored.MatchString(pattern) {
			return notGlob("operations", pattern)
		}
		return ""
	}
	if text := notGlob("operations", pattern); text != "" {
		return text
	}
	if text := unnamed("operation", pattern, p.names.Op, p.ops); text != "" {
		return text
	}
	return unknownPlaceholder(pattern, p.ops)
}

func givenBy(names []string, pattern string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return glob.Match(pattern, name) })
}

var (
	expression = regexp.MustCompile(`^\^|\$$|\\[dwsSDWb./-]|\.\*|\.\+|\[\^?[0-9A-Za-z]-[0-9A-Za-z]|\]\+|\)\?|\([^)]*\|[^)]*\)`)
	anchored   = regexp.MustCompile(`^\^|\.\*|\.\+|\\[dws]`)
	braces     = regexp.MustCompile(`\{[^/{}]*\}|<[^/<>]*>|\[[^/\[\]]*\]`)
	anyText    = regexp.MustCompile(`\.[*+]|\[\^/\][*+]`)
	anyNumber  = regexp.MustCompile(`(\\d|\[0-9\])([+*]|\{[0-9,]*\})?`)
)

// notGlob recognises patterns of other languages.
func notGlob(what, pattern string) string {
	if expression.MatchString(pattern) {
		text := strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
		text = anyNumber.ReplaceAllString(text, ":id")
		text = strings.ReplaceAll(strings.ReplaceAll(anyText.ReplaceAllString(text, "**"), `\/`, "/"), `\.`, ".")
		hint := ""
		if !expression.MatchString(text) {
			hint = fmt.Sprintf("; write %q", text)
		}
		return fmt.Sprintf("%q is a regular expression, which nothing matches: patterns of %s are globs, * is any characters but /, ** any at all%s", pattern, what, hint)
	}
	if found := braces.FindString(pattern); found != "" {
		return fmt.Sprintf("%q: no name has %q in it: ids are %s, and * is any characters but /; write %q",
			pattern, found, placeholders, braces.ReplaceAllString(pattern, "*"))
	}
	return ""
}

const placeholders = ":id :uuid :date :hash :email :token"

// unknownPlaceholder recognises placeholders that no name has.
func unknownPlaceholder(pattern string, given []string) string {
	for part := range strings.SplitSeq(pattern, "/") {
		stem, _, _ := strings.Cut(part, ".")
		if len(stem) < 2 || stem[0] != ':' || strings.Contains(stem, "*") || slices.Contains(strings.Fields(placeholders), stem) {
			continue
		}
		if !slices.ContainsFunc(given, func(name string) bool { return strings.Contains(name, stem) }) {
			return fmt.Sprintf("%q: no name has the placeholder %q: there are %s; write one of them or *, or give the name by a rule of input.pages.rules", pattern, stem, placeholders)
		}
	}
	return ""
}

// lacksSlash recognises a path without its slash: small letters alone, or with slashes
// in it. What has capitals or blanks is the name of a screen.
func lacksSlash(pattern string) bool {
	if pattern == "" || strings.ContainsAny(pattern[:1], "/*:") || strings.Contains(pattern, "://") {
		return false
	}
	for _, c := range pattern {
		if c != '/' && c != '*' && c != '-' && c != '_' && c != '.' && c != ':' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// sample stands for a part of a name with a star: letters that are in no id, and few
// enough for a language.
const sample = "qx"

// unnamed says why no name matches a pattern, by naming one that would.
func unnamed(what, pattern string, name func(string) string, given []string) string {
	would, stars := sampled(pattern)
	is := name(would)
	if is == would {
		return ""
	}
	if slices.Contains(given, is) {
		return fmt.Sprintf("%q matches no %s: a rule of the configuration gives the name %q; write that", pattern, what, is)
	}
	for _, star := range stars {
		is = strings.Replace(is, sample, star, 1)
	}
	why := "placeholders where ids are"
	path := pattern[max(0, strings.Index(pattern, "/")):]
	switch {
	case strings.Contains(pattern, "://") || strings.HasPrefix(pattern, "//"):
		why = "no host"
	case strings.Contains(pattern, "?"):
		why = "no query but for what keep_query lists"
	case strings.Contains(pattern, "#"):
		why = "no fragment but for routes (#/…)"
	case strings.Contains(pattern, "%"):
		why = "no percent-encoding that is not needed"
	case strings.Contains(pattern, ";"):
		why = "no parameters in their path"
	case strings.Contains(path, "//"):
		why = "no double slashes"
	case strings.HasSuffix(pattern, "/"):
		why = "no slash at the end"
	}
	return fmt.Sprintf("%q matches no %s: their names have %s; write %q", pattern, what, why, is)
}

// sampled is a text that a pattern matches, and what its samples stand for. A part of a
// path that has a star and nothing that ends a path stands for names of its own, so
// whether they are ids is not looked at.
func sampled(pattern string) (text string, stars []string) {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		switch {
		case !strings.Contains(part, "*"):
		case strings.ContainsAny(part, "?#;% "):
			parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "**", sample), "*", sample)
			stars = append(stars, "*")
		default:
			parts[i] = sample
			stars = append(stars, part)
		}
	}
	return strings.Join(parts, "/"), stars
}
