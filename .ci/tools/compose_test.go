package tools

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// project loads the compose file as docker compose does: schema, interpolation, merging, references between services.
func project(t *testing.T, environment []string, profiles ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../../docker-compose.yml"}, cli.WithEnv(environment), cli.WithProfiles(profiles), cli.WithInterpolation(true), cli.WithConsistency(true))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(context.WithoutCancel(t.Context()))
}

// secrets are the variables that .env must have, as the head of the file says how to make it.
func secrets(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`for name in ([A-Z_ ]+);`).FindSubmatch(text)
	if head == nil {
		t.Fatal("the head of docker-compose.yml does not say how .env is made")
	}
	var all []string
	for name := range strings.FieldsSeq(string(head[1])) {
		all = append(all, name+"_PASSWORD=0123456789abcdef")
	}
	return all
}

func TestComposeLoads(t *testing.T) {
	p, err := project(t, secrets(t), "simulator")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range p.Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s can be reached from outside", name, port.Published)
			}
		}
		if s.Build == nil && (!strings.Contains(s.Image, ":") || strings.HasSuffix(s.Image, ":latest")) {
			t.Errorf("%s: %s is no pinned version", name, s.Image)
		}
		if s.Restart == "" || s.Privileged {
			t.Errorf("%s: does not start again, or has all rights", name)
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				if _, err := os.Stat(v.Source); err != nil || !v.ReadOnly {
					t.Errorf("%s: mounts %s, writable: %v, %v", name, v.Source, !v.ReadOnly, err)
				}
			}
		}
		if s.Build != nil && (!s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true")) {
			t.Errorf("%s: has rights it does not need", name)
		}
	}
	without, err := project(t, secrets(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := without.Services["simulator"]; ok || len(without.Services) != len(p.Services)-1 {
		t.Error("the simulator starts without being asked for")
	}
}

// No password has a default: each of them missing is an error that says where to look.
func TestComposeAsksForEveryPassword(t *testing.T) {
	all := secrets(t)
	for i, missing := range all {
		_, err := project(t, slices.Delete(slices.Clone(all), i, i+1))
		if err == nil || !strings.Contains(err.Error(), "see the top of docker-compose.yml") {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

// Every password in it is one of those asked for, and none is used for two purposes that a reader could mix up.
func TestComposeGivesReadersTheirOwnUser(t *testing.T) {
	env := secrets(t)
	for i := range env {
		env[i] = strings.Replace(env[i], "0123456789abcdef", "pw"+strings.ToLower(strings.TrimSuffix(env[i], "_PASSWORD=0123456789abcdef")), 1)
	}
	p, err := project(t, env)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"grafana": "pwfriction_reader", "worker": "", "migrate": ""} {
		got := ""
		if v := p.Services[name].Environment["CLICKHOUSE_PASSWORD"]; v != nil {
			got = *v
		}
		if got != want {
			t.Errorf("%s is given the ClickHouse password %q, want %q", name, got, want)
		}
	}
	for name, s := range p.Services {
		for key, v := range s.Environment {
			if v != nil && strings.Contains(*v, "pwclickhouse_admin") && name != "clickhouse" {
				t.Errorf("%s knows the administrator's password (%s)", name, key)
			}
		}
	}
}
