package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"

	"friction/pipeline/event"
)

// brokerEnv makes the test binary a broker, so that the processor time of the
// client can be told from the broker's.
const brokerEnv = "FRICTION_TEST_BROKER"

func beBroker() {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, "clicks"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, c.ListenAddrs()[0])
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop <- os.Interrupt }() // ends with the benchmark
	<-stop
	c.Close()
}

// apart starts a broker in a process of its own and returns its address.
func apart(b *testing.B) string {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env, cmd.Stderr = append(os.Environ(), brokerEnv+"=1"), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

// processor is the time this process has used.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure reports wall and processor time of doing n records.
func measure(b *testing.B, n int, do func()) {
	b.Helper()
	cpu, wall := processor(b), time.Now()
	do()
	b.ReportMetric(float64(n)/time.Since(wall).Seconds(), "records/s")
	b.ReportMetric(float64(n)/(processor(b)-cpu).Seconds(), "records/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkKafka writes a million records of 300 bytes to a broker in another
// process, and reads them with the fetcher and with kafka-go's own.
func BenchmarkKafka(b *testing.B) {
	const n = 1_000_000
	conf := DefaultConfig()
	conf.Brokers, conf.Topics = []string{apart(b)}, []string{"clicks"}
	k, err := Connect(conf)
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	value := make([]byte, 290)
	for i := range value {
		value[i] = byte(rand.IntN(64) + 32)
	}
	b.Run("produce", func(b *testing.B) {
		if b.N > 1 {
			b.Skip("once is enough")
		}
		p := producer(b, k, ProducerOptions{})
		measure(b, n, func() {
			for i := range n {
				if err := p.Send(b.Context(), "clicks", fmt.Appendf(nil, "user-%d", i%5000), value, event.Millis(i)); err != nil {
					b.Fatal(err)
				}
			}
			if err := p.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("fetcher", func(b *testing.B) { eachPartition(b, n, func(part int32) int { return drain(b, k, part) }) })
	b.Run("kafka-go", func(b *testing.B) { eachPartition(b, n, func(part int32) int { return drainOther(b, k, int(part)) }) })
}

func eachPartition(b *testing.B, n int, do func(part int32) int) {
	if b.N > 1 {
		b.Skip("once is enough")
	}
	measure(b, n, func() {
		var wg sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for part := range int32(4) {
			wg.Go(func() {
				got := do(part)
				mu.Lock()
				total += got
				mu.Unlock()
			})
		}
		wg.Wait()
		if total != n {
			b.Errorf("%d of %d records", total, n)
		}
	})
}

func drain(b *testing.B, k *Cluster, part int32) (records int) {
	f := k.Fetcher(part)
	for from := int64(0); ; {
		batch, err := f.Fetch(b.Context(), "clicks", from)
		if err != nil {
			b.Error(err)
			return records
		}
		records += len(batch.Records)
		from = batch.Next
		done := from == batch.End
		batch.Release()
		if done {
			return records
		}
	}
}

func drainOther(b *testing.B, k *Cluster, part int) (records int) {
	for from := int64(0); ; {
		res, err := k.client.Fetch(context.Background(), &kafka.FetchRequest{Topic: "clicks", Partition: part, Offset: from, MinBytes: 1, MaxBytes: 2 << 20})
		if err != nil {
			b.Error(err)
			return records
		}
		for {
			r, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Error(err)
				return records
			}
			if r.Offset >= from {
				records++
				from = r.Offset + 1
			}
			r.Key.Close()
			r.Value.Close()
		}
		if from >= res.HighWatermark {
			return records
		}
	}
}
