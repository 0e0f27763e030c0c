package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// prefix is where the packages are.
const prefix = "friction/pipeline/"

// source is a package as it is in the repository.
type source struct {
	name   string // below pipeline
	dir    string
	mutate bool
	random bool // its tests use rapid, which takes flags of its own
	fset   *token.FileSet
	files  []*goFile
	info   *types.Info
}

// goFile is one of its files.
type goFile struct {
	path string // from the root
	text []byte
	tree *ast.File
}

// offset is where a position lies in its file.
func (p *source) offset(pos token.Pos) int { return p.fset.Position(pos).Offset }

// listed is what the go command says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// load reads the packages and their types.
func load() ([]*source, error) {
	exports := map[string]string{}
	dirs := map[string]listed{}
	args := []string{"list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles"}
	for _, name := range slices.Concat(core, judges) {
		args = append(args, "./pipeline/"+name)
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[l.ImportPath], dirs[l.ImportPath] = l.Export, l
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var all []*source
	for _, name := range slices.Concat(core, judges) {
		p := &source{name: name, dir: dirs[prefix+name].Dir, mutate: slices.Contains(core, name), fset: token.NewFileSet()}
		if err := p.read(root, dirs[prefix+name].GoFiles, exports); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// read parses the files, finds out their types, and what their tests stand on.
func (p *source) read(root string, names []string, exports map[string]string) error {
	deps, err := exec.Command("go", "list", "-deps", "-test", "./pipeline/"+p.name).Output()
	if err != nil {
		return fmt.Errorf("list what tests of %s import: %w", p.name, err)
	}
	p.random = strings.Contains(string(deps), "pgregory.net/rapid")
	var trees []*ast.File
	for _, name := range names {
		path := filepath.Join(p.dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(p.fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		p.files = append(p.files, &goFile{path: rel, text: text, tree: tree})
		trees = append(trees, tree)
	}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	config := types.Config{Importer: importer.ForCompiler(p.fset, "gc", open)}
	if _, err := config.Check(prefix+p.name, p.fset, trees, p.info); err != nil {
		return fmt.Errorf("check %s: %w", p.name, err)
	}
	return nil
}
