package main

import (
	"fmt"
	"reflect"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/journey"
	"friction/pipeline/rules"
	"friction/pipeline/session"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// everything is the default configuration with two journeys: a third of the
// load's pages, one of its buttons and one of its operations are steps.
func everything() engine.Config {
	c := engine.DefaultConfig()
	c.Journeys.List = []journey.Journey{
		{Name: "checkout", Steps: []journey.Step{
			onPages("cart", 1, 6), onPages("address", 7, 11), onPages("payment", 12, 16), onPages("confirmation", 17, 18),
		}},
		{Name: "sign-up", Steps: []journey.Step{
			onPages("start", 21, 22),
			{Name: "form", Match: []journey.Match{{Type: journey.Values{"click"}, Target: journey.Values{"button-1"}}}},
			{Name: "verify", Match: []journey.Match{{Op: journey.Values{"GET /api/things/a"}}}},
			onPages("welcome", 23, 24),
		}},
	}
	return c
}

func onPages(name string, first, last int) journey.Step {
	var pages journey.Values
	for n := first; n <= last; n++ {
		pages = append(pages, fmt.Sprintf("/page/p%d", n))
	}
	return journey.Step{Name: name, Match: []journey.Match{{Type: journey.Values{"page_view"}, Page: pages}}}
}

// asPeers is the configuration for the job of the peers: sessions and rage clicks.
func asPeers() engine.Config {
	c := engine.DefaultConfig()
	c.Journeys.Site.Enabled = false
	c.Score.Segments = nil
	signals := reflect.ValueOf(&c.Signals).Elem()
	for i := range signals.NumField() {
		if on := signals.Field(i); on.Kind() == reflect.Struct && signals.Type().Field(i).Name != "RageClick" {
			on.FieldByName("Enabled").SetBool(false)
		}
	}
	return c
}

func rulesOf(name string) (*rules.Rules, error) {
	c := everything()
	if name == peersName {
		c = asPeers()
	}
	c.Sessions.Acts = session.AllActs // as the load counts its sessions
	return rules.New(c, decode.DefaultConfig())
}

func topics() []string { return []string{simulate.Clickstream, simulate.Telemetry} }

// kafka is how the records of a task are read.
func (t *task) kafka() source.Config {
	c := source.DefaultConfig()
	c.Brokers, c.Topics, c.Group = t.Brokers, t.Topics, t.Group
	c.Checkpoints.Replication = 1
	return c
}
