package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func values(first, n int) (v []string) {
	for i := first; i < first+n; i++ {
		v = append(v, fmt.Sprintf("v%d", i))
	}
	return v
}

func fetchReadsWhatOthersWrote(t *testing.T, broker starter) {
	for _, codec := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		c := broker(t, 2, []string{"clicks"})
		cl := franz(t, c, kgo.ProducerBatchCompression(codec))
		for i := range 5 {
			write(t, cl, "clicks", 1, 100*i, 100)
		}
		f := connectTo(t, settings(c, "clicks")).Fetcher(1)
		if got, next := readAll(t, f, "clicks", 0); !slices.Equal(got, values(0, 500)) || next != 500 {
			t.Fatalf("codec %v: %d values up to %d", codec, len(got), next)
		}
		if got, _ := readAll(t, f, "clicks", 250); !slices.Equal(got, values(250, 250)) {
			t.Fatalf("codec %v: from the middle of a batch: %d values", codec, len(got))
		}
	}
}

func fetchTellsEverythingOfARecord(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	cl := franz(t, c)
	r := func(k, v []byte) *kgo.Record {
		return &kgo.Record{Topic: "clicks", Key: k, Value: v, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}}}
	}
	if err := cl.ProduceSync(t.Context(), r(nil, []byte("v")), r([]byte{}, nil), r([]byte("k"), []byte{})).FirstErr(); err != nil {
		t.Fatal(err)
	}
	write(t, cl, "clicks", 0, 5, 1)
	f := connectTo(t, settings(c, "clicks")).Fetcher(0)
	b, err := f.Fetch(t.Context(), "clicks", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, r := range b.Records {
		got = append(got, fmt.Sprintf("%d %v %q %v %q", r.Offset, r.Key == nil, r.Key, r.Value == nil, r.Value))
		if i == 3 && r.Time != 1005 {
			t.Errorf("time %d", r.Time)
		}
	}
	want := []string{`0 true "" false "v"`, `1 false "" true ""`, `2 false "k" false ""`, `3 false "k5" false "v5"`}
	if !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if b.Next != 4 || b.End != 4 || b.Stable != 4 || b.LogStart != 0 || b.Bytes == 0 {
		t.Fatalf("batch %+v", b)
	}
}

func fetchWaitsAndComesBackEmpty(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	f := connectTo(t, settings(c, "clicks")).Fetcher(0)
	b, err := f.Fetch(t.Context(), "clicks", 0)
	if err != nil || len(b.Records) != 0 || b.Next != 0 || b.End != 0 {
		t.Fatalf("%+v, %v", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Fetch(ctx, "clicks", 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func transactions(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	plain := franz(t, c)
	a, b := franz(t, c, kgo.TransactionalID("a")), franz(t, c, kgo.TransactionalID("b"))
	begin := func(cl *kgo.Client) {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
	}
	end := func(cl *kgo.Client, how kgo.TransactionEndTry) {
		if err := cl.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	write(t, plain, "clicks", 0, 0, 2)
	begin(a)
	begin(b)
	write(t, a, "clicks", 0, 100, 3)
	write(t, b, "clicks", 0, 2, 2)
	write(t, plain, "clicks", 0, 4, 1)
	write(t, a, "clicks", 0, 103, 3)
	end(b, kgo.TryCommit)
	write(t, plain, "clicks", 0, 5, 1)
	end(a, kgo.TryAbort)
	begin(a)
	write(t, a, "clicks", 0, 6, 2) // the same producer, this time in earnest
	end(a, kgo.TryCommit)

	f := connectTo(t, settings(c, "clicks")).Fetcher(0)
	got, next := readAll(t, f, "clicks", 0)
	if !slices.Equal(got, values(0, 8)) {
		t.Fatalf("got %s", got)
	}
	if first, end, err := connectTo(t, settings(c, "clicks")).Bounds(t.Context(), "clicks", 0); err != nil || first != 0 || next != end {
		t.Fatalf("read up to %d, the topic holds %d to %d (%v)", next, first, end, err)
	}
	for from := range next { // every offset is a place to go on from
		got, end := readAll(t, f, "clicks", from)
		if end != next || !slices.IsSorted(got) || len(got) > 8 {
			t.Fatalf("from %d: %s up to %d", from, got, end)
		}
	}
}

// A tail of nothing but a marker is passed, not asked for again and again.
func markerAtTheEnd(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	a := franz(t, c, kgo.TransactionalID("a"))
	if err := a.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write(t, a, "clicks", 0, 0, 1)
	f := connectTo(t, settings(c, "clicks")).Fetcher(0)
	b, err := f.Fetch(t.Context(), "clicks", 0)
	if err != nil || b.Next != 0 || b.Stable != 0 || b.End != 1 {
		t.Fatalf("while the transaction is open: %+v, %v", b, err)
	}
	if err := a.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	for from := range int64(2) { // the marker comes some time after the answer, and perhaps in a fetch of its own
		skipped, next, end := 0, from, int64(0)
		eventually(t, "the marker to be passed", func() bool {
			b, err := f.Fetch(t.Context(), "clicks", next)
			if err != nil || len(b.Records) != 0 {
				t.Fatalf("from %d: %+v, %v", from, b, err)
			}
			skipped, next, end = skipped+b.Skipped, b.Next, b.End
			b.Release()
			return next == 2
		})
		if end != 2 || skipped != int(2-from) {
			t.Fatalf("from %d: %d skipped, the end is %d", from, skipped, end)
		}
	}
}

func offsetsOutsideOfTheLog(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	cl := franz(t, c)
	write(t, cl, "clicks", 0, 0, 10)
	deleteRecords(t, cl, "clicks", 4)
	f := connectTo(t, settings(c, "clicks")).Fetcher(0)
	for _, from := range []int64{0, 3, 11, 99} {
		_, err := f.Fetch(t.Context(), "clicks", from)
		var outside *RangeError
		if !errors.As(err, &outside) || *outside != (RangeError{"clicks", 0, from, 4, 10}) || outside.Passed() != (from < 4) {
			t.Fatalf("from %d: %v", from, err)
		}
	}
	if got, _ := readAll(t, f, "clicks", 4); !slices.Equal(got, values(4, 6)) {
		t.Fatalf("got %s", got)
	}
}

func TestFetchFollowsTheLeader(t *testing.T) {
	c := broker(t, 1, []string{"clicks"}, kfake.NumBrokers(3))
	cl := franz(t, c)
	k := connectTo(t, settings(c, "clicks"))
	f, next := k.Fetcher(0), int64(0)
	for i := range 9 {
		if err := c.MoveTopicPartition("clicks", 0, int32(i%3)); err != nil {
			t.Fatal(err)
		}
		write(t, cl, "clicks", 0, 10*i, 10)
		var got []string
		if got, next = readAll(t, f, "clicks", next); !slices.Equal(got, values(10*i, 10)) {
			t.Fatalf("move %d: %s", i, got)
		}
	}
}

// A leader that has only just become one does not know yet how far its followers
// are, and shows less than the one before it did.
func TestRereadWaitsForANewLeader(t *testing.T) {
	c := broker(t, 1, []string{"clicks"})
	write(t, franz(t, c), "clicks", 0, 0, 10)
	conf := settings(c, "clicks")
	conf.DoubtTime = time.Minute
	f := connectTo(t, conf).Fetcher(0)
	behind := 3 // answers
	c.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if behind--; behind < 0 {
			return nil, nil, false
		}
		asked := req.(*kmsg.FetchRequest)
		res := asked.ResponseKind().(*kmsg.FetchResponse)
		topic := kmsg.NewFetchResponseTopic()
		topic.Topic, topic.TopicID = asked.Topics[0].Topic, asked.Topics[0].TopicID
		p := kmsg.NewFetchResponseTopicPartition()
		p.HighWatermark, p.LastStableOffset, p.LogStartOffset, p.RecordBatches = 6, 6, 0, []byte{}
		topic.Partitions = append(topic.Partitions, p)
		res.Topics = append(res.Topics, topic)
		return res, nil, true
	})
	b, err := f.Reread(t.Context(), "clicks", 9)
	if err != nil || len(b.Records) != 1 || b.Records[0].Offset != 9 || behind >= 0 {
		t.Fatalf("%+v, %v after %d answers of a leader that is behind", b, err, 3-behind)
	}
}

func TestRereadOfWhatIsNotThereAnyMore(t *testing.T) {
	c := broker(t, 1, []string{"clicks"})
	write(t, franz(t, c), "clicks", 0, 0, 10)
	f := connectTo(t, settings(c, "clicks")).Fetcher(0)
	for _, from := range []int64{10, 11} {
		var outside *RangeError
		if _, err := f.Reread(t.Context(), "clicks", from); !errors.As(err, &outside) || outside.Last != 10 || outside.Passed() {
			t.Errorf("from %d: %v", from, err)
		}
	}
}

func aTopicThatIsGone(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	k := connectTo(t, settings(c, "clicks"))
	told := make(chan string, 100)
	k.OnRetry(func(what string, err error) {
		select {
		case told <- fmt.Sprint(what, ": ", err):
		default:
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if what := <-told; !strings.Contains(what, "read topic views, partition 0 from offset 7") {
			t.Errorf("told %q", what)
		}
		cancel()
	}()
	if _, err := k.Fetcher(0).Fetch(ctx, "views", 7); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// One record that is larger than all limits is passed with its size, and the
// records behind it are read.
func aRecordLargerThanAllLimits(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"}) // which takes batches of 20 MB
	cl := franz(t, c, kgo.ProducerBatchMaxBytes(20_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	write(t, cl, "clicks", 0, 0, 1)
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "clicks", Key: []byte("k"), Value: make([]byte, 9_000_000)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	write(t, cl, "clicks", 0, 2, 1)
	for _, limit := range []int{4 << 20, 64 << 20} {
		conf := settings(c, "clicks")
		conf.Fetch.MaxBytes, conf.Fetch.MaxBatchBytes = 1<<20, limit
		f := connectTo(t, conf).Fetcher(0)
		var got []string
		for from := int64(0); from < 3; {
			b, err := f.Fetch(t.Context(), "clicks", from)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range b.Records {
				held := "held"
				if len(r.Value) < r.Bytes() {
					held = "not held"
				}
				got = append(got, fmt.Sprintf("%d %v %s", r.Offset, r.Bytes() >= 9_000_000, held))
			}
			from = b.Next
			b.Release()
		}
		want := []string{"0 false held", "1 true not held", "2 false held"}
		if limit > 9_000_000 {
			want[1] = "1 true held"
		}
		if !slices.Equal(got, want) {
			t.Fatalf("limit %d: %q, want %q", limit, got, want)
		}
	}
}
