// Package source is the way to Kafka.
//
// Owns: the consumer group and which member gets which partition ([Group]),
// reading ([Fetcher]), the log of checkpoints as one partition of a topic
// ([CheckpointLog]), positions shown to lag tools ([Cluster.Commit]), writing
// ([Producer]), dead letters ([DeadLetter]) and topics. In: a [Config]. Out:
// [event.Record]s.
// May not: know what a record means.
//
// # How records are read
//
// The transport of kafka-go finds brokers, connects, authenticates and carries
// requests. The answer to a fetch is read and taken apart by package kafkawire,
// which says why. What fails and may pass is tried again here, see [Cluster.OnRetry].
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
