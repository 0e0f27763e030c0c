package files

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// line is a line of a file that a test writes: an event, or what is none.
type line struct {
	time int64 // ms; 0 for a line that cannot be decoded
	name string
}

func (l line) String() string {
	if l.time == 0 {
		return "not an event: " + l.name
	}
	return fmt.Sprintf(`{"time":%d,"user":"u","type":"custom","name":%q}`, l.time, l.name)
}

const noon = 1_760_000_000_000

func write(t *testing.T, path string, lines []line) {
	t.Helper()
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// names reads everything and returns the names of the events, and of what is none
// its text.
func names(t *testing.T, s Set) []string {
	t.Helper()
	d, err := decode.New(s.Decode)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	var e event.Event
	for n := int64(1); ; n++ {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if s.Sort != nil && rec.Offset != n {
			t.Fatalf("record %d has offset %d", n, rec.Offset)
		}
		if why := d.Decode(rec, &e); why.Reason != event.Accepted {
			got = append(got, string(rec.Value))
			continue
		}
		got = append(got, e.Name)
	}
}

func native() decode.Config { return decode.DefaultConfig() }

// TestSortedHoweverItComes draws files of events with many equal times and lines
// that are no events, and asks for the same order whatever the order of the files,
// whatever the order of lines with different times, and whatever fits into memory.
func TestSortedHoweverItComes(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		dir := t.TempDir()
		var paths []string
		type placed struct {
			line
			file, at int
		}
		var want []placed
		for f := range 1 + rng.IntN(4) {
			path := filepath.Join(dir, fmt.Sprintf("%c.ndjson", 'a'+f))
			paths = append(paths, path)
			byTime := map[int64][]line{}
			var times []int64
			for i := range rng.IntN(60) {
				at := noon + rng.Int64N(15)*1000
				byTime[at] = append(byTime[at], line{at, fmt.Sprint(f, "-", i)})
				if !slices.Contains(times, at) {
					times = append(times, at)
				}
			}
			// Rising as a whole, but for one group of lines that comes first.
			slices.Sort(times)
			if len(times) > 2 {
				i := rng.IntN(len(times) - 1)
				times = append([]int64{times[i]}, slices.Delete(slices.Clone(times), i, i+1)...)
			}
			var lines []line
			for _, at := range times {
				for _, l := range byTime[at] {
					want = append(want, placed{l, f, len(lines)})
					lines = append(lines, l)
				}
			}
			write(t, path, lines)
		}
		slices.SortStableFunc(want, func(a, b placed) int {
			if a.time != b.time {
				return int(a.time - b.time)
			}
			if a.file != b.file {
				return a.file - b.file
			}
			return a.at - b.at
		})
		var wanted []string
		for _, l := range want {
			wanted = append(wanted, l.name)
		}
		for _, memory := range []int{0, 400, 1500} {
			rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
			got := names(t, Set{Decode: native(), Paths: paths, Sort: &Sort{Memory: memory, Folder: dir}})
			if !slices.Equal(got, wanted) {
				t.Fatalf("seed %d, memory %d, files %v:\ngot  %v\nwant %v", seed, memory, paths, got, wanted)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "friction-sort-*")); len(left) > 0 {
			t.Fatalf("temporary files are left: %v", left)
		}
	}
}

// A file with the newest first is read from its end among equal times; what cannot
// be decoded stands with the event that stood before it.
func TestSortedTies(t *testing.T) {
	dir := t.TempDir()
	f := func(name, want string, lines ...line) {
		t.Helper()
		path := filepath.Join(dir, name)
		write(t, path, lines)
		for _, memory := range []int{0, 90} {
			got := strings.Join(names(t, Set{Decode: native(), Paths: []string{path}, Sort: &Sort{Memory: memory, Folder: dir}}), " ")
			if got != want {
				t.Errorf("%s, memory %d:\ngot  %s\nwant %s", name, memory, got, want)
			}
		}
	}
	f("newest first", "a b c d", line{noon + 3, "d"}, line{noon + 2, "c"}, line{noon + 2, "b"}, line{noon, "a"})
	f("rising", "a b c d", line{noon, "a"}, line{noon + 2, "b"}, line{noon + 2, "c"}, line{noon + 3, "d"})
	f("one time", "a b c", line{noon, "a"}, line{noon, "b"}, line{noon, "c"})
	f("no event first", "not an event: x b not an event: y c", line{0, "x"}, line{noon, "b"}, line{0, "y"}, line{noon + 1, "c"})
	f("with the event before", "a b not an event: x c", line{noon, "a"}, line{noon + 5, "c"}, line{noon + 1, "b"}, line{0, "x"})
}

func TestSortedPositionsAndHeaders(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "1.csv"), filepath.Join(dir, "2.csv")
	for path, text := range map[string]string{
		one: "time,user,type\n1760000000000,a,click\n1760000002000,b,click\nx,c,click\n",
		two: "type,user,time\nclick,d,1760000001000\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := native()
	c.Format, c.Map = decode.CSV, "time=time:ms,user=user,type=type"
	d, err := decode.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Set{Decode: c, Paths: []string{two, one}, Sort: &Sort{}}.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	var e event.Event
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		why, at := d.Decode(rec, &e), r.Position()
		got = append(got, fmt.Sprintf("%s:%d %s%s %d", filepath.Base(at.Path), at.Line, e.User, why.Reason, at.Time-noon))
	}
	want := []string{"1.csv:2 a 0", "2.csv:2 d 1000", "1.csv:3 b 2000", "1.csv:4 cbad_time 2000"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFilesNamedTwice(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.ndjson"), filepath.Join(dir, "b.ndjson")
	write(t, path, []line{{noon, "a"}})
	if err := os.Link(path, link); err != nil {
		t.Fatal(err)
	}
	f := func(want string, paths ...string) {
		t.Helper()
		d, err := decode.New(native())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Set{Decode: native(), Paths: paths}).Open(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one that says %q", paths, err, want)
		}
	}
	f("named twice", path, path)
	f("the same file", path, link)
	f("the same file", filepath.Join(dir, "*.ndjson"))
	f("no file matches", filepath.Join(dir, "*.log"))
	if got := names(t, Set{Decode: native(), Paths: []string{filepath.Join(dir, "[a].*")}}); !slices.Equal(got, []string{"a"}) {
		t.Errorf("a pattern gives %v", got)
	}
}
