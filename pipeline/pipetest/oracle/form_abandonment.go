package oracle

import "friction/pipeline/event"

func formAbandonment() *signal {
	return &signal{name: "form_abandonment", usual: values{"fields": "2"}, count: "fields", find: abandoned}
}

// abandoned goes through the forms of a session, one after the other.
func abandoned(r *reading) (found []*finding) {
	s := r.s
	var inputs []*occurrence
	page, on := "", ""
	leave := func(made int) {
		names := map[string]bool{}
		for _, h := range inputs {
			names[h.e.Target.Name()] = true
		}
		if len(names) >= r.count("fields") {
			f := run(r.sig.name, inputs, len(names))
			f.made, f.target = made, inputs[len(inputs)-1].e.Target.Name()
			found = append(found, f)
		}
		inputs = nil
	}
	for _, h := range s.seen {
		switch e := h.e; {
		case e.Type == event.Input && isField(e.Target) && r.mine(h):
			if len(inputs) == 0 {
				if page = e.Page; page == "" {
					page = on
				}
			}
			inputs = append(inputs, h)
		case e.Type.IsView():
			if e.Page != page && len(inputs) > 0 {
				leave(s.index(h))
			}
			on = e.Page
		case sends(e):
			inputs = nil
		}
	}
	if len(inputs) > 0 {
		leave(len(s.all))
	}
	return found
}
