package config

import "reflect"

// load fills a tree from the layers and has its sections validate themselves. It returns where each key was set.
func load(l Layers, root reflect.Value) (places, error) {
	at, problems := l.fill(root)
	if open, ok := reflect.TypeAssert[interface{ complete(places) []Problem }](root.Addr()); ok && len(problems) == 0 {
		problems = open.complete(at)
	}
	if noted, ok := reflect.TypeAssert[interface{ noteSet(places) }](root.Addr()); ok {
		noted.noteSet(at)
	}
	if len(problems) == 0 {
		problems = check(root, at)
	}
	if len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	return at, nil
}

// check validates every section, and then the tree as a whole.
func check(root reflect.Value, at places) (problems []Problem) {
	for _, f := range fields(root.Type()) {
		problems = append(problems, refusals(root.Field(f.index), f.key, at)...)
	}
	if len(problems) == 0 {
		problems = refusals(root, "", at)
	}
	return problems
}

func refusals(v reflect.Value, section string, at places) (problems []Problem) {
	checked, ok := reflect.TypeAssert[interface{ Validate() error }](v)
	if !ok {
		return nil
	}
	err := checked.Validate()
	if err == nil {
		return nil
	}
	for _, e := range flatten(err) {
		problems = append(problems, at.explain(section, e))
	}
	return problems
}
