package oracle

import "friction/pipeline/event"

// reversals lists the events at which positions turn round: they have gone some
// distance back from the farthest point. After a silence it begins anew.
func reversals(list []*occurrence, of func(*event.Event) float32, distance float64, silence event.Millis) []*occurrence {
	var out []*occurrence
	var far float64
	way := 0.0 // 1 or −1
	for i, h := range list {
		at := float64(of(h.e))
		if i == 0 || h.effective > list[i-1].effective+silence {
			far, way = at, 0
			continue
		}
		gone := at - far
		switch {
		case way == 0 && gone != 0 && max(gone, -gone) >= distance:
			way, far = gone/max(gone, -gone), at
		case way != 0 && gone*way > 0:
			far = at
		case way != 0 && gone != 0 && -gone*way >= distance:
			way, far = -way, at
			out = append(out, h)
		}
	}
	return out
}
