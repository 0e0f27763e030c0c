package tools

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// stages parses a Dockerfile with BuildKit's own parser and build checks; what they complain of is returned.
func stages(t *testing.T, text []byte) (all []instructions.Stage, complaints []string) {
	t.Helper()
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range parsed.Warnings {
		complaints = append(complaints, w.Short)
	}
	checks := linter.New(&linter.Config{Warn: func(rule, _, _, message string, _ []parser.Range) {
		complaints = append(complaints, rule+": "+message)
	}})
	all, _, err = instructions.Parse(parsed.AST, checks)
	if err != nil {
		complaints = append(complaints, err.Error())
	}
	return all, complaints
}

func TestDockerfilePassesTheBuildChecks(t *testing.T) {
	text, err := os.ReadFile("../../deploy/docker/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	all, complaints := stages(t, text)
	for _, c := range complaints {
		t.Error(c)
	}
	last := all[len(all)-1]
	var user, check, entry bool
	for _, c := range last.Commands {
		switch c := c.(type) {
		case *instructions.RunCommand:
			t.Errorf("the image runs %v while it is built; there is no shell in it", c.CmdLine)
		case *instructions.UserCommand:
			user = c.User == "65532:65532"
		case *instructions.HealthCheckCommand:
			check = c.Health.Test[0] == "CMD" && c.Health.Test[1] == "/friction"
		case *instructions.EntrypointCommand:
			entry = !c.PrependShell
		case *instructions.CopyCommand:
			if c.From == "" {
				t.Errorf("the image holds files of the build context: %v", c.SourcePaths)
			}
		}
	}
	if !user || !check || !entry {
		t.Errorf("user without rights %v, health check by the program itself %v, entry point without a shell %v", user, check, entry)
	}
	for _, s := range all {
		if name := s.BaseName; !strings.Contains(name, ":") || strings.HasSuffix(name, ":latest") {
			t.Errorf("%s is no pinned version", name)
		}
	}
}

func TestBuildChecksCanComplain(t *testing.T) {
	_, complaints := stages(t, []byte("FROM scratch\nMAINTAINER me\nfrom scratch AS Two\nENV a b\n"))
	if len(complaints) < 3 {
		t.Errorf("only %v", complaints)
	}
}
