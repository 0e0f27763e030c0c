package signals

import (
	"slices"
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var formAbandonmentSignal = detect.Declaration{
	Name: "form_abandonment", Revision: 1,
	Summary: "a form filled in and left",
	Means:   "fills in a form and leaves it",
	One:     "at least 2 fields of a page filled in, and the page left without a submit",
	Counts:  "fields",
	Source:  "2 fields: our choice. One field is a search box or a newsletter.",
	Weight:  0.25, Cap: 1, Where: detect.ByPage,
	Thresholds: FormThresholds{Enabled: true, Fields: 2},
	Needs:      []detect.Need{needs("a field that is filled", needField.Send, detect.TypesOf(event.Input), hasField)},
	Rule:       detect.RuleOf(FormThresholds.rule),
	MostHeld:   detect.Most,
}

// FormThresholds bounds a form that is left.
type FormThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Fields is how many fields must have been filled in.
	Fields int `yaml:"fields" min:"1" max:"64"`
}

// formAbandonment finds a page that is left, or a session that ends on it, after something was put into at least
// `fields` fields and nothing was sent. A form is sent by a submit, a request other than GET, HEAD and OPTIONS, or a
// click on a submit button.
type formAbandonment struct {
	fields int
	page   string
	names  []string
	open   detect.Signal // of the first input; Count is not used until it is found
}

func (c FormThresholds) rule() detect.Rule {
	return detect.Rule{
		Triggers: detect.TypesOf(event.Input), Observes: detect.Views | detect.Clicks | detect.Attempts,
		Starts: func(in *detect.Input) bool { return isField(in.Event.Target) },
		New:    func() detect.Detector { return &formAbandonment{fields: c.Fields} },
	}
}

func (f *formAbandonment) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		if in.Closing {
			f.leave(in)
		}
	case e.Type == event.Input:
		f.fill(in)
	case e.Type.IsView():
		if e.Page != f.page {
			f.leave(in)
		}
	case sends(e):
		f.names, f.open = nil, detect.Signal{}
	}
}

// sends reports whether an event sends a form.
func sends(e *event.Event) bool {
	switch {
	case e.Type == event.Submit:
		return true
	case e.Type.IsClick():
		return e.Target != nil && (e.Target.InputType == "submit" || e.Target.InputType == "image")
	}
	verb, _, ok := strings.Cut(e.Op, " ")
	return ok && verb != "GET" && verb != "HEAD" && verb != "OPTIONS"
}

func (f *formAbandonment) fill(in *detect.Input) {
	e := in.Event
	if !isField(e.Target) {
		return
	}
	name := e.Target.Name()
	if len(f.names) == 0 {
		f.page, f.open = e.Page, in.Begin()
		if f.page == "" {
			f.page = in.On.Page
		}
	}
	switch {
	case slices.Contains(f.names, name):
	case len(f.names) < detect.Most:
		f.names = append(f.names, name)
	default:
		in.Reached(event.LimitFields)
	}
	if e.Time != f.open.Started || in.EventID() != f.open.First() {
		f.open.Add(e.Time, in.EventID())
	}
	f.open.Target = name
}

func (f *formAbandonment) leave(in *detect.Input) {
	if len(f.names) >= f.fields {
		f.open.Count = uint32(len(f.names))
		in.Find(f.open)
	}
	f.names, f.open = nil, detect.Signal{}
}

func (f *formAbandonment) Pending(event.Millis) detect.Pending {
	if len(f.names) == 0 {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: event.Never, Since: f.open.Started, Spent: false}
}

func (f *formAbandonment) Save(s *event.State) {
	event.Str(s, &f.page)
	event.Slice(s, &f.names, func(name *string) { event.Str(s, name) })
	f.open.Save(s)
}
