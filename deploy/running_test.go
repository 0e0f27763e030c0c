package deploy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/await"
)

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	os.Exit(m.Run())
}

// deployment runs services of docker-compose.yml on this machine: the same program, command, environment and mounted
// files, with addresses of test servers in the place of those of the other containers.
type deployment struct {
	services   map[string]service
	binary     string
	addresses  map[string]string // in the containers' network → here
	clickhouse string            // base URL
	token      string            // which it asks for in the place of every user's password
	dir        string            // of ClickHouse's data
}

// deploy starts the servers and builds the program.
func deploy(t *testing.T) *deployment {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it builds the program and starts Kafka and ClickHouse")
	}
	d := &deployment{addresses: map[string]string{}, dir: t.TempDir()}
	d.services, _ = compose(t)
	d.binary = filepath.Join(t.TempDir(), "friction")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", d.binary, "../cmd/friction").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	topics := map[string]int{}
	for topic := range strings.FieldsSeq(fmt.Sprint(d.services["topics"].Environment["TOPICS"])) {
		topics[topic] = 8
	}
	broker, err := embedded.StartKafka(embedded.KafkaOptions{Addr: "127.0.0.1:0", Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	d.addresses["kafka:29092"] = broker.Addr()
	return d
}

// as starts ClickHouse for one user until the test ends: whoever asks has the rights of this user and no others.
func (d *deployment) as(t *testing.T, a *access, user string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	ch, err := embedded.StartClickHouse(ctx, embedded.Options{Dir: d.dir, Addr: "127.0.0.1:0", Config: a.config(t, user), Output: os.Stderr})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := ch.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	d.addresses["clickhouse:8123"], d.clickhouse = ch.Addr(), ch.URL()
	server, err := url.Parse(d.clickhouse)
	if err != nil {
		t.Fatal(err)
	}
	d.token, _ = server.User.Password()
}

// asked is a variable that compose takes from .env.
var asked = regexp.MustCompile(`\$\{(\w+):\?[^}]*\}`)

// password is one in a DSN.
var password = regexp.MustCompile(`(http://[^:/@]+:)[^@]+@`)

// optional is one that may be missing there.
var optional = regexp.MustCompile(`\$\{\w+:-\}`)

// command is a service's process as compose starts it, listening at addr.
func (d *deployment) command(t *testing.T, name, addr string) *exec.Cmd {
	t.Helper()
	s, ok := d.services[name]
	if !ok {
		t.Fatalf("no service %s", name)
	}
	here := maps.Clone(d.addresses)
	here["0.0.0.0:9464"] = addr
	for _, v := range s.Volumes {
		from, to, _ := strings.Cut(v, ":")
		to, _, _ = strings.Cut(to, ":")
		path, err := filepath.Abs(filepath.Join("..", from))
		if err != nil {
			t.Fatal(err)
		}
		here[to] = path
	}
	c := exec.Command(d.binary, s.Command...)
	c.Env = []string{"HOME=" + t.TempDir()}
	for key, value := range s.Environment {
		text := optional.ReplaceAllString(asked.ReplaceAllString(fmt.Sprint(value), "Secret-$1"), "")
		for there, now := range here {
			text = strings.ReplaceAll(text, there, now)
		}
		text = password.ReplaceAllString(text, "${1}"+d.token+"@")
		c.Env = append(c.Env, key+"="+text)
	}
	c.Dir = t.TempDir()
	return c
}

// start runs a service until the test ends, and returns where it listens.
func (d *deployment) start(t *testing.T, name string, change func(*exec.Cmd)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	_ = l.Close()
	c := d.command(t, name, addr)
	if change != nil {
		change(c)
	}
	var said output
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, said.String())
			}
		case <-time.After(time.Minute):
			_ = c.Process.Kill()
			t.Errorf("%s did not stop:\n%s", name, said.String())
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said.String())
		}
	})
	return addr
}

type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// eventually waits until a condition holds; what it says when it does not is printed in the end.
func eventually(t *testing.T, what string, holds func() (ok bool, now string)) {
	t.Helper()
	now := ""
	defer func() {
		if t.Failed() {
			t.Log("now:", now)
		}
	}()
	await.True(t, 5*time.Minute, what, func() (ok bool) { ok, now = holds(); return ok })
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err.Error()
	}
	return r.StatusCode, string(b)
}

// ask runs a statement as Grafana's data source does: in the database friction, from which it names views alone.
func (d *deployment) ask(t *testing.T, sql string) (string, error) {
	t.Helper()
	r, err := http.Post(d.clickhouse+"/?database=friction", "text/plain", strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", b)
	}
	return strings.TrimSpace(string(b)), err
}

// What compose says is started: migrations, worker, alerter and simulator, with their very environment and files, and with the
// rights that their user has in ClickHouse. Then health checks, metrics, and, as the reader, every query of every
// dashboard are tried on what came of it; and what a tenant sees.
func TestComposeRuns(t *testing.T) {
	d, a := deploy(t), rights(t)
	t.Run("workers", func(t *testing.T) {
		d.as(t, a, "friction")
		d.works(t)
	})
	t.Run("a worker with no more than its role", func(t *testing.T) {
		d.as(t, a, "friction_writer")
		d.isReady(t, "worker")
	})
	t.Run("an alerter with no more than its role", func(t *testing.T) {
		d.as(t, a, "friction_alerter")
		d.isReady(t, "alert")
	})
	t.Run("readers", func(t *testing.T) {
		d.as(t, a, "friction_reader")
		t.Run("dashboards", func(t *testing.T) { d.dashboards(t) })
		t.Run("dashboards about hostile names", func(t *testing.T) { d.hostileNames(t) })
		t.Run("rights", func(t *testing.T) { d.reads(t) })
		t.Run("policies", func(t *testing.T) { d.everyTableHasAPolicy(t, a) })
		t.Run("statements", func(t *testing.T) { d.understands(t) })
	})
	t.Run("tenants", func(t *testing.T) {
		d.as(t, a, "friction_tenant")
		d.isOneTenant(t)
	})
}

// works runs everything for a while, until numbers are complete.
func (d *deployment) works(t *testing.T) {
	migrate := d.command(t, "migrate", "")
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	d.addTenant(t)
	worker := d.isReady(t, "worker")
	d.start(t, "simulator", func(c *exec.Cmd) { // as it is, but with a longer past, and an incident in it
		c.Args = append(c.Args, "--for", "40m", "--rate", "40", "--flat", "--after", "15m", "--lasts", "10m", "--every", "0")
	})
	eventually(t, "numbers are complete until now", func() (bool, string) {
		now, err := d.ask(t, "SELECT count() = 8 AND min(watermark) > now() - INTERVAL 1 MINUTE AND sum(lag) < 500, count(), min(watermark), sum(lag) FROM progress")
		return err == nil && strings.HasPrefix(now, "1\t"), fmt.Sprint(now, err)
	})
	alerter := d.isReady(t, "alert")
	eventually(t, "the alerter has judged", func() (bool, string) {
		_, text := get(t, "http://"+alerter+"/metrics")
		judged := regexp.MustCompile(`(?m)^friction_alert_judged_timestamp_seconds [1-9]`).MatchString(text)
		return judged && strings.Contains(text, "friction_alert_leading 1\n"), text
	})
	t.Run("health check", func(t *testing.T) { d.probes(t, worker); d.probes(t, alerter) })
	t.Run("metrics", func(t *testing.T) {
		_, text := get(t, "http://"+worker+"/metrics")
		for _, want := range []string{`friction_step_visits{app="shop",journey="checkout",step="payment"} `, "friction_build_info{", `friction_step_signals{app="shop",journey="checkout",signal="retry"`} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s", want)
			}
		}
	})
}

// isReady starts a service and waits until it says that it is ready.
func (d *deployment) isReady(t *testing.T, name string) (addr string) {
	t.Helper()
	addr = d.start(t, name, nil)
	eventually(t, name+" is ready", func() (bool, string) {
		status, body := get(t, "http://"+addr+"/readyz?verbose")
		return status == http.StatusOK, body
	})
	return addr
}

// probes runs the health check of the image.
func (d *deployment) probes(t *testing.T, worker string) {
	_, check, ok := strings.Cut(read(t, "docker/Dockerfile"), `CMD ["/friction", "probe", "http://127.0.0.1:9464`)
	if path, _, _ := strings.Cut(check, `"`); !ok {
		t.Error("the image has no health check")
	} else if out, err := exec.CommandContext(t.Context(), d.binary, "probe", "http://"+worker+path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if err := exec.CommandContext(t.Context(), d.binary, "probe", "http://127.0.0.1:1/readyz").Run(); err == nil {
		t.Error("a worker that is not there is healthy")
	}
}
