package source

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/segmentio/kafka-go"
	"pgregory.net/rapid"
)

// Every partition goes to exactly one member, nobody has more than one above
// anybody else, as much stays as can, and it does not depend on the order.
func TestAssign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 24).Draw(t, "partitions")
		members := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) member {
			return member{
				id: rapid.StringMatching(`[a-f]{1,2}`).Draw(t, "id"), generation: rapid.Int64Range(0, 3).Draw(t, "generation"),
				owned: rapid.SliceOfNDistinct(rapid.Int32Range(0, 30), 0, 12, rapid.ID).Draw(t, "owned"),
			}
		}), 1, 6, func(h member) string { return h.id }).Draw(t, "members")
		got := assign(n, members)

		owner := map[int32]string{}
		least, most := n, 0
		for _, m := range members {
			tasks := got[m.id]
			least, most = min(least, len(tasks)), max(most, len(tasks))
			if !slices.IsSorted(tasks) {
				t.Fatalf("%s has %d", m.id, tasks)
			}
			for _, p := range tasks {
				if owner[p] != "" || int(p) >= n {
					t.Fatalf("partition %d: %s and %s", p, owner[p], m.id)
				}
				owner[p] = m.id
			}
		}
		if len(owner) != n || most-least > 1 {
			t.Fatalf("%d of %d partitions, %d to %d each", len(owner), n, least, most)
		}
		if kept, can := stayed(members, owner), mostThatCanStay(n, members); kept != can {
			t.Fatalf("%d stay, %d could", kept, can)
		}
		shuffled := rapid.Permutation(members).Draw(t, "order")
		if again := assign(n, shuffled); !reflect.DeepEqual(got, again) {
			t.Fatalf("another order: %v, %v", got, again)
		}
	})
}

// claims says who is believed to have what: the newest generation, then the id.
func claims(n int, members []member) map[int32]string {
	who := map[int32]string{}
	for p := range int32(n) {
		var best *member
		for i, m := range members {
			if slices.Contains(m.owned, p) && (best == nil || m.generation > best.generation || m.generation == best.generation && m.id < best.id) {
				best = &members[i]
			}
		}
		if best != nil {
			who[p] = best.id
		}
	}
	return who
}

func stayed(members []member, owner map[int32]string) (kept int) {
	for p, id := range claims(31, members) {
		if owner[p] == id {
			kept++
		}
	}
	return kept
}

// mostThatCanStay tries every way of giving the larger quotas out.
func mostThatCanStay(n int, members []member) (best int) {
	has := map[string]int{}
	for _, id := range claims(n, members) {
		has[id]++
	}
	m := len(members)
	for set := range 1 << m {
		larger, kept := 0, 0
		for i := range m {
			quota := n / m
			if set>>i&1 == 1 {
				quota++
				larger++
			}
			kept += min(quota, has[members[i].id])
		}
		if larger == n%m {
			best = max(best, kept)
		}
	}
	return best
}

func TestUserDataSurvives(t *testing.T) {
	b := &balancer{}
	b.remember(7, []int32{0, 3, 200})
	data, err := b.UserData()
	if err != nil {
		t.Fatal(err)
	}
	if got := parseMember("m", data); !reflect.DeepEqual(got, member{"m", 7, []int32{0, 3, 200}}) {
		t.Fatalf("got %+v", got)
	}
	for _, strange := range [][]byte{nil, {2, 1, 1}, data[:1], data[:2], data[:3], data[:5], {1, 0, 255, 255, 255, 255, 1}} {
		if got := parseMember("m", strange); len(got.owned) != 0 {
			t.Errorf("%x was read as %+v", strange, got)
		}
	}
}

func TestAssignGroups(t *testing.T) {
	joins := func(id string, topics ...string) kafka.GroupMember { return kafka.GroupMember{ID: id, Topics: topics} }
	parts := func(topic string, n int) (p []kafka.Partition) {
		for i := range n {
			p = append(p, kafka.Partition{Topic: topic, ID: n - 1 - i})
		}
		return p
	}
	b := &balancer{topics: []string{"clicks", "telemetry"}}
	all := append(parts("telemetry", 4), parts("clicks", 4)...)
	got := b.AssignGroups([]kafka.GroupMember{joins("a", "telemetry", "clicks"), joins("b", "clicks", "telemetry"), joins("other", "clicks")}, all)
	want := kafka.GroupMemberAssignments{
		"a": {"clicks": {0, 1}, "telemetry": {0, 1}}, "b": {"clicks": {2, 3}, "telemetry": {2, 3}}, "other": {},
	}
	if !reflect.DeepEqual(got, want) || b.popProblem() != nil {
		t.Fatalf("got %v", got)
	}
	for _, parts := range [][]kafka.Partition{append(parts("telemetry", 3), parts("clicks", 4)...), parts("clicks", 4)} {
		got = b.AssignGroups([]kafka.GroupMember{joins("a", "clicks", "telemetry")}, parts)
		if err := b.popProblem(); len(got["a"]) != 0 || !errors.Is(err, ErrTopics) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if fmt.Sprint(slices.Sorted(maps.Keys(assign(3, []member{{id: "x"}, {id: "y"}})))) != "[x y]" {
		t.Fatal("a member is missing")
	}
}
