package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"friction/pipeline/event"
	"friction/pipeline/kafkawire"
)

// Headers, as any client writes them, are read as they were.
func TestHeadersOfOtherClients(t *testing.T) {
	c := broker(t, 1, []string{"t"})
	k := connectTo(t, settings(c, "t"))
	cl := franz(t, c)
	want := []Header{{Name: "trace", Value: []byte("0af7")}, {Name: "empty", Value: []byte{}}, {Name: "", Value: []byte("no name")}, {Name: "trace", Value: nil}, {Name: "long", Value: bytes.Repeat([]byte("x"), 300)}}
	rec := &kgo.Record{Topic: "t", Key: []byte("k"), Value: []byte("v")}
	for _, h := range want {
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
	}
	if err := cl.ProduceSync(t.Context(), rec, &kgo.Record{Topic: "t", Value: []byte("plain")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	b, err := k.Fetcher(0).Fetch(t.Context(), "t", 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadHeaders(&b.Records[0])
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range got {
		if got[i].Name != want[i].Name || !bytes.Equal(got[i].Value, want[i].Value) || (got[i].Value == nil) != (want[i].Value == nil) {
			t.Errorf("header %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if b.Records[1].Headers != nil {
		t.Errorf("headers %q where there are none", b.Records[1].Headers)
	}
}

func FuzzReadDeadLetter(f *testing.F) {
	f.Add(kafkawire.AppendHeaders(nil, []Header{{Name: "a", Value: []byte("b")}, {Name: "c", Value: nil}}))
	f.Add([]byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0})
	f.Add(kafkawire.AppendHeaders(nil, (&DeadLetter{Topic: "t", Reason: "malformed"}).headers()))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, resubmitted, ok := readDeadLetter(&event.Record{Headers: b, Value: []byte("x")})
		if ok && (d.Topic == "" || d.Reason == "" && !resubmitted) {
			t.Fatalf("%+v was taken for a dead letter", d)
		}
	})
}

// deadLetters reads all dead letters and notes of the topic.
func deadLetters(t *testing.T, k *Cluster) (all []StoredDeadLetter) {
	t.Helper()
	if _, err := k.DeadLetters().Read(t.Context(), func(d *StoredDeadLetter) error { all = append(all, *d); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b StoredDeadLetter) int {
		return int(a.StoredPartition-b.StoredPartition)*1000 + int(a.StoredOffset-b.StoredOffset)
	})
	return all
}

// A dead letter holds key, value and headers as they came, another client sees where it
// is from, and reading it gives what was written. The topic is made when it is
// missing, and again when somebody has deleted it.
func TestDeadLettersAreWrittenAndRead(t *testing.T) {
	c := broker(t, 3, []string{"clicks"})
	k := connectTo(t, settings(c, "clicks"))
	if err := k.DeadLetters().Ensure(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	complete := DeadLetter{
		Topic: "clicks", Partition: 2, Offset: 41, RecordTime: 1_700_000_000_123, Reason: "malformed", Error: "at byte 7: want a value", At: 1_700_000_001_000,
		Key: []byte("user"), Value: []byte("{\"time\":}\x00\xff"), Headers: []Header{{Name: "trace", Value: []byte("0af7")}, {Name: "dlq_reason", Value: []byte("a name like ours")}},
	}
	bare := DeadLetter{Topic: "clicks", Partition: 0, Offset: 7, Reason: "empty", At: 1_700_000_001_000, RecordTime: 5}
	for range 2 {
		if err := k.DeadLetters().Write(t.Context(), []DeadLetter{complete, bare}); err != nil {
			t.Fatal(err)
		}
		got := deadLetters(t, k)
		if len(got) != 2 || got[0].StoredPartition != 0 || got[1].StoredPartition != 2 {
			t.Fatalf("%+v", got)
		}
		if a, b := fmt.Sprintf("%+v", got[1].DeadLetter), fmt.Sprintf("%+v", complete); a != b {
			t.Errorf("got  %s\nwant %s", a, b)
		}
		if got[0].Key != nil || got[0].Value != nil || got[0].Headers != nil {
			t.Errorf("nothing became something: %+v", got[0])
		}
		seen := consumed(t, c, "g.dead_letters", 2)
		last := map[string]string{}
		for _, h := range seen[len(seen)-1].Headers {
			last[h.Key] = string(h.Value)
		}
		for name, want := range map[string]string{
			"dlq_reason": "malformed", "dlq_topic": "clicks", "dlq_partition": "2", "dlq_offset": "41", "dlq_time": "2023-11-14T22:13:21.000Z",
			"dlq_record_time": "2023-11-14T22:13:20.123Z", "dlq_error": "at byte 7: want a value", "trace": "0af7",
		} {
			if last[name] != want {
				t.Errorf("header %s: %q, want %q", name, last[name], want)
			}
		}
		drop := kmsg.NewPtrDeleteTopicsRequest()
		drop.TopicNames = []string{"g.dead_letters"}
		one := kmsg.NewDeleteTopicsRequestTopic()
		one.Topic = new("g.dead_letters")
		drop.Topics = append(drop.Topics, one)
		if _, err := drop.RequestWith(t.Context(), franz(t, c)); err != nil {
			t.Fatal(err)
		}
	}
}

// consumed are the records of a partition as another client reads them.
func consumed(t *testing.T, c *kfake.Cluster, topic string, partition int32) []*kgo.Record {
	t.Helper()
	cl := franz(t, c, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().AtStart()}}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return cl.PollFetches(ctx).Records()
}

// A record above the bound is cut, value first, and its header dlq_cut says so; one that
// the topic itself does not take is cut further.
func TestLargeDeadLettersAreCut(t *testing.T) {
	c := broker(t, 1, []string{"t"}, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000"}))
	conf := settings(c, "t")
	conf.DeadLetters.MaxBytes = 2000
	k := connectTo(t, conf)
	key, noise := []byte("key"), make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(i*i>>3) ^ byte(i*7919>>5)
	}
	f := func(name string, d DeadLetter, most int, cut string, keyLen, valueLen, headers int) {
		t.Helper()
		before := len(deadLettersOrNone(t, k))
		k.config.DeadLetters.MaxBytes = most
		d.Topic, d.Reason = "t", "too_large"
		if err := k.DeadLetters().Write(t.Context(), []DeadLetter{d}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := deadLetters(t, k)[before]
		if got.Cut != cut || len(got.Key) != keyLen || len(got.Headers) != headers || valueLen >= 0 && len(got.Value) != valueLen || len(got.Value) > most {
			t.Errorf("%s: cut %q, key %d, value %d bytes, %d headers", name, got.Cut, len(got.Key), len(got.Value), len(got.Headers))
		}
		if !bytes.HasPrefix(d.Value, got.Value) {
			t.Errorf("%s: the value is not what it began with", name)
		}
	}
	f("within", DeadLetter{Key: key, Value: noise[:1900]}, 2000, "", 3, 1900, 0)
	f("value", DeadLetter{Key: key, Value: noise[:5000]}, 2000, "value", 3, 1997, 0)
	f("headers", DeadLetter{Key: key, Value: noise[:10], Headers: []Header{{Name: "h", Value: noise[:3000]}}}, 2000, "value,headers", 3, 0, 0)
	f("key", DeadLetter{Key: noise[:5000]}, 2000, "key", 2000, 0, 0)
	f("above what the topic takes", DeadLetter{Key: key, Value: noise}, 150_000, "value", 3, -1, 0)
}

func deadLettersOrNone(t *testing.T, k *Cluster) []StoredDeadLetter {
	if counts, _ := k.partitions(t.Context(), []string{k.config.DeadLetterTopic()}); counts[k.config.DeadLetterTopic()] == 0 {
		return nil
	}
	return deadLetters(t, k)
}

// Records that are submitted again come to the partition they were read from, as
// they were, and name their origin; a note in the dead-letter topic says so.
func TestResubmit(t *testing.T) {
	c := broker(t, 2, []string{"clicks"})
	k := connectTo(t, settings(c, "clicks"))
	written := []DeadLetter{
		{Topic: "clicks", Partition: 1, Offset: 5, Reason: "malformed", Key: []byte("u"), Value: []byte("v"), Headers: []Header{{Name: "h", Value: []byte("1")}, {Name: OriginHeader, Value: []byte("older")}}},
		{Topic: "clicks", Partition: 0, Offset: 9, Reason: "malformed", Key: []byte("w"), Value: []byte("x")},
	}
	if err := k.DeadLetters().Write(t.Context(), written); err != nil {
		t.Fatal(err)
	}
	if err := k.DeadLetters().Resubmit(t.Context(), written); err != nil {
		t.Fatal(err)
	}
	b, err := k.Fetcher(1).Fetch(t.Context(), "clicks", 0)
	if err != nil || len(b.Records) != 1 || string(b.Records[0].Key) != "u" || string(b.Records[0].Value) != "v" {
		t.Fatalf("%+v, %v", b, err)
	}
	headers, err := ReadHeaders(&b.Records[0])
	if got := fmt.Sprintf("%s", headers); err != nil || got != "[{h 1} {dlq_origin clicks/1/5}]" {
		t.Errorf("headers %s, %v", got, err)
	}
	notes := 0
	for _, d := range deadLetters(t, k) {
		if d.Resubmission {
			notes++
			if d.Topic != "clicks" || d.Value != nil {
				t.Errorf("note %+v", d)
			}
		}
	}
	if notes != 2 {
		t.Errorf("%d notes, want 2", notes)
	}
}

// Without the right to make the topic, the error says what to do.
func TestDeadLetterTopicThatMayNotBeMade(t *testing.T) {
	c := broker(t, 1, []string{"t"})
	c.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		res := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		topic := kmsg.NewCreateTopicsResponseTopic()
		topic.Topic, topic.ErrorCode = req.(*kmsg.CreateTopicsRequest).Topics[0].Topic, kerr.TopicAuthorizationFailed.Code
		res.Topics = append(res.Topics, topic)
		return res, nil, true
	})
	err := connectTo(t, settings(c, "t")).DeadLetters().Ensure(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "g.dead_letters") || !strings.Contains(err.Error(), "kafka.dead_letters.enabled: false") {
		t.Fatalf("got %v", err)
	}
	if errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
