package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"friction/pipeline/waiting"
)

// Group is the membership in the consumer group.
type Group struct {
	k          *Cluster
	balancer   *balancer
	partitions int // of every topic; 0 until known
}

// Group prepares the membership in the configured group.
func (k *Cluster) Group() *Group {
	return &Group{k: k, balancer: &balancer{topics: slices.Sorted(slices.Values(k.config.Topics))}}
}

// watchEvery is how often the number of partitions is compared.
const watchEvery = 15 * time.Second

// Run joins the group and calls serve for every generation, one at a time. The
// context of serve ends when tasks are about to move or ctx ends; serve returns
// once all its tasks have stopped, within the rebalance timeout. Heartbeats go on
// while it runs, until its context ends. When ctx ends, or serve returns an error
// or without being asked to, the group is left and Run returns that error.
// Coordinators that move or are away are waited for. A number of partitions that
// changes is an ErrTopics.
func (g *Group) Run(ctx context.Context, serve func(context.Context, Generation) error) error {
	n, err := g.k.Verify(ctx)
	if err != nil {
		return err
	}
	g.partitions = n
	m, c := g.k.config.Membership, g.k.config
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: c.Group, Brokers: c.Brokers, Dialer: g.k.dialer, Topics: c.Topics, GroupBalancers: []kafka.GroupBalancer{g.balancer},
		HeartbeatInterval: m.HeartbeatEvery, SessionTimeout: m.SessionTimeout, RebalanceTimeout: m.RebalanceTimeout,
		JoinGroupBackoff: m.RejoinAfter, Timeout: c.RequestTimeout, StartOffset: kafka.FirstOffset,
	})
	if err != nil {
		return fmt.Errorf("join group %s: %w", c.Group, err)
	}
	defer func() { _ = group.Close() }() // it never fails
	for {
		gen, err := g.next(ctx, group)
		if err != nil {
			return err
		}
		if ended, err := g.serve(ctx, group, gen, serve); ended {
			return err
		}
	}
}

// next waits for a generation.
func (g *Group) next(ctx context.Context, group *kafka.ConsumerGroup) (gen *kafka.Generation, err error) {
	what := "join group " + g.k.config.Group
	ctx, wait := waiting.Begin(ctx, g.k.name, what+", which its other members may delay")
	defer func() { err = wait.End(err) }()
	for {
		gen, err := group.Next(ctx)
		err = g.k.explained(err)
		if problem := g.balancer.popProblem(); problem != nil {
			return nil, problem
		}
		switch {
		case err == nil:
			return gen, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, kafka.InconsistentGroupProtocol):
			return nil, fmt.Errorf("%s: its members are another program's; choose another kafka.group: %w", what, err)
		case errors.Is(err, kafka.InvalidSessionTimeout):
			return nil, fmt.Errorf("%s: kafka.membership.session_timeout is outside of what the broker allows: %w", what, err)
		case !passing(err) && !stale(err):
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		wait.Failed(err)
		g.k.report(what, err)
	}
}

// serve runs one generation. It reports whether that was the last one.
func (g *Group) serve(ctx context.Context, group *kafka.ConsumerGroup, gen *kafka.Generation, serve func(context.Context, Generation) error) (ended bool, err error) {
	own := Generation{ID: gen.ID, Member: gen.MemberID, Tasks: g.tasks(gen), Partitions: g.partitions, k: g.k}
	g.balancer.remember(own.ID, own.Tasks)
	done := make(chan struct{})
	gen.Start(func(over context.Context) {
		defer close(done)
		inner, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(over, func() { cancel(kafka.ErrGenerationEnded) })()
		var cause error
		if err = g.checkPartitions(inner); err == nil {
			err, cause = g.serveWatched(inner, cancel, own, serve)
		}
		ended = err != nil || ctx.Err() != nil || cause == nil
		if ended {
			if err == nil {
				err = ctx.Err()
			}
			// Leaving must be decided before this function returns, or the group is
			// joined once more.
			go func() { _ = group.Close() }()
			<-over.Done()
		}
	})
	<-done
	return ended, err
}

// tasks are the partitions that are ours, of every topic.
func (g *Group) tasks(gen *kafka.Generation) []int32 {
	var tasks []int32
	for _, a := range gen.Assignments[g.balancer.topics[0]] {
		tasks = append(tasks, int32(a.ID))
	}
	slices.Sort(tasks)
	return tasks
}

// serveWatched runs serve and returns its error, and why its context ended, if it did.
func (g *Group) serveWatched(ctx context.Context, cancel context.CancelCauseFunc, own Generation, serve func(context.Context, Generation) error) (err, cause error) {
	var watcher sync.WaitGroup
	watcher.Go(func() { g.watch(ctx, cancel) })
	err, cause = serve(ctx, own), context.Cause(ctx)
	cancel(nil)
	watcher.Wait()
	if errors.Is(cause, ErrTopics) {
		err = cause
	}
	return err, cause
}

// watch ends the generation when the number of partitions changes.
func (g *Group) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := g.checkPartitions(ctx); err != nil {
			cancel(err)
			return
		}
	}
}

// checkPartitions is an ErrTopics if the topics are no longer what they were.
func (g *Group) checkPartitions(ctx context.Context) error {
	counts, err := g.k.partitions(ctx, g.k.config.Topics)
	if err != nil {
		return nil //nolint:nilerr // what cannot be looked up has not changed
	}
	n, err := equalCounts(g.k.config.Topics, counts)
	if err == nil && n != g.partitions {
		err = fmt.Errorf("%w: the input topics have %d partitions now, %d when the group was joined: users have moved between tasks; "+
			"start over with another group name (kafka.group)", ErrTopics, n, g.partitions)
	}
	return err
}
