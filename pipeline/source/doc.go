// Package source is the way to Kafka, and to files in its place.
//
// Owns: the consumer group and which member gets which partition ([Group]),
// reading ([Fetcher]), the log of checkpoints as one partition of a topic
// ([CheckpointLog]), positions shown to lag tools ([Cluster.Commit]), writing
// ([Producer]), topics, and lines of files ([Files]). In: a [Config]. Out:
// [event.Record]s. kafka-go is used here and nowhere else.
// May not: know what a record holds.
//
// # How records are read
//
// The transport of kafka-go finds brokers, connects, authenticates and carries
// requests; the answer to a fetch is read and taken apart here (wire.go,
// recordbatch.go). That makes reading several times cheaper than its own decoding, puts
// a bound on decompression, and shows what it hides: control batches and aborted
// transactions, which are skipped and counted into the position.
//
// # Use
//
//	c, err := source.Connect(cfg)
//	defer c.Close()
//	count, err := c.Verify(ctx)                // inputs exist, agree in partitions, are not compacted
//	err = c.EnsureCheckpoints(ctx, count)      // the topic of the logs
//	err = c.Group().Run(ctx, func(ctx context.Context, g source.Generation) error {
//		for _, p := range g.Tasks {            // task p owns partition p of every topic
//			f, log := c.Fetcher(p), c.CheckpointLog(p)
//			…
//		}
//		return nil                             // once all tasks have stopped
//	})
package source
