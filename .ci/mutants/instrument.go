package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// alias is what changed files call the package of switches.
const alias = "mutant__"

// switches is the package that the changed files import.
const switches = `package mutant

import (
	"os"
	"strconv"
	"sync"
)

var (
	active, _ = strconv.Atoi(os.Getenv("MUTANT"))
	record    = os.Getenv("MUTANT_REACHED")
	mu        sync.Mutex
	seen      = map[int]bool{}
)

func On(id int) bool {
	if record != "" {
		reached(id)
	}
	return id == active
}

func reached(id int) {
	mu.Lock()
	defer mu.Unlock()
	if seen[id] {
		return
	}
	seen[id] = true
	if f, err := os.OpenFile(record, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		_, _ = f.WriteString(strconv.Itoa(id) + "\n")
		_ = f.Close()
	}
}

func Not[T ~bool](id int, v T) T { return v != T(On(id)) }

func Zero[T any](id int, v T) T {
	if On(id) {
		var zero T
		return zero
	}
	return v
}

type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

func Add[T number](id int, a, b T) T {
	if On(id) {
		return a - b
	}
	return a + b
}

func Sub[T number](id int, a, b T) T {
	if On(id) {
		return a + b
	}
	return a - b
}

func Mul[T number](id int, a, b T) T {
	if On(id) {
		return a / b
	}
	return a * b
}

func Quo[T number](id int, a, b T) T {
	if On(id) {
		return a * b
	}
	return a / b
}
`

// overlay writes the changed files and returns the file that tells the go command of them.
func (b *build) overlay() (string, error) {
	replace := map[string]string{}
	write := func(path, text string) error {
		at := filepath.Join(b.dir, "src", strings.ReplaceAll(path, string(filepath.Separator), "_"))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		absolute, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		replace[absolute] = at
		return os.WriteFile(at, []byte(text), 0o644)
	}
	if err := write(filepath.Join("pipeline", "mutant", "mutant.go"), switches); err != nil {
		return "", err
	}
	for _, p := range b.packages {
		for _, f := range p.files {
			var own []*site
			for _, s := range b.sites {
				if s.file == f.path && s.verdict != unviable {
					own = append(own, s)
				}
			}
			if len(own) == 0 {
				continue
			}
			if err := write(f.path, instrument(p, f, own)); err != nil {
				return "", err
			}
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}

// instrument is a file with the switches of its sites.
func instrument(p *source, f *goFile, sites []*site) string {
	slices.SortFunc(sites, func(a, b *site) int {
		if a.innermost != b.innermost && a.start == b.start && a.end == b.end {
			if a.innermost {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.id, b.id))
	})
	name := p.offset(f.tree.Name.End())
	return string(f.text[:name]) + fmt.Sprintf("; import %s %q", alias, prefix+"mutant") + render(f.text, sites, name, len(f.text))
}

// render is a part of a file with the sites that lie in it. Sites are in order,
// the outermost first.
func render(text []byte, sites []*site, from, to int) string {
	var out strings.Builder
	at := from
	for i, s := range sites {
		if s.start < at || s.end > to {
			continue
		}
		rest := sites[i+1:]
		out.Write(text[at:s.start])
		out.WriteString(s.render(func(from, to int) string { return render(text, rest, from, to) }, render(text, rest, s.start, s.end)))
		at = s.end
	}
	out.Write(text[at:to])
	return out.String()
}

var (
	failedLine = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):(\d+): (.*)$`)
	switchOf   = regexp.MustCompile(regexp.QuoteMeta(alias) + `\.\w+\((\d+)`)
)

// blame marks the sites on lines that do not compile, and reports whether there are any.
func (b *build) blame(output string) (found bool) {
	for _, m := range failedLine.FindAllStringSubmatch(output, -1) {
		name := strings.ReplaceAll(m[1], string(filepath.Separator), "_")
		if strings.Contains(m[1], filepath.Base(b.dir)) {
			name = filepath.Base(m[1]) // the compiler names the changed file
		}
		text, err := os.ReadFile(filepath.Join(b.dir, "src", name))
		if err != nil {
			continue
		}
		n, _ := strconv.Atoi(m[2])
		lines := strings.Split(string(text), "\n")
		if n < 1 || n > len(lines) {
			continue
		}
		for _, id := range switchOf.FindAllStringSubmatch(lines[n-1], -1) {
			for _, s := range b.sites {
				if strconv.Itoa(s.id) == id[1] && s.verdict != unviable {
					s.verdict, found = unviable, true
				}
			}
		}
	}
	return found
}
