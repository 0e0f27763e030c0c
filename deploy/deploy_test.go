package deploy_test

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/goccy/go-yaml"

	"friction/pipeline/config"
)

type service struct {
	Image       string         `yaml:"image"`
	Build       map[string]any `yaml:"build"`
	Command     []string       `yaml:"command"`
	Environment map[string]any `yaml:"environment"`
	Ports       []string       `yaml:"ports"`
	Volumes     []string       `yaml:"volumes"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck map[string]any `yaml:"healthcheck"`
	Restart     string         `yaml:"restart"`
	Profiles    []string       `yaml:"profiles"`
}

func compose(t *testing.T) (services map[string]service, volumes map[string]any) {
	t.Helper()
	var file struct {
		Services map[string]service `yaml:"services"`
		Volumes  map[string]any     `yaml:"volumes"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "../docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Services) == 0 {
		t.Fatal("no services")
	}
	return file.Services, file.Volumes
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestComposeFollowsItsSpecification(t *testing.T) {
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(read(t, "../docker-compose.yml")), &doc); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	doc["servces"] = doc["services"] // the check itself can fail
	if schema.Validate(doc) == nil {
		t.Error("a misspelt key passes")
	}
}

func TestComposeRefersToWhatIsThere(t *testing.T) {
	services, volumes := compose(t)
	for name, s := range services {
		for other, d := range s.DependsOn {
			if _, ok := services[other]; !ok {
				t.Errorf("%s depends on %s, which is no service", name, other)
			}
			ends := services[other].Restart == "on-failure"
			if want := map[bool]string{true: "service_completed_successfully", false: "service_healthy"}[ends]; d.Condition != want {
				t.Errorf("%s waits for %s to be %s, want %s", name, other, d.Condition, want)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, ".") {
				if _, err := os.Stat(filepath.Join("..", from)); err != nil {
					t.Errorf("%s mounts %s: %v", name, from, err)
				}
			} else if _, ok := volumes[from]; !ok {
				t.Errorf("%s mounts volume %s, which is not declared", name, from)
			}
		}
		if file, ok := s.Build["dockerfile"].(string); s.Build != nil {
			if _, err := os.Stat(filepath.Join("..", file)); err != nil || !ok {
				t.Errorf("%s is built from %q: %v", name, file, err)
			}
		}
	}
}

var pinned = regexp.MustCompile(`^[a-z0-9/-]+:v?\d+\.\d+`)

func TestComposeIsPinnedAndClosed(t *testing.T) {
	services, _ := compose(t)
	for name, s := range services {
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %q has no version", name, s.Image)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %s can be reached from outside", name, p)
			}
		}
		if len(s.Ports) > 0 && s.Healthcheck == nil && s.Build == nil {
			t.Errorf("%s has no health check", name)
		}
		for key, value := range s.Environment {
			text, _ := value.(string)
			if strings.Contains(strings.ToUpper(key), "PASSWORD") && !asked.MatchString(text) {
				t.Errorf("%s: %s has a value of its own; passwords are asked for", name, key)
			}
		}
	}
}

// What the containers are told is a configuration that the program accepts.
func TestComposeConfiguresTheWorker(t *testing.T) {
	services, _ := compose(t)
	for _, name := range []string{"worker", "migrate", "alert", "simulator"} {
		l := config.Layers{File: "compose/friction.yml"}
		for key, value := range services[name].Environment {
			text, ok := value.(string)
			if !ok {
				t.Errorf("%s: %s is no text", name, key)
			}
			l.Environ = append(l.Environ, key+"="+optional.ReplaceAllString(asked.ReplaceAllString(text, "Secret1"), ""))
		}
		c, err := config.Load(config.Layers{File: l.File, Environ: slices.DeleteFunc(l.Environ, func(e string) bool { return strings.HasPrefix(e, "FRICTION_CONFIG=") })})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.Kafka.Brokers[0] != "kafka:29092" || c.ClickHouse.DSN != "http://friction:Secret1@clickhouse:8123" || c.HTTP.Addr != "0.0.0.0:9464" {
			t.Errorf("%s: the environment does not reach the settings: %s", name, c.Effective())
		}
	}
	topics, _ := services["topics"].Environment["TOPICS"].(string)
	if want := strings.Join(config.Default().Kafka.Topics, " "); topics != want {
		t.Errorf("topics made are %q, topics read are %q", topics, want)
	}
}

func TestDockerfileMakesAStaticUnprivilegedImage(t *testing.T) {
	text := read(t, "docker/Dockerfile")
	stages := strings.Split(text, "\nFROM ")
	last := stages[len(stages)-1]
	_, port, err := net.SplitHostPort(config.Default().HTTP.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"gcr.io/distroless/static-debian13:nonroot\n", "USER 65532:65532", `ENTRYPOINT ["/friction"]`, "EXPOSE " + port + "\n", `"/friction", "probe", "http://127.0.0.1:` + port + `/readyz"`} {
		if !strings.Contains(last, want) {
			t.Errorf("the image has no %q", want)
		}
	}
	if !strings.Contains(text, "CGO_ENABLED=0 go build") || !strings.Contains(text, "-tags nolibchdb") {
		t.Error("the program is not static")
	}
	if goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod")); !strings.Contains(text, "FROM golang:"+goVersion[1]+".") {
		t.Errorf("the image is not built with Go %s of go.mod", goVersion[1])
	}
	ignored := read(t, "../.dockerignore")
	for _, m := range regexp.MustCompile(`(?m)^COPY ([a-z. ]+) \S+$`).FindAllStringSubmatch(text, -1) {
		for name := range strings.FieldsSeq(m[1]) {
			if _, err := os.Stat(filepath.Join("..", name)); err != nil || !strings.Contains(ignored, "!"+name+"\n") {
				t.Errorf("COPY %s: %v, or it is left out by .dockerignore", name, err)
			}
		}
	}
}

func TestEveryServiceIsKnownHere(t *testing.T) {
	services, _ := compose(t)
	if got, want := slices.Sorted(maps.Keys(services)), []string{"alert", "clickhouse", "grafana", "kafka", "migrate", "prometheus", "simulator", "topics", "worker"}; !slices.Equal(got, want) {
		t.Errorf("services are %v, these tests know %v", got, want)
	}
}
