package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the notices of third parties anew")

// THIRD_PARTY.md has the licence of every module that is linked into the program, on any platform it is built for.
func TestThirdPartyNoticesAreCurrent(t *testing.T) {
	const page = "../../THIRD_PARTY.md"
	want := notices(t)
	have, err := os.ReadFile(page)
	switch {
	case err == nil && string(have) == want:
	case *rewrite:
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what go.mod and the modules say (%v): make golden writes it anew", page, err)
	}
}

// linked is a package as go list -json shows it.
type linked struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// notice is one text and the modules that are under it.
type notice struct {
	licence, text string
	modules       []string
}

func notices(t *testing.T) string {
	t.Helper()
	table, texts := map[string]string{}, map[string]*notice{}
	add := func(module, licence, text string) {
		n := texts[text]
		if n == nil {
			n = &notice{licence: licence, text: text}
			texts[text] = n
		}
		if !slices.Contains(n.modules, module) {
			n.modules = append(n.modules, module)
		}
		if licence != "notice" && !strings.Contains(table[module], licence) {
			table[module] = strings.TrimPrefix(table[module]+", "+licence, ", ")
		}
	}
	for _, p := range packages(t) {
		name := p.Module.Path + " " + p.Module.Version
		for dir := p.Dir; strings.HasPrefix(dir, p.Module.Dir); dir = filepath.Dir(dir) {
			for _, file := range licenceFiles(t, dir) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				add(name, licenceOf(t, file, string(text)), normalised(string(text)))
			}
		}
		if table[name] == "" {
			t.Errorf("%s has no licence", name)
		}
	}
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	add("the Go standard library", licenceOf(t, "LICENSE", string(text)), normalised(string(text)))

	var b strings.Builder
	b.WriteString("# Third parties\n\nWhat is linked into the program and into its image, and under which licence. Generated from the modules by make golden.\n\n" +
		"The engine of the embedded ClickHouse (libchdb, Apache-2.0) is no part of it: the program downloads it at its first use. The\n" +
		"image adds what distroless/static holds: CA certificates, time zones and base files of Debian, whose licences are in the\n" +
		"image below /usr/share/doc.\n\n| module | licence |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(table)) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, table[name])
	}
	for _, n := range slices.SortedFunc(maps.Values(texts), func(a, b *notice) int {
		slices.Sort(a.modules)
		slices.Sort(b.modules)
		return cmp.Or(cmp.Compare(a.licence, b.licence), cmp.Compare(a.modules[0], b.modules[0]), cmp.Compare(a.text, b.text))
	}) {
		fmt.Fprintf(&b, "\n## %s: %s\n\n```\n%s\n```\n", n.licence, strings.Join(n.modules, ", "), n.text)
	}
	return b.String()
}

// packages lists what is linked on all platforms, without the standard library and this module.
func packages(t *testing.T) []linked {
	t.Helper()
	var all []linked
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Module", ".")
		c.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
		var errs bytes.Buffer
		c.Stderr = &errs
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, &errs)
		}
		for d := json.NewDecoder(bufio.NewReader(bytes.NewReader(out))); ; {
			var p linked
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && !p.Module.Main {
				all = append(all, p)
			}
		}
	}
	return all
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)(\.(txt|md))?$`)

func licenceFiles(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() && licenceName.MatchString(e.Name()) {
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

// licenceOf tells a licence by its words. One that it does not know is a reason to look.
func licenceOf(t *testing.T, file, text string) string {
	t.Helper()
	words := strings.Join(strings.Fields(text), " ")
	switch {
	case strings.HasPrefix(strings.ToLower(filepath.Base(file)), "notice"):
		return "notice"
	case strings.Contains(words, "Apache License"):
		return "Apache-2.0"
	case strings.Contains(words, "Permission is hereby granted, free of charge"):
		return "MIT"
	case strings.Contains(words, "Redistribution and use") && strings.Contains(words, "Neither the name"):
		return "BSD-3-Clause"
	case strings.Contains(words, "Redistribution and use"):
		return "BSD-2-Clause"
	}
	t.Errorf("%s: unknown licence", file)
	return "unknown"
}

// normalised is a text without differences that mean nothing.
func normalised(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \t\n\f") + "\n")
	}
	return strings.Trim(b.String(), "\n")
}
