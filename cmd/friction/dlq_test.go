package main

import (
	"strings"
	"testing"

	"friction/pipeline/embedded"
	"friction/pipeline/source"
)

// Lists and dry runs never show what records held; a letter does when it is asked
// to; and what was submitted again is left out the next time.
func TestDeadLetterCommands(t *testing.T) {
	broker, err := embedded.StartKafka(embedded.KafkaOptions{Addr: "127.0.0.1:0", Topics: map[string]int{"clickstream": 2, "telemetry": 2}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	cfg := source.DefaultConfig()
	cfg.Brokers, cfg.Topics = []string{broker.Addr()}, []string{"clickstream", "telemetry"}
	k, err := source.Connect(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	const secret = "what-a-customer-typed"
	letters := []source.DeadLetter{
		{Topic: "clickstream", Partition: 1, Offset: 1841, Reason: "malformed", Error: "at byte 7", At: 1_700_000_000_000, Key: []byte(secret + "-key"), Value: []byte(secret), Headers: []source.Header{{Name: "h", Value: []byte(secret)}}},
		{Topic: "telemetry", Offset: 3, Reason: "too_large", At: 1_700_000_060_000, Cut: "value", Value: []byte(secret)},
	}
	if err := k.DeadLetters().Write(t.Context(), append(letters, letters[0])); err != nil { // one twice, as after a crash
		t.Fatal(err)
	}
	dlq := func(args ...string) string {
		t.Helper()
		code, out, errs := call(t, append(append([]string{"dlq"}, args...), "--brokers", broker.Addr())...)
		if code != exitOK {
			t.Fatalf("dlq %v: exit %d: %s", args, code, errs)
		}
		if strings.Contains(out+errs, secret) && args[len(args)-1] != "--payload" {
			t.Errorf("dlq %v shows what a record held:\n%s%s", args, out, errs)
		}
		return out + errs
	}
	want := func(text string, parts ...string) {
		t.Helper()
		plain := strings.Join(strings.Fields(text), " ")
		for _, p := range parts {
			if !strings.Contains(plain, p) {
				t.Errorf("%q is not in:\n%s", p, text)
			}
		}
	}
	want(dlq("list"), "malformed clickstream 1 0 0 2023-11-14T22:13:20.000Z", "too_large telemetry 1 0 0")
	want(dlq("list", "--each", "--reason", "malformed"), "malformed clickstream 1 1841 21 new at byte 7")
	want(dlq("list", "--each", "--json", "--topic", "clickstream"), `"copies":2`, `"offset":1841`)
	if got := dlq("list", "--since", "1h", "--json"); got != "" {
		t.Errorf("letters of 2023 are not from the last hour: %s", got)
	}
	want(dlq("show", "clickstream", "1", "1841"), "key 25, value 21 bytes, 1 headers", "at byte 7")
	want(dlq("show", "clickstream", "1", "1841", "--payload"), `"`+secret+`"`, "header h")
	want(dlq("resubmit"), "left out: 1, not whole: value", "malformed clickstream 1", "1 records would be submitted again; --yes does it")
	want(dlq("resubmit", "--yes"), "1 records submitted again")
	want(dlq("resubmit", "--yes"), "left out: 1, submitted before", "0 records submitted again")
	want(dlq("list"), "malformed clickstream 1 1 0")
	b, err := k.Fetcher(1).Fetch(t.Context(), "clickstream", 0)
	if err != nil || len(b.Records) != 1 || string(b.Records[0].Value) != secret {
		t.Fatalf("%+v, %v", b, err)
	}
	if code, _, errs := call(t, "dlq", "show", "clickstream", "0", "5", "--brokers", broker.Addr()); code != exitFailed || !strings.Contains(errs, "friction dlq list --each") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := call(t, "dlq", "list", "--since", "yesterday"); code != exitUsage || !strings.Contains(errs, "how long ago") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
