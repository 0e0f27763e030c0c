package kafkawire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// drawRecords are up to n records with nulls, empty and long fields and times
// that go back.
func drawRecords(t *rapid.T, n int) []Record {
	field := rapid.Custom(func(t *rapid.T) []byte {
		switch n := rapid.SampledFrom([]int{-1, 0, 1, 5, 63, 64, 200, 9000}).Draw(t, "len"); n {
		case -1:
			return nil
		default:
			return bytes.Repeat([]byte{byte(n)}, n)
		}
	})
	one := rapid.Custom(func(t *rapid.T) Record {
		return Record{Key: field.Draw(t, "key"), Value: field.Draw(t, "value"), Time: event.Millis(rapid.Int64Range(0, 1<<41).Draw(t, "time"))}
	})
	return rapid.SliceOfN(one, 1, n).Draw(t, "records")
}

func built(t interface{ Fatal(...any) }, recs []Record, codec Codec) []byte {
	var b Builder
	for _, r := range recs {
		before := b.Bytes()
		b.Add(r)
		if b.Bytes()-before > r.MaxBytes() {
			t.Fatal("a record is larger than MaxBytes says")
		}
	}
	wire, err := b.AppendTo(nil, codec, Identity{Producer: 7, Epoch: 1, Sequence: 99})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func same(r *event.Record, want *Record, offset int64) error {
	if r.Offset != offset || r.Time != want.Time || !bytes.Equal(r.Key, want.Key) || !bytes.Equal(r.Value, want.Value) ||
		(r.Key == nil) != (want.Key == nil) || (r.Value == nil) != (want.Value == nil) {
		return fmt.Errorf("record %d: %+v, want %+v", offset, r, want)
	}
	return nil
}

// What we write, we and two other implementations read as it was.
func TestBatchesAreReadByAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		recs, codec := drawRecords(t, 20), Codec(rapid.IntRange(0, 4).Draw(t, "codec"))
		wire := built(t, recs, codec)

		var b Batch
		from := rapid.Int64Range(0, int64(len(recs))-1).Draw(t, "from")
		if err := b.fill(&partitionAnswer{records: wire[4:]}, 0, from, both(1<<30)); err != nil {
			t.Fatal(err)
		}
		if len(b.Records) != len(recs)-int(from) || b.Next != int64(len(recs)) {
			t.Fatalf("%d records from %d of %d, next %d", len(b.Records), from, len(recs), b.Next)
		}
		for i := range b.Records {
			if err := same(&b.Records[i], &recs[int(from)+i], from+int64(i)); err != nil {
				t.Fatal(err)
			}
		}

		var set protocol.RecordSet
		if _, err := set.ReadFrom(bytes.NewReader(wire)); err != nil {
			t.Fatal(err)
		}
		for i := range recs {
			r, err := set.Records.ReadRecord()
			if err != nil {
				t.Fatal(err)
			}
			key, _ := protocol.ReadAll(r.Key)
			value, _ := protocol.ReadAll(r.Value)
			if err := same(&event.Record{Offset: r.Offset, Time: event.Millis(r.Time.UnixMilli()), Key: key, Value: value}, &recs[i], int64(i)); err != nil {
				t.Fatal("kafka-go: ", err)
			}
		}

		var other kmsg.RecordBatch
		if err := other.ReadFrom(wire[4:]); err != nil || int(other.NumRecords) != len(recs) || other.ProducerID != 7 || other.FirstSequence != 99 ||
			other.CRC != int32(crc32.Checksum(wire[4+crcFrom:], castagnoli())) {
			t.Fatalf("franz-go: %+v, %v", other, err)
		}
	})
}

// What kafka-go writes, headers and all, we read as it was.
func TestBatchesOfKafkaGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		recs := drawRecords(t, 20)
		var theirs []protocol.Record
		for _, r := range recs {
			rec := protocol.Record{Time: time.UnixMilli(int64(r.Time)), Key: protocol.NewBytes(r.Key), Value: protocol.NewBytes(r.Value)}
			for range rapid.IntRange(0, 2).Draw(t, "headers") {
				rec.Headers = append(rec.Headers, protocol.Header{Key: "k", Value: []byte("some value")})
			}
			if rec.Time.UnixMilli() == 0 { // kafka-go takes that for none
				return
			}
			theirs = append(theirs, rec)
		}
		var wire bytes.Buffer
		set := protocol.RecordSet{
			Version: 2, Attributes: protocol.Attributes(rapid.IntRange(0, 4).Draw(t, "codec")), Records: protocol.NewRecordReader(theirs...),
		}
		if _, err := set.WriteTo(&wire); err != nil {
			t.Fatal(err)
		}
		var b Batch
		if err := b.fill(&partitionAnswer{records: wire.Bytes()[4:]}, 0, 0, both(1<<30)); err != nil {
			t.Fatal(err)
		}
		for i := range recs {
			if err := same(&b.Records[i], &recs[i], int64(i)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// both limits a record and a fetch to so many bytes.
func both(n int) Limits { return Limits{n, n} }

// A batch of many records comes in several fetches, whatever it takes on the wire, and a record may be larger than a fetch.
func TestAFetchIsBounded(t *testing.T) {
	const n = 5*maxRecords/2 + 3
	for codec := Codec(0); codec <= 4; codec++ {
		data := built(t, make([]Record, n), codec)[4:]
		for at, fetches := int64(0), 0; at < n; fetches++ {
			var b Batch
			if err := b.fill(&partitionAnswer{records: data}, 0, at, both(64<<20)); err != nil {
				t.Fatalf("codec %d at %d: %v", codec, at, err)
			}
			if len(b.Records) > maxRecords || b.Records[0].Offset != at || b.Next != at+int64(len(b.Records)) || fetches > 2 {
				t.Fatalf("codec %d: fetch %d of %d records from %d, next %d", codec, fetches, len(b.Records), at, b.Next)
			}
			at = b.Next
		}
	}
	for _, codec := range []Codec{1, 3, 4} {
		data := bomb(t, 10, 40_000, codec)
		for at := range int64(10) {
			var b Batch
			if err := b.fill(&partitionAnswer{records: data}, 0, at, Limits{Record: 1 << 20, Fetch: 1000}); err != nil {
				t.Fatal(err)
			}
			if len(b.Records) != 1 || b.Records[0].Offset != at || len(b.Records[0].Value) != 40_000 || b.single < 40_000 || b.Next != at+1 {
				t.Fatalf("codec %d: %d records from %d, %d bytes, next %d", codec, len(b.Records), at, b.single, b.Next)
			}
		}
	}
}

// bomb is a compressed batch of n records of size bytes each.
func bomb(t *testing.T, n, size int, codec Codec) []byte {
	t.Helper()
	recs := make([]Record, n)
	for i := range recs {
		recs[i] = Record{Key: []byte{1}, Value: bytes.Repeat([]byte{byte(i)}, size), Time: event.Millis(i)}
	}
	return built(t, recs, codec)[4:]
}

// A batch that decompresses to more than the limit comes in several fetches, each
// within it.
func TestDecompressionIsBounded(t *testing.T) {
	for codec := Codec(1); codec <= 4; codec++ {
		const n, limit = 100, 64 << 10
		data := bomb(t, n, 4000, codec)
		fetches, at := 0, int64(0)
		for ; at < n; fetches++ {
			var b Batch
			if err := b.fill(&partitionAnswer{records: data}, 0, at, both(limit)); err != nil {
				t.Fatalf("codec %d at %d: %v", codec, at, err)
			}
			held := 0
			for _, r := range b.Records {
				held += len(r.Value)
				if r.Offset != at || r.Size == 0 && (len(r.Value) != 4000 || r.Value[0] != byte(at)) {
					t.Fatalf("codec %d: offset %d where %d should be", codec, r.Offset, at)
				}
				at++
			}
			if b.Next != at || held > limit {
				t.Fatalf("codec %d: next %d after %d, %d bytes held", codec, b.Next, at, held)
			}
			if cap(b.arena) > 4*limit {
				t.Fatalf("codec %d: %d bytes of memory", codec, cap(b.arena))
			}
		}
		if fetches < 2 && codec != 2 { // snappy's frames are one block, known by its size
			t.Fatalf("codec %d: %d fetches", codec, fetches)
		}
	}
}

func TestARecordAboveTheLimitIsKnownBySize(t *testing.T) {
	for _, codec := range []Codec{1, 3, 4} {
		recs := []Record{{Key: []byte("a"), Value: []byte("small")}, {Key: []byte("b"), Value: make([]byte, 200_000)}, {Key: []byte("c"), Value: []byte("after")}}
		data := built(t, recs, codec)[4:]
		var b Batch
		if err := b.fill(&partitionAnswer{records: data}, 0, 0, both(50_000)); err != nil {
			t.Fatal(err)
		}
		if len(b.Records) != 3 || b.Next != 3 || b.Records[1].Bytes() < 200_000 || b.Records[1].Value != nil || string(b.Records[2].Value) != "after" {
			t.Fatalf("codec %d: %d records, next %d", codec, len(b.Records), b.Next)
		}
	}
}

func TestABatchLeftOnTheWireIsKnownBySize(t *testing.T) {
	data := bomb(t, 3, 100_000, 0)
	var b Batch
	if err := b.fill(&partitionAnswer{records: data[:64<<10]}, len(data)-64<<10, 1, both(64<<10)); err != nil {
		t.Fatal(err)
	}
	if len(b.Records) != 2 || b.Records[0].Offset != 1 || b.Records[1].Bytes() < 100_000 || b.Next != 3 {
		t.Fatalf("%+v", b)
	}
	var small *CutError
	if err := (&Batch{}).fill(&partitionAnswer{records: data[:64<<10]}, 0, 0, both(1<<30)); !errors.As(err, &small) || small.Need != len(data) {
		t.Fatalf("a batch that was cut by the broker: %v", err)
	}
}

// Appended times are the broker's: the record's own are not to be trusted then.
func TestAppendTime(t *testing.T) {
	data := built(t, []Record{{Time: 5}, {Time: 9}}, 0)[4:]
	binary.BigEndian.PutUint16(data[21:], attrAppendTime)
	binary.BigEndian.PutUint32(data[17:], crc32.Checksum(data[crcFrom:], castagnoli()))
	var b Batch
	if err := b.fill(&partitionAnswer{records: data}, 0, 0, both(1<<20)); err != nil || b.Records[0].Time != 9 || b.Records[1].Time != 9 {
		t.Fatalf("%+v, %v", b.Records, err)
	}
}

func TestEveryFlippedBitOfABatchIsFound(t *testing.T) {
	whole := built(t, []Record{{Key: []byte("k"), Value: []byte("value"), Time: 5}, {Value: []byte("w"), Time: 9}}, 0)[4:]
	for bit := 8 * crcFrom; bit < 8*len(whole); bit++ {
		data := bytes.Clone(whole)
		data[bit/8] ^= 1 << (bit % 8)
		var b Batch
		if err := b.fill(&partitionAnswer{records: data}, 0, 0, both(1<<20)); err == nil {
			t.Fatalf("bit %d was flipped and nobody noticed", bit)
		}
	}
}

func FuzzBatch(f *testing.F) {
	for codec := range Codec(5) {
		f.Add(built(f, []Record{{Key: []byte("k"), Value: []byte("value"), Time: 5}, {Value: make([]byte, 300), Time: 9}}, codec)[4:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= batchHead { // let it past the checksum
			h := parseBatchHeader(data)
			if h.size >= batchHead && h.size <= len(data) {
				binary.BigEndian.PutUint32(data[17:], crc32.Checksum(data[crcFrom:h.size], castagnoli()))
			}
		}
		var b Batch
		if err := b.fill(&partitionAnswer{records: data}, 0, 0, both(1<<16)); err == nil && len(b.Records) > len(data) && b.Records[0].Size == 0 && cap(b.arena) == 0 {
			t.Fatalf("%d records in %d bytes", len(b.Records), len(data))
		}
	})
}

func FuzzFetchAnswer(f *testing.F) {
	f.Add(int16(11), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1})
	f.Fuzz(func(_ *testing.T, version int16, data []byte) {
		a := FetchAnswer{version: version, bytes: data}
		_, _ = a.parse()
	})
}

func BenchmarkDecodeBatch(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	value := make([]byte, 300)
	for i := range value {
		value[i] = byte(r.IntN(64) + 32)
	}
	for codec, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		b.Run(name, func(b *testing.B) {
			recs := make([]Record, 3000)
			for i := range recs {
				recs[i] = Record{Key: fmt.Appendf(nil, "user-%d", i), Value: value, Time: event.Millis(i)}
			}
			data := built(b, recs, Codec(codec))[4:]
			var batch Batch
			b.ReportAllocs()
			for b.Loop() {
				batch.Records, batch.arena = batch.Records[:0], batch.arena[:0]
				if err := batch.fill(&partitionAnswer{records: data}, 0, 0, both(1<<30)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/record")
		})
	}
	b.Run("kafka-go", func(b *testing.B) {
		recs := make([]Record, 3000)
		for i := range recs {
			recs[i] = Record{Key: fmt.Appendf(nil, "user-%d", i), Value: value, Time: event.Millis(i)}
		}
		data := built(b, recs, 0)
		b.ReportAllocs()
		for b.Loop() {
			var set protocol.RecordSet
			if _, err := set.ReadFrom(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
			for {
				rec, err := set.Records.ReadRecord()
				if errors.Is(err, io.EOF) {
					break
				}
				rec.Key.Close()
				rec.Value.Close()
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/record")
	})
}
