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
	held       []int32
	problem    error // why nothing was assigned the last time
}

// ProtocolName is the same in all members, or they cannot form a group.
func (b *balancer) ProtocolName() string { return "friction-copartitioned-sticky" }

// hold notes what this member has, for the next join.
func (b *balancer) hold(generation int32, tasks []int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.generation, b.held = generation, slices.Clone(tasks)
}

// UserData says what this member has and since which generation.
func (b *balancer) UserData() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data := []byte{1}
	data = binary.AppendVarint(data, int64(b.generation))
	data = binary.AppendUvarint(data, uint64(len(b.held)))
	for _, p := range b.held {
		data = binary.AppendUvarint(data, uint64(p))
	}
	return data, nil
}

// holder is a member and what it had.
type holder struct {
	id         string
	generation int64
	held       []int32
}

// parseHolder never fails: a member whose data cannot be read had nothing.
func parseHolder(id string, data []byte) holder {
	h := holder{id: id}
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
			return holder{id: id}
		}
		h.held = append(h.held, int32(p))
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
	var holders []holder
	for _, m := range members {
		assignments[m.ID] = map[string][]int{}
		if slices.Equal(slices.Sorted(slices.Values(m.Topics)), b.topics) {
			holders = append(holders, parseHolder(m.ID, m.UserData))
		}
	}
	for id, tasks := range share(n, holders) {
		for _, t := range b.topics {
			for _, p := range tasks {
				assignments[id][t] = append(assignments[id][t], int(p))
			}
		}
	}
	return assignments
}

func (b *balancer) takeProblem() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.problem
	b.problem = nil
	return err
}

// share deals partitions 0 … n−1 out: nobody gets more than one above anybody
// else, and as few as possible move. The same input gives the same result.
func share(n int, members []holder) map[string][]int32 {
	if len(members) == 0 {
		return nil
	}
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b holder) int {
		return cmp.Or(cmp.Compare(b.generation, a.generation), cmp.Compare(a.id, b.id))
	})
	kept, free := settleClaims(n, members)
	// Who has most may keep most: the quota of one more goes to them first.
	slices.SortFunc(members, func(a, b holder) int {
		return cmp.Or(cmp.Compare(len(kept[b.id]), len(kept[a.id])), cmp.Compare(a.id, b.id))
	})
	out := make(map[string][]int32, len(members))
	for i, m := range members {
		quota := n / len(members)
		if i < n%len(members) {
			quota++
		}
		have := kept[m.id]
		if len(have) > quota {
			free = append(free, have[quota:]...)
			have = have[:quota]
		}
		out[m.id] = have
	}
	slices.Sort(free)
	for i, m := range members {
		quota := n / len(members)
		if i < n%len(members) {
			quota++
		}
		need := quota - len(out[m.id])
		out[m.id] = slices.Sorted(slices.Values(append(slices.Clip(out[m.id]), free[:need]...)))
		free = free[need:]
	}
	return out
}

// settleClaims gives each partition to the first member that says it has it, the
// ones with the newest generation being asked first, and lists those nobody has.
func settleClaims(n int, members []holder) (kept map[string][]int32, free []int32) {
	kept = map[string][]int32{}
	taken := make([]bool, n)
	for _, m := range members {
		for _, p := range slices.Sorted(slices.Values(m.held)) {
			if int(p) < n && !taken[p] {
				taken[p] = true
				kept[m.id] = append(kept[m.id], p)
			}
		}
	}
	for p := range n {
		if !taken[p] {
			free = append(free, int32(p))
		}
	}
	return kept, free
}
