package tuning

import (
	"flag"
	"fmt"
	"go/format"
	"os"
	"reflect"
	"strings"
	"testing"

	"friction/pipeline/signals"
)

var rewrite = flag.Bool("rewrite", false, "write what follows from the declarations of signals anew")

const configFile = "config_generated.go"

// The struct of the configuration follows from the declarations.
func TestConfigHasEverySignal(t *testing.T) {
	var b strings.Builder
	var public, secret []string
	for _, p := range presets {
		if p.Public {
			public = append(public, p.Name)
		} else {
			secret = append(secret, p.Name)
		}
	}
	fmt.Fprintf(&b, configHead, strings.Join(public, ", "), secret[0])
	for _, d := range signals.All() {
		typ := reflect.TypeOf(d.Thresholds)
		if f, ok := typ.FieldByName("Enabled"); !ok || f.Type.Kind() != reflect.Bool || f.Tag.Get("yaml") != "enabled" {
			t.Errorf("%s: %v has no switch", d.Name, typ)
		}
		fmt.Fprintf(&b, "\t// %s: %s.\n\t%s %s `yaml:\"%s\"`\n", fieldName(d.Name), d.Summary, fieldName(d.Name), typ, d.Name)
	}
	b.WriteString(configTail)
	want, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(configFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(configFile); err != nil || string(have) != string(want) {
		t.Errorf("%s is not what the signals declare; run make golden: %v", configFile, err)
	}
}

// fieldName is DeadClick of dead_click.
func fieldName(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

const configHead = `// Code generated from the declarations of package signals by make golden. DO NOT EDIT.

package tuning

import "friction/pipeline/signals"

// Config is the section ` + "`signals`" + ` of the configuration: what was set, over the
// defaults. See [Config.InForce].
type Config struct {
	// Preset names the product whose own rules take the place of our defaults: %s; or one whose numbers are not public, such as %s.
	Preset string ` + "`yaml:\"preset\"`" + `
`

const configTail = `	// Only names the signals that are looked for; all others are off. Empty is all.
	Only []string ` + "`yaml:\"only\"`" + `
	// FromTracker names the signals that the tracker finds itself and sends ready-made; our own rules for them are off.
	FromTracker []string ` + "`yaml:\"from_tracker\"`" + `
	// Suppress holds known false alarms: entries that are added to the built-in ones, replace one of the same name, or switch one off.
	Suppress []Suppress ` + "`yaml:\"suppress\"`" + `
	// Overrides give signals other thresholds in some places; the first that matches wins.
	Overrides []Override ` + "`yaml:\"overrides\"`" + `
	// Explicit lists the keys that were set to their default, such as dead_click.within, where there is a preset.
	Explicit []string ` + "`yaml:\"-\" json:\",omitempty\"`" + `
}
`
