package source

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go"
)

// balancer gives every member the same partitions of all topics, and as far as
// possible those it had before. Every member brings its own; the group's leader
// uses it.
type balancer struct {
	topics []string // sorted

	mu         sync.Mutex
	generation int32
	owned      []int32
	problem    error // why nothing was assigned the last time
}

// ProtocolName is the same in all members, or they cannot form a group.
func (b *balancer) ProtocolName() string { return "friction-copartitioned-sticky" }

// remember keeps what this member has, for the next join.
func (b *balancer) remember(generation int32, tasks []int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.generation, b.owned = generation, slices.Clone(tasks)
}

// UserData says what this member has and since which generation.
func (b *balancer) UserData() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data := []byte{1}
	data = binary.AppendVarint(data, int64(b.generation))
	data = binary.AppendUvarint(data, uint64(len(b.owned)))
	for _, p := range b.owned {
		data = binary.AppendUvarint(data, uint64(p))
	}
	return data, nil
}

// member is a member of the group and what it had.
type member struct {
	id         string
	generation int64
	owned      []int32
}

// parseMember never fails: a member whose data cannot be read had nothing.
func parseMember(id string, data []byte) member {
	h := member{id: id}
	if len(data) == 0 || data[0] != 1 {
		return h
	}
	generation, n := binary.Varint(data[1:])
	if n <= 0 {
		return h
	}
	data = data[1+n:]
	count, n := binary.Uvarint(data)
	if n <= 0 || count > uint64(len(data)-n) {
		return h
	}
	data = data[n:]
	for range count {
		p, n := binary.Uvarint(data)
		if n <= 0 || p > 1<<31-1 {
			return member{id: id}
		}
		h.owned = append(h.owned, int32(p))
		data = data[n:]
	}
	h.generation = generation
	return h
}

// AssignGroups is called in the group's leader. Members that read other topics
// than this one get nothing: there is no assignment that would be right for both.
func (b *balancer) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	counts := map[string]int{}
	for _, p := range partitions {
		counts[p.Topic]++
	}
	n, err := equalCounts(b.topics, counts)
	b.mu.Lock()
	b.problem = err
	b.mu.Unlock()

	assignments := kafka.GroupMemberAssignments{}
	var readers []member
	for _, m := range members {
		assignments[m.ID] = map[string][]int{}
		if slices.Equal(slices.Sorted(slices.Values(m.Topics)), b.topics) {
			readers = append(readers, parseMember(m.ID, m.UserData))
		}
	}
	for id, tasks := range assign(n, readers) {
		for _, t := range b.topics {
			for _, p := range tasks {
				assignments[id][t] = append(assignments[id][t], int(p))
			}
		}
	}
	return assignments
}

// popProblem returns why nothing was assigned the last time, once.
func (b *balancer) popProblem() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.problem
	b.problem = nil
	return err
}

// assign spreads partitions 0 … n−1 over the members: nobody gets more than one
// more than anybody else, and as few as possible move. The same input gives the
// same result.
//
// First every partition stays with the member that had it last; the members with
// most may have one more than the others. What a member has beyond its quota, and
// what nobody had, then fills up the others.
func assign(n int, members []member) map[string][]int32 {
	if len(members) == 0 {
		return nil
	}
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(cmp.Compare(b.generation, a.generation), cmp.Compare(a.id, b.id))
	})
	kept, free := keepOwned(n, members)
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(cmp.Compare(len(kept[b.id]), len(kept[a.id])), cmp.Compare(a.id, b.id))
	})
	quota := func(i int) int {
		if i < n%len(members) {
			return n/len(members) + 1
		}
		return n / len(members)
	}
	for i, m := range members {
		if have := kept[m.id]; len(have) > quota(i) {
			free = append(free, have[quota(i):]...)
			kept[m.id] = have[:quota(i)]
		}
	}
	slices.Sort(free)
	out := make(map[string][]int32, len(members))
	for i, m := range members {
		missing := quota(i) - len(kept[m.id])
		out[m.id] = slices.Sorted(slices.Values(append(slices.Clip(kept[m.id]), free[:missing]...)))
		free = free[missing:]
	}
	return out
}

// keepOwned gives each partition to the first member that says it has it, and lists
// those that nobody has. Members are sorted: of two, the one with the newer
// generation is believed.
func keepOwned(n int, members []member) (kept map[string][]int32, free []int32) {
	kept = map[string][]int32{}
	assigned := make([]bool, n)
	for _, m := range members {
		for _, p := range slices.Sorted(slices.Values(m.owned)) {
			if int(p) < n && !assigned[p] {
				assigned[p] = true
				kept[m.id] = append(kept[m.id], p)
			}
		}
	}
	for p := range n {
		if !assigned[p] {
			free = append(free, int32(p))
		}
	}
	return kept, free
}
