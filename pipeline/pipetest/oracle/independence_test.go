package oracle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shared are the functions of the checked packages that the oracle may call: the vocabulary of events, and names of
// versions, which are no rules.
var shared = []string{
	"friction/pipeline/event.",
	"(friction/pipeline/event.", "(*friction/pipeline/event.",
	"(friction/pipeline/score.Config).WeightsVersion",
	"friction/pipeline/pipetest/",
}

// A second reading that calls the code of the first proves nothing: the oracle
// uses types and values of the packages it checks, and no function of them.
func TestOracleCallsNoCodeThatItChecks(t *testing.T) {
	fset := token.NewFileSet()
	var files []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", compiled(t))}
	if _, err := config.Check("friction/pipeline/pipetest/oracle", fset, files, info); err != nil {
		t.Fatal(err)
	}
	uses := 0
	for id, object := range info.Uses {
		f, ok := object.(*types.Func)
		if !ok || f.Pkg() == nil || !strings.HasPrefix(f.Pkg().Path(), "friction/") {
			continue
		}
		uses++
		if !allowed(f.FullName()) {
			t.Errorf("%s: the oracle calls %s; read the rule a second time", fset.Position(id.Pos()), f.FullName())
		}
	}
	if uses == 0 {
		t.Error("found no call at all: the check is broken")
	}
}

func allowed(name string) bool {
	for _, prefix := range append(shared, "friction/pipeline/pipetest/oracle.", "(friction/pipeline/pipetest/oracle.", "(*friction/pipeline/pipetest/oracle.") {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// compiled finds what the compiler exported of the oracle's imports.
func compiled(t *testing.T) importer.Lookup {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Export", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
}
