package tools

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
)

const chartDir = "../../deploy/helm/friction"

// scaledObject is what KEDA 2.20 takes of keda.sh/v1alpha1 ScaledObject, as far as the chart uses it; after
// content/docs/2.20/reference/scaledobject-spec.md.
type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		PollingInterval int32 `json:"pollingInterval"`
		CooldownPeriod  int32 `json:"cooldownPeriod"`
		MinReplicaCount int32 `json:"minReplicaCount"`
		MaxReplicaCount int32 `json:"maxReplicaCount"`
		Advanced        struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior map[string]any `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type              string            `json:"type"`
			Metadata          map[string]string `json:"metadata"`
			AuthenticationRef struct {
				Name string `json:"name"`
			} `json:"authenticationRef"`
		} `json:"triggers"`
	} `json:"spec"`
}

func (s *scaledObject) DeepCopyObject() runtime.Object { c := *s; return &c }

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // Helm tells of every symbolic link
	os.Exit(m.Run())
}

func load(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func values(t *testing.T, name string) chartutil.Values {
	t.Helper()
	v, err := chartutil.ReadValuesFile(filepath.Join(chartDir, "ci", name+"-values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// render does what helm template does, the schema of the values included.
func render(t *testing.T, v chartutil.Values) (map[string]string, error) {
	t.Helper()
	options := chartutil.ReleaseOptions{Name: "shop", Namespace: "data", Revision: 1, IsInstall: true}
	top, err := chartutil.ToRenderValues(load(t), v, options, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(load(t), top)
}

// objects decodes what was rendered, strictly: an unknown or doubled field is an error.
func objects(t *testing.T, v chartutil.Values) []runtime.Object {
	t.Helper()
	files, err := render(t, v)
	if err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	if err := clientscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	if err := monitoring.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	scheme.AddKnownTypeWithName(schema.GroupVersionKind{Group: "keda.sh", Version: "v1alpha1", Kind: "ScaledObject"}, &scaledObject{})
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var all []runtime.Object
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		documents := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(files[name])))
		for {
			document, err := documents.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(bytes.TrimSpace(withoutComments(document))) == 0 {
				continue
			}
			o, _, err := decoder.Decode(document, nil, nil)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, document)
			}
			all = append(all, o)
		}
	}
	return all
}

// only returns the one object of a type with a name.
func only[T runtime.Object](t *testing.T, all []runtime.Object, name string) T {
	t.Helper()
	var found []T
	for _, o := range all {
		if x, ok := o.(T); ok && any(x).(metav1.Object).GetName() == name {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		var none T
		t.Fatalf("%d objects %T %s, want 1", len(found), none, name)
	}
	return found[0]
}

func TestHelmLints(t *testing.T) {
	for _, name := range []string{"minimal", "full"} {
		l := lint.All(chartDir, values(t, name), "data", true)
		for _, m := range l.Messages {
			if m.Severity >= support.WarningSev {
				t.Errorf("%s: %v", name, m)
			}
		}
	}
}

// What a person is likely to get wrong is refused, with the key in the message.
func TestHelmRefusesWrongValues(t *testing.T) {
	for _, c := range []struct {
		change func(v chartutil.Values)
		want   string
	}{
		{func(v chartutil.Values) { delete(v, "clickhouse") }, "clickhouse.existingSecret: name a secret"},
		{func(v chartutil.Values) { v["workers"] = 3 }, "workers"},
		{func(v chartutil.Values) { v["worker"] = map[string]any{"replicas": "two"} }, "replicas"},
		{func(v chartutil.Values) {
			v["worker"] = map[string]any{"resources": map[string]any{"limits": map[string]any{"memory": "2147483648"}}}
		}, "memory"},
		{func(v chartutil.Values) {
			v["config"] = map[string]any{"clickhouse": map[string]any{"dsn": "http://u:p@h:8123"}}
		}, "clickhouse"},
		{func(v chartutil.Values) { v["config"] = map[string]any{"kafka": map[string]any{"brokers": "kafka:9092"}} }, "brokers"},
	} {
		v := values(t, "minimal")
		c.change(v)
		if _, err := render(t, v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error about %s, got %v", c.want, err)
		}
	}
}

func TestHelmMakesWhatKubernetesTakes(t *testing.T) {
	count := func(all []runtime.Object) map[string]int {
		kinds := map[string]int{}
		for _, o := range all {
			kinds[o.GetObjectKind().GroupVersionKind().Kind]++
		}
		return kinds
	}
	small, full := count(objects(t, values(t, "minimal"))), count(objects(t, values(t, "full")))
	for _, optional := range []string{"ServiceMonitor", "PrometheusRule", "ScaledObject"} {
		if small[optional] != 0 || full[optional] != 1 {
			t.Errorf("%s: %d by default, %d when switched on", optional, small[optional], full[optional])
		}
	}
	for _, always := range []string{"Deployment", "Job", "PodDisruptionBudget", "Service", "ServiceAccount", "ConfigMap"} {
		if small[always] == 0 {
			t.Errorf("no %s by default", always)
		}
	}
	if small["Secret"]+full["Secret"] != 0 {
		t.Error("the chart makes secrets")
	}
}

// pods are all pods that the chart makes, by the name of their object.
func pods(all []runtime.Object) map[string]corev1.PodTemplateSpec {
	out := map[string]corev1.PodTemplateSpec{}
	for _, o := range all {
		switch x := o.(type) {
		case *appsv1.Deployment:
			out[x.Name] = x.Spec.Template
		case *batchv1.Job:
			out[x.Name] = x.Spec.Template
		case *corev1.Pod:
			out[x.Name] = corev1.PodTemplateSpec{ObjectMeta: x.ObjectMeta, Spec: x.Spec}
		}
	}
	return out
}

// Every pod passes the restricted Pod Security Standard, and has its limits.
func TestHelmPodsHaveNoRights(t *testing.T) {
	all := pods(objects(t, values(t, "full")))
	if len(all) < 3 {
		t.Fatalf("found only %d pods", len(all))
	}
	for name, p := range all {
		s := p.Spec.SecurityContext
		if s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: may run as root, or with any system call", name)
		}
		if p.Spec.AutomountServiceAccountToken == nil || *p.Spec.AutomountServiceAccountToken {
			t.Errorf("%s: has a token of the cluster", name)
		}
		for _, c := range p.Spec.Containers {
			s := c.SecurityContext
			if s == nil || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) {
				t.Errorf("%s/%s: %+v", name, c.Name, s)
			}
			if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
				t.Errorf("%s/%s has no limit of memory or no request of CPU", name, c.Name)
			}
			for _, e := range c.Env {
				if strings.Contains(e.Value, "://") || strings.HasSuffix(e.Name, "PASSWORD") && e.ValueFrom == nil {
					t.Errorf("%s/%s: %s is no secret", name, c.Name, e.Name)
				}
			}
		}
	}
}

func TestHelmWorkerIsWatchedAndSpread(t *testing.T) {
	all := objects(t, values(t, "minimal"))
	worker := only[*appsv1.Deployment](t, all, "shop-friction-worker")
	c := worker.Spec.Template.Spec.Containers[0]
	for name, probe := range map[string]*corev1.Probe{"/livez": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if probe == nil || probe.HTTPGet.Path != name || probe.HTTPGet.Port.StrVal != "http" {
			t.Errorf("no probe of %s", name)
		}
	}
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	if env["GOMEMLIMIT"] != "3686MiB" { // 0.9 × 4 GiB
		t.Errorf("GOMEMLIMIT is %q", env["GOMEMLIMIT"])
	}
	if grace := *worker.Spec.Template.Spec.TerminationGracePeriodSeconds; grace <= 20 {
		t.Errorf("%d s to stop are less than worker.stop_timeout", grace)
	}
	mine := labels.Set(worker.Spec.Template.Labels)
	selects := func(what string, s map[string]string, labels labels.Set, want bool) {
		t.Helper()
		if got := matches(s, labels); got != want {
			t.Errorf("%s selects %v: %v", what, labels, got)
		}
	}
	for name, p := range pods(all) {
		selects("the deployment", worker.Spec.Selector.MatchLabels, p.Labels, name == worker.Name)
		selects("the service", only[*corev1.Service](t, all, worker.Name).Spec.Selector, p.Labels, name == worker.Name)
		selects("the disruption budget", only[*policyv1.PodDisruptionBudget](t, all, worker.Name).Spec.Selector.MatchLabels, p.Labels, name == worker.Name)
	}
	for _, s := range worker.Spec.Template.Spec.TopologySpreadConstraints {
		selects("the spread over "+s.TopologyKey, s.LabelSelector.MatchLabels, mine, true)
	}
	if len(worker.Spec.Template.Spec.TopologySpreadConstraints) != 2 {
		t.Error("workers are not spread")
	}
	alert := only[*appsv1.Deployment](t, all, "shop-friction-alert")
	if *alert.Spec.Replicas != 2 || alert.Spec.Template.Spec.Containers[0].Args[0] != "alert" {
		t.Errorf("alerters: %+v", alert.Spec)
	}
	for name, p := range pods(all) {
		selects("the alerters' deployment", alert.Spec.Selector.MatchLabels, p.Labels, name == alert.Name)
		selects("the alerters' disruption budget", only[*policyv1.PodDisruptionBudget](t, all, alert.Name).Spec.Selector.MatchLabels, p.Labels, name == alert.Name)
	}
	full := objects(t, values(t, "full"))
	if from := only[*appsv1.Deployment](t, full, alert.Name).Spec.Template.Spec.Containers[0].EnvFrom; len(from) != 1 || from[0].SecretRef.Name != "friction-receivers" {
		t.Errorf("alerters are not told of their receivers: %+v", from)
	}
	watched := only[*monitoring.ServiceMonitor](t, full, "shop-friction")
	selects("the service monitor", watched.Spec.Selector.MatchLabels, only[*corev1.Service](t, full, worker.Name).Labels, true)
	scaled := only[*scaledObject](t, full, worker.Name)
	if scaled.Spec.ScaleTargetRef.Name != worker.Name || len(scaled.Spec.Triggers) != 2 || only[*appsv1.Deployment](t, full, worker.Name).Spec.Replicas != nil {
		t.Errorf("KEDA and the deployment both say how many there are, or it scales something else: %+v", scaled.Spec)
	}
	var names []string
	for _, g := range only[*monitoring.PrometheusRule](t, full, "shop-friction").Spec.Groups {
		names = append(names, g.Name)
		if g.Name == "friction-steps" && !strings.Contains(g.Rules[0].Annotations["summary"], "{{ $labels.journey }}") {
			t.Errorf("the templates of alerts do not come through: %v", g.Rules[0].Annotations)
		}
	}
	if want := groups(t); !slices.Equal(names, want) {
		t.Errorf("the groups of rules are %v, those of deploy/prometheus are %v", names, want)
	}
}

// Migrations run before anything else, with what they need: hooks see nothing of the release but other hooks.
func TestHelmMigratesFirst(t *testing.T) {
	all := objects(t, values(t, "full"))
	job := only[*batchv1.Job](t, all, "shop-friction-migrate")
	files := only[*corev1.ConfigMap](t, all, "shop-friction-migrate")
	for _, o := range []metav1.Object{job, files} {
		if o.GetAnnotations()["helm.sh/hook"] != "pre-install,pre-upgrade" {
			t.Errorf("%s is no hook", o.GetName())
		}
	}
	if files.Annotations["helm.sh/hook-weight"] >= job.Annotations["helm.sh/hook-weight"] {
		t.Error("the configuration comes after the job")
	}
	p := job.Spec.Template.Spec
	if p.ServiceAccountName != "" || p.Volumes[0].ConfigMap.Name != files.Name || !slices.Equal(p.Containers[0].Args[:2], []string{"migrate", "up"}) {
		t.Errorf("the job needs what is not there yet: %+v", p)
	}
	for _, e := range p.Containers[0].Env {
		if e.Name == "FRICTION_CLICKHOUSE_DSN" && e.ValueFrom.SecretKeyRef.Name != "friction-clickhouse-admin" {
			t.Error("it does not use its own user")
		}
	}
}

// The configuration and environment that the chart gives to a pod are ones that the program takes.
func TestHelmConfiguresTheProgram(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "friction")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/friction")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	secrets := map[string]string{"friction-clickhouse": "http://u:p@clickhouse:8123", "friction-clickhouse-admin": "http://a:p@clickhouse:8123", "friction-clickhouse-alert": "http://l:p@clickhouse:8123", "friction-kafka": "secret"}
	for _, name := range []string{"minimal", "full"} {
		all := objects(t, values(t, name))
		for object, p := range pods(all) {
			c := p.Spec.Containers[0]
			if len(p.Spec.Volumes) == 0 {
				continue // the test
			}
			root := t.TempDir() // in the place of the container's /
			config := only[*corev1.ConfigMap](t, all, p.Spec.Volumes[0].ConfigMap.Name).Data["friction.yaml"]
			for file, text := range map[string]string{"friction.yaml": config, "pseudonyms/key": strings.Repeat("k", 32), "tls/ca.crt": certificate(t)} {
				path := filepath.Join(root, "etc/friction", file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "/etc/friction", filepath.Join(root, "etc/friction"))), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			check := exec.CommandContext(t.Context(), binary, "check")
			for _, e := range c.Env {
				value := strings.ReplaceAll(e.Value, "/etc/friction", filepath.Join(root, "etc/friction"))
				if e.ValueFrom != nil {
					value = secrets[e.ValueFrom.SecretKeyRef.Name]
				}
				check.Env = append(check.Env, e.Name+"="+value)
			}
			out, err := check.CombinedOutput()
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", name, object, err, out)
			}
			for _, want := range []string{"0.0.0.0:9464", "@clickhouse:8123", "memory: 268435456"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("%s, %s: %s does not reach the program:\n%s", name, object, want, out)
				}
			}
			if name == "full" && !strings.Contains(string(out), "scram-sha-512") {
				t.Errorf("%s: the configuration does not reach the program:\n%s", object, out)
			}
		}
	}
}

// certificate is one that signs itself, as PEM.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// groups are the names of all groups of rules in deploy/prometheus.
func groups(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../deploy/prometheus/*.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^ *- name: (\S+)`).FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

func matches(selector map[string]string, l labels.Set) bool {
	return labels.SelectorFromSet(selector).Matches(l)
}

func withoutComments(document []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(document) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) && !bytes.HasPrefix(line, []byte("---")) {
			out.Write(line)
		}
	}
	return out.Bytes()
}
