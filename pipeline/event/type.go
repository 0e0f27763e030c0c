package event

// Type is the type of an event. The zero value is Custom.
type Type uint8

// The closed vocabulary of types; anything else is Custom with a name.
const (
	Custom Type = iota
	PageView
	ScreenView
	Click
	Tap
	Input
	Focus
	Blur
	Submit
	Scroll
	Selection
	Mutation
	Visibility
	MouseMove
	Request
	ErrorType
	Crash
	Hang
	Lifecycle
	Survey
	Support
	Swipe
	NumTypes
)

var typeNames = [NumTypes]string{
	"custom", "page_view", "screen_view", "click", "tap", "input", "focus", "blur", "submit",
	"scroll", "selection", "mutation", "visibility", "mouse_move", "request", "error", "crash",
	"hang", "lifecycle", "survey", "support", "swipe",
}

// String returns the name used on the wire.
func (t Type) String() string {
	if t >= NumTypes {
		return "custom"
	}
	return typeNames[t]
}

// TypeOf returns the type of a wire name; ok is false for an unknown one, which
// is then a Custom event of that name. It is called for every event, and a switch is
// faster than a map.
func TypeOf(name string) (t Type, ok bool) {
	switch name {
	case "custom":
		return Custom, true
	case "page_view":
		return PageView, true
	case "screen_view":
		return ScreenView, true
	case "click":
		return Click, true
	case "tap":
		return Tap, true
	case "input":
		return Input, true
	case "focus":
		return Focus, true
	case "blur":
		return Blur, true
	case "submit":
		return Submit, true
	case "scroll":
		return Scroll, true
	case "selection":
		return Selection, true
	case "mutation":
		return Mutation, true
	case "visibility":
		return Visibility, true
	case "mouse_move":
		return MouseMove, true
	case "request":
		return Request, true
	case "error":
		return ErrorType, true
	case "crash":
		return Crash, true
	case "hang":
		return Hang, true
	case "lifecycle":
		return Lifecycle, true
	case "survey":
		return Survey, true
	case "support":
		return Support, true
	case "swipe":
		return Swipe, true
	}
	return Custom, false
}

// IsView reports a page or screen view.
func (t Type) IsView() bool { return t == PageView || t == ScreenView }

// IsClick reports a click or a tap.
func (t Type) IsClick() bool { return t == Click || t == Tap }

// IsAttempt reports a request or a submit: something that can fail and be tried again.
func (t Type) IsAttempt() bool { return t == Request || t == Submit }
