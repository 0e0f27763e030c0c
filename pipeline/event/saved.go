package event

// Save visits all fields of an event.
func (e *Event) Save(s *State) {
	Time(s, &e.Time)
	Int(s, &e.Recorded)
	Int(s, &e.Duration)
	Int(s, &e.Lead)
	Int(s, &e.Skew)
	s.Key(&e.Key)
	s.Fixed(&e.Hash)
	for _, v := range []*string{&e.App, &e.User, &e.Account, &e.Client, &e.ID, &e.Name, &e.Page, &e.Op} {
		Str(s, v)
	}
	optional(s, &e.Target, func(t *Target) {
		for _, v := range []*string{&t.ID, &t.Tag, &t.Text, &t.Role, &t.Href, &t.InputType, &t.Selector} {
			Str(s, v)
		}
		Slice(s, &t.Classes, func(c *string) { Str(s, c) })
	})
	optional(s, &e.Context, func(c *Context) {
		for _, v := range []*string{&c.Device, &c.OS, &c.Browser, &c.AppVersion, &c.Country, &c.Variant, &c.Language} {
			Str(s, v)
		}
	})
	optional(s, &e.Error, func(x *Error) { Str(s, &x.Kind); Str(s, &x.Message) })
	s.Hash(&e.RawPage)
	Slice(s, &e.Attrs, func(a *Attr) { Str(s, &a.Name); Str(s, &a.Value) })
	s.Float(&e.X)
	s.Float(&e.Y)
	Int(s, &e.Status)
	Int(s, &e.Attempt)
	Uint(s, &e.Type)
	if e.Type >= NumTypes {
		s.fail("unknown type of event")
		e.Type = Custom
	}
	Uint(s, &e.Flags)
}

// optional visits a pointer that may be nil, and what it points to.
func optional[T any](s *State, v **T, each func(*T)) {
	has := *v != nil
	s.Bool(&has)
	if !has {
		*v = nil
		return
	}
	if s.Reading() {
		*v = new(T)
	}
	each(*v)
}

// Save visits all counters but Missed, which is not the engine's.
func (c *Counters) Save(s *State) {
	for _, v := range c.all() {
		Uint(s, v)
	}
	for i := range c.ByReason {
		Uint(s, &c.ByReason[i])
	}
	for i := range c.ByLimit {
		Uint(s, &c.ByLimit[i])
	}
}
