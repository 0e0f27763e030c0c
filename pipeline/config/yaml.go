package config

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// reader fills a tree from a parsed YAML document. It continues after a problem, so that all problems are shown at
// once.
type reader struct {
	file     string
	places   places
	problems []Problem
	anchors  map[string]ast.Node
	root     reflect.Value // for suggestions
}

// readYAML fills the tree from the text of a file. Keys that are not in the file keep their values.
func readYAML(file string, text []byte, root reflect.Value, at places) []Problem {
	r := &reader{file: file, places: at, anchors: map[string]ast.Node{}, root: root}
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		return []Problem{r.syntax(err)}
	}
	if len(doc.Docs) > 1 {
		second := doc.Docs[1]
		r.add(second.Start, "", "a second document begins here; a configuration is one document")
	}
	if len(doc.Docs) > 0 && doc.Docs[0].Body != nil {
		r.value(doc.Docs[0].Body, root, "")
	}
	return r.problems
}

// decodeFragment reads a value in one line of YAML, and returns the keys that it has.
func decodeFragment(text string, v reflect.Value) (places, error) {
	doc, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(doc.Docs) != 1 || doc.Docs[0].Body == nil {
		return nil, fmt.Errorf("cannot be read as YAML in one line, such as [a, b] or {key: value}")
	}
	r := &reader{places: places{}, anchors: map[string]ast.Node{}, root: v}
	r.value(doc.Docs[0].Body, v, "")
	if len(r.problems) > 0 {
		p := r.problems[0]
		p.Place = Place{}
		return nil, errors.New(p.String())
	}
	return r.places, nil
}

func (r *reader) syntax(err error) Problem {
	if at, ok := errors.AsType[yaml.Error](err); ok {
		return Problem{Place: r.place(at.GetToken()), Text: "not YAML: " + at.GetMessage()}
	}
	return Problem{Place: Place{File: r.file}, Text: "not YAML: " + err.Error()}
}

func (r *reader) place(tk *token.Token) Place {
	p := Place{File: r.file}
	if tk != nil && tk.Position != nil {
		p.Line, p.Column = tk.Position.Line, tk.Position.Column
	}
	return p
}

func (r *reader) add(tk *token.Token, key, text string) {
	r.problems = append(r.problems, Problem{Place: r.place(tk), Key: key, Text: text})
}

// fail reports a problem at the place that its key was found at.
func (r *reader) fail(key, text string) {
	at := r.places.of(key)
	if key == "" {
		at = Place{File: r.file, Line: 1, Column: 1}
	}
	r.problems = append(r.problems, Problem{Place: at, Key: key, Text: text})
}

func (r *reader) value(n ast.Node, v reflect.Value, key string) {
	n = r.resolve(n)
	switch t := v.Type(); {
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		r.value(n, v.Elem(), key)
	case isSection(t):
		r.section(n, v, key)
	case isScalar(t):
		r.scalar(n, v, key)
	case t.Kind() == reflect.Slice:
		r.list(n, v, key)
	case t.Kind() == reflect.Map:
		r.table(n, v, key)
	default:
		r.fail(key, fmt.Sprintf("cannot be set from a file (%v)", t))
	}
}

// maxHops bounds a chain of aliases, which could be a circle.
const maxHops = 16

// resolve follows anchors, aliases and tags to the node that holds the value.
func (r *reader) resolve(n ast.Node) ast.Node {
	for range maxHops {
		switch t := n.(type) {
		case *ast.AnchorNode:
			r.anchors[t.Name.GetToken().Value] = t.Value
			n = t.Value
		case *ast.AliasNode:
			target, ok := r.anchors[t.Value.GetToken().Value]
			if !ok {
				return n
			}
			n = target
		case *ast.TagNode:
			n = t.Value
		default:
			return n
		}
	}
	return n
}

func (r *reader) section(n ast.Node, v reflect.Value, key string) {
	pairs, ok := n.(ast.MapNode)
	if !ok {
		_, empty := n.(*ast.NullNode)
		if text, scalar := wordOf(n); !empty && !(scalar && setSwitch(v, text)) {
			r.fail(key, "want keys and values here, got "+kindOf(n))
		}
		return
	}
	for it := pairs.MapRange(); it.Next(); {
		name := it.Key().GetToken().Value
		path := join(key, name)
		if child, ok := find(v, name); ok && isPlain(it.Key()) {
			r.places[path] = r.place(it.Key().GetToken())
			r.value(it.Value(), child, path)
		} else {
			r.add(it.Key().GetToken(), path, "unknown key"+didYouMean(name, key, v, r.root))
		}
	}
}

// isPlain reports a key that is one word and not a merge.
func isPlain(n ast.MapKeyNode) bool {
	_, ok := wordOf(n)
	return ok && !n.IsMergeKey()
}

func (r *reader) scalar(n ast.Node, v reflect.Value, key string) {
	text, ok := wordOf(n)
	if !ok {
		r.fail(key, fmt.Sprintf("want %s, got %s", wanted(v.Type()), kindOf(n)))
		return
	}
	if isQuoted(n) && v.Kind() != reflect.String && v.Type() != durationType && !reflect.PointerTo(v.Type()).Implements(textType) {
		r.fail(key, fmt.Sprintf("want %s, got the text %q", wanted(v.Type()), text))
		return
	}
	if err := setText(v, text); err != nil {
		r.fail(key, err.Error())
	}
}

func (r *reader) list(n ast.Node, v reflect.Value, key string) {
	elem := v.Type().Elem()
	items, ok := n.(ast.ArrayNode)
	if _, one := wordOf(n); !ok && one && isScalar(elem) { // one value stands for a list of one
		list := reflect.MakeSlice(v.Type(), 1, 1)
		r.value(n, list.Index(0), key)
		v.Set(list)
		return
	}
	if !ok {
		r.fail(key, "want a list, got "+kindOf(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), 0, 4)
	for it := items.ArrayRange(); it.Next(); {
		path := fmt.Sprintf("%s[%d]", key, list.Len())
		item := r.resolve(it.Value())
		r.places[path] = r.place(first(item))
		e := reflect.New(elem).Elem()
		r.value(item, e, path)
		list = reflect.Append(list, e)
	}
	v.Set(list)
}

func (r *reader) table(n ast.Node, v reflect.Value, key string) {
	pairs, ok := n.(ast.MapNode)
	if !ok {
		if _, empty := n.(*ast.NullNode); !empty {
			r.fail(key, "want keys and values here, got "+kindOf(n))
		}
		return
	}
	table := reflect.MakeMap(v.Type())
	for it := v.MapRange(); it.Next(); { // entries that are not in the file keep their values
		table.SetMapIndex(it.Key(), it.Value())
	}
	for it := pairs.MapRange(); it.Next(); {
		r.entry(it.Key(), it.Value(), table, key)
	}
	v.Set(table)
}

// entry sets one pair of a table. An empty value removes the pair.
func (r *reader) entry(name ast.MapKeyNode, n ast.Node, table reflect.Value, key string) {
	path := join(key, name.GetToken().Value)
	r.places[path] = r.place(name.GetToken())
	k := reflect.New(table.Type().Key()).Elem()
	if err := setText(k, name.GetToken().Value); err != nil || !isPlain(name) {
		r.fail(path, "cannot be a key here")
		return
	}
	if _, empty := r.resolve(n).(*ast.NullNode); empty {
		table.SetMapIndex(k, reflect.Value{})
		return
	}
	e := reflect.New(table.Type().Elem()).Elem()
	if before := table.MapIndex(k); before.IsValid() {
		e.Set(before)
	}
	r.value(n, e, path)
	table.SetMapIndex(k, e)
}
