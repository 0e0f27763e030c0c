package simulate

import (
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// Words of the truth file for what hurt a person.
const (
	CauseRetry           = "retry"              // tried an operation again because it had failed; N repeats
	CauseRageClick       = "rage_click"         // hammered a control in anger with the mouse; N clicks
	CauseRageTap         = "rage_tap"           // the same with a finger; N taps
	CauseDeadClick       = "dead_click"         // used a control that did nothing, and watched for an effect until Last
	CauseErrorClick      = "error_click"        // used a control and got an error for it, at Last
	CauseThrashedCursor  = "thrashed_cursor"    // shook the mouse in impatience; N turns
	CauseExcessiveScroll = "excessive_scroll"   // looked up and down the page for what is not there; N turns
	CauseQuickBack       = "quick_back"         // went to a page, found it wrong or useless, turned round at once
	CausePageLoop        = "page_loop"          // went round in circles between pages; N entries of the page
	CauseReloadLoop      = "reload_loop"        // loaded the page again, hoping that it comes right; N loads
	CauseRepeatedSubmit  = "repeated_submit"    // sent the same form again though nothing was wrong with it; N repeats
	CauseValidationLoop  = "validation_loop"    // could not make out what a form wants; N refusals
	CauseFormAbandonment = "form_abandonment"   // filled in fields and left the form; N fields
	CauseFieldReentry    = "field_reentry"      // came back to a field, unsure what to write; N returns
	CauseHesitation      = "hesitation"         // sat before a field, not knowing what to write
	CauseRepeatedSearch  = "repeated_search"    // searched in other words for what did not turn up; N searches
	CauseSlow            = "slow_response"      // waited for an answer longer than they could stand; N things done meanwhile
	CauseErrorLeave      = "error_leave"        // left the shop because of an error
	CauseErrorChain      = "server_error_chain" // met one failure of the server after another; N failures
	CauseCrash           = "crash"              // saw the app end
	CauseCrashRestart    = "crash_restart"      // had to start it again
	CauseHang            = "hang"               // looked at an app that had frozen
	CauseRequestStorm    = "request_storm"      // had a page that asked the same thing over and over; N requests
	CauseErrorBounce     = "error_bounce"       // came, saw an error, left, without having seen another page
	CauseHelpSeeking     = "help_seeking"       // looked for help in the middle of a journey
	CauseNegativeSurvey  = "negative_survey"    // said in a survey how they feel
	CauseDropOff         = "drop_off"           // gave up because of all that
)

// Words of the truth file for what only looks like trouble.
const (
	InnocentDoubleClick = "double_click"   // a habit
	InnocentTripleClick = "triple_click"   // another
	InnocentSelection   = "text_selection" // clicks that mark text
	InnocentStepper     = "stepper"        // a quantity button, once per piece
	InnocentPaging      = "paging"         // through a list of products
	InnocentKeyboard    = "keyboard"       // controls worked from the keyboard, clicks at 0,0
	InnocentIdleClick   = "idle_click"     // on plain text, while reading
	InnocentCompare     = "compare"        // back to a product to compare
	InnocentSkim        = "skim"           // a glance at a product and back to the list
	InnocentReload      = "reload"         // to see whether there is news
	InnocentTabSwitch   = "tab_switch"     // away to another tab or app for a while
	InnocentKeyHeld     = "key_held"       // a key that repeats itself, clicks at 0,0
	InnocentWakeUp      = "wake_up"        // the click that brings the window back
	InnocentCarousel    = "carousel"       // through the pictures
	InnocentCalendar    = "calendar"       // through the months
	InnocentPlayer      = "player"         // controls of a film
	InnocentGame        = "game"           // on a canvas that takes every click
	InnocentDrawing     = "drawing"        // with the mouse, on a canvas
	InnocentPointing    = "pointing"       // the mouse follows the lines that are read
	InnocentToggle      = "toggle"         // a switch, on and off again
	InnocentZoom        = "zoom"           // double click into a picture
	InnocentModal       = "modal_outside"  // beside a box, so that it goes away
	InnocentCopy        = "copy"           // a button that copies
	InnocentDownload    = "download"       // a file that is saved
	InnocentNewTab      = "new_tab"        // a link that opens elsewhere
	InnocentMailOrPhone = "mail_or_phone"  // a link that opens another program
	InnocentFilePicker  = "file_picker"    // a dialogue of the system's own
	InnocentRead        = "long_read"      // a long page, all the way down
	InnocentWatch       = "watch"          // loads a page now and then to see how things stand
	InnocentTypo        = "typo"           // a slip, mended at once
	InnocentLookUp      = "look_up"        // a pause in a field, to fetch what it asks for
	InnocentSuggestion  = "suggestion"     // what was typed is completed, nothing is sent
	InnocentOtherSearch = "other_search"   // another search for another thing
	InnocentJank        = "jank"           // the screen stutters
	InnocentChatter     = "chatter"        // many requests that belong to one page
	InnocentUnseen      = "unseen_error"   // an error nobody notices
	InnocentPraise      = "good_survey"    // an answer of someone content
)

// SiteJourney is the journey of [Visit]s to pages that are a step of nothing.
const SiteJourney = "site"

// Act is one thing a person did, with the meaning it had for them.
type Act struct {
	Cause       string // one of the Cause… or Innocent… words
	Target      string // id of the control, when there is one
	Op          string // operation, when there is one
	Page        string // page as the events name it, when pages matter
	N           int    // how many, as the word says; 0: does not apply
	First, Last time.Time
}

// Visit is the truth about one stay of one person on one step, told when it is
// over: when another step of the journey is entered or the person leaves the
// shop. Times are as the person's tracker stamps them, so EnteredAt is the
// time of the event that entered the step. Pages outside of journeys have
// visits too, with the journey [SiteJourney] and the kind of page as step, but
// only those with something to tell are told.
type Visit struct {
	User, App string
	// Session counts the person's stays in this shop from 1.
	Session           int
	Journey, Step     string
	EnteredAt, LeftAt time.Time
	Causes            []Act // why it hurt, in order of First
	Innocent          []Act // what looked like it and was not, in order of First
	Incident          bool  // an incident was in force at the step and met this visit
	Ended             Ended // how, "" for pages outside of journeys
}

// Ended says how the stay on a step came to its end.
type Ended string

// The ends of a visit.
const (
	EndedOn   Ended = "on"   // another step followed, a later one
	EndedBack Ended = "back" // … an earlier one
	EndedLeft Ended = "left" // the person left the shop
	EndedDone Ended = "done" // … having finished the journey
)

// Hurt says whether the visit truly hurt: whether there is a cause.
func (v *Visit) Hurt() bool { return len(v.Causes) > 0 }

// AppendJSON appends the visit as one JSON object without a line end: user,
// app, session, journey, step, entered_at, left_at, hurt, causes, innocent,
// incident and, for steps, ended; an act has cause, and target, op, page and n where they apply,
// first and last. Times are RFC 3339 in UTC with milliseconds.
func (v *Visit) AppendJSON(b []byte) []byte {
	var times traffic.TimeWriter
	b = append(b, `{"user":`...)
	b = strconv.AppendQuote(b, v.User)
	b = append(b, `,"app":`...)
	b = strconv.AppendQuote(b, v.App)
	b = append(b, `,"session":`...)
	b = strconv.AppendInt(b, int64(v.Session), 10)
	b = append(b, `,"journey":`...)
	b = strconv.AppendQuote(b, v.Journey)
	b = append(b, `,"step":`...)
	b = strconv.AppendQuote(b, v.Step)
	b = append(b, `,"entered_at":`...)
	b = times.Append(b, v.EnteredAt.UnixMilli())
	b = append(b, `,"left_at":`...)
	b = times.Append(b, v.LeftAt.UnixMilli())
	b = append(b, `,"hurt":`...)
	b = strconv.AppendBool(b, v.Hurt())
	b = append(b, `,"causes":`...)
	b = appendActs(b, v.Causes, &times)
	b = append(b, `,"innocent":`...)
	b = appendActs(b, v.Innocent, &times)
	b = append(b, `,"incident":`...)
	b = strconv.AppendBool(b, v.Incident)
	if v.Ended != "" {
		b = append(b, `,"ended":`...)
		b = strconv.AppendQuote(b, string(v.Ended))
	}
	return append(b, '}')
}

func appendActs(b []byte, acts []Act, times *traffic.TimeWriter) []byte {
	b = append(b, '[')
	for i, a := range acts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"cause":`...)
		b = strconv.AppendQuote(b, a.Cause)
		for _, f := range [...]struct{ name, value string }{{"target", a.Target}, {"op", a.Op}, {"page", a.Page}} {
			if f.value != "" {
				b = append(b, `,"`+f.name+`":`...)
				b = strconv.AppendQuote(b, f.value)
			}
		}
		if a.N > 0 {
			b = append(b, `,"n":`...)
			b = strconv.AppendInt(b, int64(a.N), 10)
		}
		b = append(b, `,"first":`...)
		b = times.Append(b, a.First.UnixMilli())
		b = append(b, `,"last":`...)
		b = times.Append(b, a.Last.UnixMilli())
		b = append(b, '}')
	}
	return append(b, ']')
}
