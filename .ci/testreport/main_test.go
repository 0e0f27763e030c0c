package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	in := `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: want 1, got 2\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: no data here\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"--- SKIP: TestC (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Test":"TestD","Output":"panic: boom\n"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
not json
`
	var out strings.Builder
	r := newReport(&out, "unit")
	if err := r.read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	r.summary()
	want := `=== p TestB
    b_test.go:3: want 1, got 2
FAIL	p	0.1s
=== p TestD did not end
panic: boom
not json
FAILED p TestB
  b_test.go:3: want 1, got 2
FAILED p TestD did not end
unit: 1 packages, 1 tests passed, 1 failed, 1 skipped
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if !r.broken {
		t.Error("a failed package must break the run")
	}
	if got, want := strings.Join(r.skips, "\n"), "p TestC: c_test.go:9: no data here"; got != want {
		t.Errorf("skips: got %q, want %q", got, want)
	}
}

func TestSkipsAreCollectedOverStages(t *testing.T) {
	file := t.TempDir() + "/skipped"
	for _, stage := range []string{
		`{"Action":"skip","Package":"p","Test":"TestLater"}` + "\n" + `{"Action":"skip","Package":"p","Test":"TestNever"}`,
		`{"Action":"pass","Package":"p","Test":"TestLater"}` + "\n" + `{"Action":"skip","Package":"p","Test":"TestNever"}`,
		`{"Action":"pass","Package":"q","Test":"TestOther"}`,
	} {
		r := newReport(io.Discard, "x")
		if err := r.read(strings.NewReader(stage)); err != nil {
			t.Fatal(err)
		}
		if err := r.collect(file); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "p TestNever: no reason given\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
