package query

import "math"

// Change compares one step of two funnels.
type Change struct {
	Number        uint8
	Step          string
	Before, After FunnelStep
	// Difference is After.OfFirst − Before.OfFirst, with its 95 % interval (Newcombe's of two Wilson intervals).
	Difference, Low, High float64
	// Significant: the interval does not hold 0, and both sides have at least 30 visitors.
	Significant bool
	// LowSample: fewer than 30 visitors began on one side.
	LowSample bool
}

// Compare pairs the steps of two funnels of everyone, by number.
func Compare(before, after []FunnelStep) []Change {
	var all []Change
	for i := range min(len(before), len(after)) {
		c := Change{Number: after[i].Number, Step: after[i].Step, Before: before[i], After: after[i]}
		c.Difference = c.After.OfFirst - c.Before.OfFirst
		n, m := after[0].Visitors, before[0].Visitors
		l2, u2 := wilson(c.After.Visitors, n)
		l1, u1 := wilson(c.Before.Visitors, m)
		c.Low = c.Difference - math.Hypot(c.After.OfFirst-l2, u1-c.Before.OfFirst)
		c.High = c.Difference + math.Hypot(u2-c.After.OfFirst, c.Before.OfFirst-l1)
		c.LowSample = min(n, m) < 30
		c.Significant = !c.LowSample && i > 0 && (c.Low > 0 || c.High < 0)
		all = append(all, c)
	}
	return all
}

// wilson is the 95 % interval of a share of x in n.
func wilson(x, n uint64) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.959964
	k, p := float64(n), float64(x)/float64(n)
	centre := (p + z*z/(2*k)) / (1 + z*z/k)
	half := z / (1 + z*z/k) * math.Sqrt(p*(1-p)/k+z*z/(4*k*k))
	return max(0, centre-half), min(1, centre+half)
}

// ChangesTable is the changes for people, JSON and CSV; the rates and differences are shares of the first step's visitors.
func ChangesTable(changes []Change) *Answer {
	a := &Answer{Columns: []string{"number", "step", "visitors", "of_first", "before_visitors", "before_rate", "difference_share", "low_share", "high_share", "significant", "low_sample"}}
	for _, c := range changes {
		a.Rows = append(a.Rows, []any{
			c.Number, c.Step, c.After.Visitors, c.After.OfFirst, c.Before.Visitors, c.Before.OfFirst, c.Difference, c.Low, c.High, c.Significant, c.LowSample,
		})
	}
	return a
}
