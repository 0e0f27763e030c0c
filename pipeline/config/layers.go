package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Layers are the places settings come from; later ones win: defaults, File, Environ, Set.
type Layers struct {
	File    string   // a YAML file; "" for none
	Environ []string // NAME=value, as os.Environ gives them
	Set     []string // section.key=value, as flags give them
}

// Prefix begins the name of every environment variable that sets a key.
const Prefix = "FRICTION_"

// fromFile ends the name of a variable whose value is the name of a file that holds the text: passwords, certificates.
const fromFile = "_FILE"

// maxFile is the largest size of a configuration file.
const maxFile = 4 << 20

// variable is the name of the environment variable of a key.
func variable(key string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// fill puts the layers over the defaults that root holds. The problems are of form; values are not checked here.
func (l Layers) fill(root reflect.Value) (places, []Problem) {
	at := places{}
	var problems []Problem
	if l.File != "" {
		problems = append(problems, l.readFile(root, at)...)
	}
	problems = append(problems, l.readEnviron(root, at)...)
	return at, append(problems, l.readSet(root, at)...)
}

func (l Layers) readFile(root reflect.Value, at places) []Problem {
	text, err := readLimited(l.File)
	if err != nil {
		return []Problem{{Place: Place{File: l.File}, Text: err.Error()}}
	}
	return readYAML(l.File, text, root, at)
}

func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		if cause, ok := errors.AsType[*os.PathError](err); ok {
			err = cause.Err
		}
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	case len(text) > maxFile:
		return nil, fmt.Errorf("is larger than %d MiB; is it a configuration?", maxFile>>20)
	}
	return text, nil
}

// foreign matches variables that container platforms set for a service named friction.
var foreign = regexp.MustCompile(`^\w+_(SERVICE_HOST|SERVICE_PORT|SERVICE_PORT_\w+|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)=|^\w+_PORT=\w+://`)

func (l Layers) readEnviron(root reflect.Value, at places) (problems []Problem) {
	all := leaves("", root)
	for _, entry := range slices.Sorted(slices.Values(l.Environ)) {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, Prefix) {
			continue
		}
		if err := setVariable(all, root, at, name, value, l.Environ); err != nil {
			problems = append(problems, *err)
		}
	}
	return problems
}

// setVariable sets one key from an environment variable. With _FILE behind the name, the value is read from the file.
func setVariable(all []leaf, root reflect.Value, at places, name, value string, environ []string) *Problem {
	place := Place{From: name}
	i := slices.IndexFunc(all, func(l leaf) bool {
		return name == variable(l.key) || l.value.Kind() == reflect.String && name == variable(l.key)+fromFile
	})
	if i < 0 {
		return unknownVariable(all, root, name, value)
	}
	key := all[i].key
	if name != variable(key) {
		if slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, variable(key)+"=") }) {
			return &Problem{Place: place, Key: key, Text: "is set together with " + variable(key) + "; give one of them"}
		}
		text, err := readLimited(value)
		if err != nil {
			return &Problem{Place: place, Key: key, Text: fmt.Sprintf("file %s %v", value, err)}
		}
		value = strings.TrimRight(string(text), "\r\n")
	}
	below, err := assign(all[i].value, value)
	if err != nil {
		return &Problem{Place: place, Key: key, Text: err.Error()}
	}
	at.note(place, key, below)
	return nil
}

// unknownVariable is a problem when the name begins like that of a section, so that a misspelt key is not silently
// without effect; other names with our prefix belong to others.
func unknownVariable(all []leaf, root reflect.Value, name, value string) *Problem {
	if foreign.MatchString(name + "=" + value) {
		return nil
	}
	for _, section := range keysOf(root) {
		begin := variable(section) + "_"
		if !strings.HasPrefix(name, begin) {
			continue
		}
		var rests []string
		for _, l := range all {
			if rest, ok := strings.CutPrefix(variable(l.key), begin); ok {
				rests = append(rests, rest)
			}
		}
		text := "no key has this name"
		if near := Nearest(strings.TrimPrefix(name, begin), rests); near != "" {
			text += "; did you mean " + begin + near + "?"
		}
		return &Problem{Place: Place{From: name}, Text: text}
	}
	return nil
}

// readSet sets keys from the pairs of --set, and collects all mistakes.
func (l Layers) readSet(root reflect.Value, at places) (problems []Problem) {
	for _, pair := range l.Set {
		key, value, ok := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		place := Place{From: "--set " + key}
		if !ok {
			problems = append(problems, Problem{Place: place, Text: "want section.key=value"})
			continue
		}
		v, ok := find(root, key)
		if !ok {
			section, name := parent(key), key[len(parent(key)):]
			siblings, found := find(root, section)
			if !found {
				section, siblings = "", root
			}
			problems = append(problems, Problem{Place: place, Key: key, Text: "unknown key" + didYouMean(strings.Trim(name, "."), section, siblings, root)})
			continue
		}
		below, err := assign(v, value)
		if err != nil {
			problems = append(problems, Problem{Place: place, Key: key, Text: err.Error()})
			continue
		}
		at.note(place, key, below)
	}
	return problems
}
