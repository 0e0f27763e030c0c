package shoptest

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/files"
	"friction/pipeline/journey"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
)

// Shop is what one partition of each topic holds of the simulated shop, and the rules that fit it.
type Shop struct {
	Topics  []string
	Records map[string][]event.Record
	Rules   *rules.Rules
}

// New is two hours of the simulated shop (one, and half as busy, in short tests), with some junk between, and people who
// were offline for long.
func New(t testing.TB, seed uint64) *Shop {
	t.Helper()
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	open, rate := 2*time.Hour, 4.
	if testing.Short() {
		open, rate = time.Hour, 2
	}
	shop, err := simulate.New(simulate.Options{Seed: seed, Start: start, End: start.Add(open), Rate: rate, Duplicates: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	s := &Shop{Topics: []string{simulate.Clickstream, simulate.Telemetry}, Records: map[string][]event.Record{}}
	n, online := 0, start.Add(offlineFor)
	for r := range shop.Records(time.Time{}) {
		if n++; n%97 == 0 {
			r.Value = r.Value[:len(r.Value)/2]
		}
		if r.Topic == simulate.Clickstream && !r.Deliver.Before(online) {
			s.send(start, online)
			online = start.Add(1000 * time.Hour)
		}
		s.add(r.Topic, r.Deliver, r.Key, r.Value)
	}
	config := engine.DefaultConfig()
	config.Journeys.List = Journeys()
	for i := range config.Journeys.List {
		config.Journeys.List[i].Resume = 4 * time.Hour
	}
	config.OutboxBytes = 64 << 10
	if s.Rules, err = rules.New(config, decode.DefaultConfig()); err != nil {
		t.Fatal(err)
	}
	return s
}

// offlineFor is how long some people's phones are offline: longer than a session stays open.
const offlineFor = 45 * time.Minute

// send is what phones kept while they were offline, sent with all they do then: two screens, and a crash on the second.
func (s *Shop) send(start, online time.Time) {
	for i := range 3 {
		user, at := fmt.Sprintf("offline %d", i), start.Add(time.Duration(i)*7*time.Minute)
		for k, what := range []string{`"screen_view","page":"/cart"`, `"screen_view","page":"/checkout/payment"`, `"crash","page":"/checkout/payment"`} {
			s.add(simulate.Clickstream, online, user, fmt.Appendf(nil, `{"time":%d,"user":%q,"app":"shop","type":%s}`,
				at.Add(time.Duration(k)*time.Minute).UnixMilli(), user, what))
		}
		s.add(simulate.Clickstream, online, user, fmt.Appendf(nil, `{"time":%d,"user":%q,"app":"shop","type":"screen_view","page":"/"}`, online.UnixMilli(), user))
	}
}

func (s *Shop) add(topic string, at time.Time, key string, value []byte) {
	list := s.Records[topic]
	s.Records[topic] = append(list, event.Record{Offset: int64(len(list)), Time: event.Millis(at.UnixMilli()), Key: []byte(key), Value: value})
}

// Journeys are the shop's steps as journeys of the configuration.
func Journeys() (list []journey.Journey) {
	for _, s := range simulate.Steps() {
		i := slices.IndexFunc(list, func(j journey.Journey) bool { return j.Name == s.Journey })
		if i < 0 {
			list, i = append(list, journey.Journey{Name: s.Journey}), len(list)
		}
		list[i].Steps = append(list[i].Steps, journey.Step{
			Name: s.Step, Match: []journey.Match{{Type: journey.Values{"page_view", "screen_view"}, Page: s.Pages}},
		})
	}
	return list
}

// Merged reads the records of both topics in the order of their record times, as if they were the lines of one file.
func (s *Shop) Merged() *Merged { return &Merged{shop: s} }

// Merged is one reading of a shop's records.
type Merged struct {
	shop *Shop
	at   [2]int
}

// Next is the next record, or io.EOF.
func (m *Merged) Next() (*event.Record, error) {
	best := -1
	for i := range m.shop.Topics {
		if r := m.up(i); r != nil && (best < 0 || r.Time < m.up(best).Time) {
			best = i
		}
	}
	if best < 0 {
		return nil, io.EOF
	}
	r := *m.up(best)
	m.at[best]++
	return &r, nil
}

// up is the record of a topic that comes next, nil at the end.
func (m *Merged) up(topic int) *event.Record {
	list := m.shop.Records[m.shop.Topics[topic]]
	if m.at[topic] == len(list) {
		return nil
	}
	return &list[m.at[topic]]
}

// Position is of no file: the records were topics' once.
func (m *Merged) Position() files.Position { return files.Position{} }

// Close does nothing.
func (m *Merged) Close() error { return nil }
