package oracle

import "friction/pipeline/event"

func hesitation() *signal {
	return &signal{
		name: "hesitation", usual: values{"at_least": "10s", "at_most": "2m"}, within: "at_least",
		find: hesitations,
	}
}

// hesitations looks at what follows each sign of work in a field.
func hesitations(r *reading) (found []*finding) {
	atLeast, atMost := r.span("at_least"), r.span("at_most")
	var last *occurrence
	for _, h := range r.s.seen {
		e, name := h.e, h.e.Target.Name()
		touches := e.Type == event.Focus || e.Type == event.Input
		if touches && !r.mine(h) {
			continue
		}
		works := touches && isField(e.Target)
		leaves := false
		if last != nil && lapsed(last, h, atMost) {
			last = nil
		}
		switch t := e.Type; {
		case t == event.Visibility, t == event.Lifecycle:
			last = nil
		case works:
			leaves = last != nil
		case t == event.Blur:
			leaves = last != nil && (name == "" || name == last.e.Target.Name())
		case t.IsClick():
			leaves = last != nil && name != last.e.Target.Name()
		case touches, t.IsView(), t == event.Submit:
			leaves = true
		}
		if leaves && last != nil {
			if d := apart(last, h); d >= atLeast && d <= atMost {
				f := run(r.sig.name, []*occurrence{last, h}, 1)
				f.made = r.s.index(h)
				found = append(found, f)
			}
			last = nil
		}
		if works {
			last = h
		}
	}
	return found
}
