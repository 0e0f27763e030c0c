package tuning

import (
	"time"

	"friction/pipeline/journey"
)

// What several entries keep out.
var (
	noRage       = []string{"rage_click", "rage_tap"}
	noDead       = []string{"dead_click"}
	noFailure    = []string{"error_click", "error_leave", "error_bounce", "copied_error", "error"}
	noTry        = append([]string{"retry", "failed_request"}, noFailure...)
	noRageNoDead = []string{"rage_click", "rage_tap", "dead_click"}
)

// falseAlarms are the known ones. Complaints were read in the trackers of the
// products named.
var falseAlarms = []Suppress{
	{
		Name: "steppers", Answers: "plus and minus are there to be clicked quickly (PostHog/posthog-js#2347, #3749)", Signals: noRage,
		Text: journey.Values{"+", "-", "−", "–", "＋", "▲", "▼", "increase", "decrease"}, Role: journey.Values{"spinbutton", "slider"},
		InputType: journey.Values{"number", "range"}, Class: journey.Values{"stepper", "spinner", "quantity", "qty", "increment", "decrement"},
	},
	{
		Name: "paging", Answers: "next, next, next is reading, not rage (PostHog/posthog#22257, PostHog/posthog-js#2565)", Signals: noRage,
		Text:  journey.Values{"next", "previous", "prev", ">", "<", ">>", "<<", "›", "‹", "»", "«", "→", "←", "load more", "show more"},
		Class: journey.Values{"pagination", "pager", "paginator", "page-link", "page-item"},
	},
	{
		Name: "carousels", Answers: "a carousel is clicked through (PostHog/posthog#22257, DataDog/browser-sdk#3621)", Signals: noRage,
		Class: journey.Values{"carousel", "slick", "swiper", "splide", "glide", "flickity", "slider", "gallery", "lightbox"},
	},
	{
		Name: "calendars", Answers: "date pickers are clicked through month by month (PostHog/posthog#22257)", Signals: noRage,
		Role: journey.Values{"gridcell"}, InputType: journey.Values{"date", "datetime-local", "month", "week", "time"},
		Class: journey.Values{"datepicker", "date-picker", "calendar", "flatpickr", "react-datepicker", "DayPicker", "rdp", "ui-datepicker", "MuiPickersDay"},
		Text:  journey.Values{"next month", "previous month", "next year", "previous year"},
	},
	{
		Name: "players", Answers: "media controls, and buttons that play a sound, show nothing and are pressed often (getsentry/sentry#80275)", Signals: noRageNoDead,
		Tag: journey.Values{"video", "audio"}, Class: journey.Values{"vjs", "plyr", "jw", "jwplayer", "player", "video-js", "ytp", "volume"},
		Text: journey.Values{"play", "pause", "mute", "unmute", "volume up", "volume down", "+10", "-10", "skip", "skip forward", "skip back"},
		ID:   journey.Values{"*player*", "*video*", "*audio*"},
	},
	{
		Name: "games_and_canvas", Answers: "a canvas is played with and drawn on (microsoft/clarity leaves it out, DataDog/browser-sdk, too)", Signals: append([]string{"thrashed_cursor"}, noRageNoDead...),
		Tag: journey.Values{"canvas"}, Class: journey.Values{"game", "canvas", "unity", "phaser", "whiteboard", "sketch"},
	},
	{
		Name: "toggles", Answers: "switching on and off is trying out (PostHog/posthog.com#17269)", Signals: noRage,
		Role: journey.Values{"switch", "checkbox", "radio"}, InputType: journey.Values{"checkbox", "radio", "color"}, Class: journey.Values{"toggle", "switch"},
	},
	{
		Name: "double_click_zoom", Answers: "maps and pictures are zoomed by double clicks", Signals: noRageNoDead,
		Class: journey.Values{"map", "leaflet", "mapboxgl", "maplibregl", "gm-style", "ol", "zoom", "zoomable", "cesium"},
		Text:  journey.Values{"zoom in", "zoom out"},
	},
	{
		Name: "text_selection", Answers: "triple clicks select a paragraph (getsentry/sentry-javascript#8300, PostHog/posthog#40880)", Signals: noRage,
		After: journey.Values{"selection"}, InputType: journey.Values{"text", "email", "search", "password", "tel", "url"},
		Tag: journey.Values{"textarea"}, Role: journey.Values{"textbox", "searchbox"},
	},
	{
		Name: "window_wake_up", Answers: "the click that brings the window back means nothing else (PostHog/posthog#50158)", Signals: noRageNoDead,
		After: journey.Values{"visibility"}, For: time.Second,
	},
	{
		Name: "modal_outside_click", Answers: "a click beside a dialog closes it, or is meant to (microsoft/clarity#603)", Signals: noDead,
		Class: journey.Values{"modal-backdrop", "backdrop", "overlay", "MuiBackdrop", "ReactModal__Overlay"}, Role: journey.Values{"dialog", "presentation"},
	},
	{
		Name: "copy", Answers: "copying shows nothing (microsoft/clarity#603)", Signals: noDead,
		Text: journey.Values{"copy", "copy link", "copy code", "copied", "copied!"}, Class: journey.Values{"copy", "clipboard", "btn-clipboard"},
	},
	{
		Name: "downloads", Answers: "a download shows in the browser, not on the page (getsentry/sentry-javascript leaves them out)", Signals: noDead,
		Text: journey.Values{"download", "export", "save as", "print", "download pdf", "export csv"}, Class: journey.Values{"download", "export", "print"},
	},
	{
		Name: "new_tabs", Answers: "what opens elsewhere changes nothing here (Amplitude and Sentry leave _blank out)", Signals: noDead,
		Class: journey.Values{"external", "external-link", "share"}, Text: journey.Values{"share", "open in new tab"}, Selector: journey.Values{"**[target=_blank]**", `**[target="_blank"]**`},
	},
	{
		Name: "mail_and_phone_links", Answers: "mail and phone links open another program", Signals: noDead,
		Href: journey.Values{"mailto:**", "tel:**", "sms:**", "callto:**", "whatsapp:**"},
	},
	{
		Name: "file_pickers", Answers: "a file picker is the browser's own window (getsentry/sentry-javascript#9755)", Signals: noDead,
		InputType: journey.Values{"file"}, Class: journey.Values{"upload", "file-picker", "dropzone", "filepond"},
		Text: journey.Values{"browse", "choose file", "upload", "attach", "attach file", "select file", "add photo"},
	},
	{
		Name: "browser_noise", Answers: "the browser puts work off, or hides what a script of another site did; nobody sees anything (w3c/csswg-drafts#5023)", Signals: noFailure,
		Error: journey.Values{"ResizeObserver loop**", "Script error", "Script error."},
	},
	{
		Name: "cancelled_requests", Answers: "a request that the page itself takes back, such as a search while one goes on typing, is no failure", Signals: noTry,
		Error: journey.Values{
			"AbortError", "AbortError:**", "CanceledError", "CanceledError:**", "ERR_CANCELED", "NS_BINDING_ABORTED", "canceled", "cancelled",
			"The user aborted a request**", "The operation was aborted**", "signal is aborted without reason**", "**request was aborted**",
		},
	},
	{
		Name: "client_closed", Answers: "499 is what proxies write when the browser went away before the answer", Signals: noTry,
		Status: journey.Values{"499"},
	},
}
