package oracle

import (
	"slices"
	"strings"
	"time"

	"friction/pipeline/event"
)

// What several false alarms keep out.
var (
	rageSignals  = []string{"rage_click", "rage_tap"}
	deadSignal   = []string{"dead_click"}
	errorSignals = []string{"error_click", "error_leave", "error_bounce", "copied_error", "error"}
	clickSignals = []string{"rage_click", "rage_tap", "dead_click"}
)

// falseAlarms are the built-in ones, as docs/signals.md has them.
var falseAlarms = []suppressed{
	{
		Name: "steppers", Signals: rageSignals,
		Text: []string{"+", "-", "−", "–", "＋", "▲", "▼", "increase", "decrease"}, Role: []string{"spinbutton", "slider"},
		InputType: []string{"number", "range"}, Class: []string{"stepper", "spinner", "quantity", "qty", "increment", "decrement"},
	},
	{
		Name: "paging", Signals: rageSignals,
		Text:  []string{"next", "previous", "prev", ">", "<", ">>", "<<", "›", "‹", "»", "«", "→", "←", "load more", "show more"},
		Class: []string{"pagination", "pager", "paginator", "page-link", "page-item"},
	},
	{
		Name: "carousels", Signals: rageSignals,
		Class: []string{"carousel", "slick", "swiper", "splide", "glide", "flickity", "slider", "gallery", "lightbox"},
	},
	{
		Name: "calendars", Signals: rageSignals,
		Role: []string{"gridcell"}, InputType: []string{"date", "datetime-local", "month", "week", "time"},
		Class: []string{"datepicker", "date-picker", "calendar", "flatpickr", "react-datepicker", "DayPicker", "rdp", "ui-datepicker", "MuiPickersDay"},
		Text:  []string{"next month", "previous month", "next year", "previous year"},
	},
	{
		Name: "players", Signals: clickSignals,
		Tag: []string{"video", "audio"}, Class: []string{"vjs", "plyr", "jw", "jwplayer", "player", "video-js", "ytp", "volume"},
		Text: []string{"play", "pause", "mute", "unmute", "volume up", "volume down", "+10", "-10", "skip", "skip forward", "skip back"},
		ID:   []string{"*player*", "*video*", "*audio*"},
	},
	{
		Name: "games_and_canvas", Signals: []string{"thrashed_cursor", "rage_click", "rage_tap", "dead_click"},
		Tag: []string{"canvas"}, Class: []string{"game", "canvas", "unity", "phaser", "whiteboard", "sketch"},
	},
	{
		Name: "toggles", Signals: rageSignals,
		Role: []string{"switch", "checkbox", "radio"}, InputType: []string{"checkbox", "radio", "color"}, Class: []string{"toggle", "switch"},
	},
	{
		Name: "double_click_zoom", Signals: clickSignals,
		Class: []string{"map", "leaflet", "mapboxgl", "maplibregl", "gm-style", "ol", "zoom", "zoomable", "cesium"},
		Text:  []string{"zoom in", "zoom out"},
	},
	{
		Name: "text_selection", Signals: rageSignals,
		After: []string{"selection"}, InputType: []string{"text", "email", "search", "password", "tel", "url"},
		Tag: []string{"textarea"}, Role: []string{"textbox", "searchbox"},
	},
	{
		Name: "window_wake_up", Signals: clickSignals,
		After: []string{"visibility"}, For: "1s",
	},
	{
		Name: "modal_outside_click", Signals: deadSignal,
		Class: []string{"modal-backdrop", "backdrop", "overlay", "MuiBackdrop", "ReactModal__Overlay"}, Role: []string{"dialog", "presentation"},
	},
	{
		Name: "copy", Signals: deadSignal,
		Text: []string{"copy", "copy link", "copy code", "copied", "copied!"}, Class: []string{"copy", "clipboard", "btn-clipboard"},
	},
	{
		Name: "downloads", Signals: deadSignal,
		Text: []string{"download", "export", "save as", "print", "download pdf", "export csv"}, Class: []string{"download", "export", "print"},
	},
	{
		Name: "new_tabs", Signals: deadSignal,
		Class: []string{"external", "external-link", "share"}, Text: []string{"share", "open in new tab"}, Selector: []string{"**[target=_blank]**", `**[target="_blank"]**`},
	},
	{
		Name: "mail_and_phone_links", Signals: deadSignal,
		Href: []string{"mailto:**", "tel:**", "sms:**", "callto:**", "whatsapp:**"},
	},
	{
		Name: "file_pickers", Signals: deadSignal,
		InputType: []string{"file"}, Class: []string{"upload", "file-picker", "dropzone", "filepond"},
		Text: []string{"browse", "choose file", "upload", "attach", "attach file", "select file", "add photo"},
	},
	{
		Name: "browser_noise", Signals: errorSignals,
		Error: []string{"ResizeObserver loop**", "Script error", "Script error."},
	},
	{
		Name: "cancelled_requests", Signals: append([]string{"retry", "failed_request"}, errorSignals...),
		Error: []string{
			"AbortError", "AbortError:**", "CanceledError", "CanceledError:**", "ERR_CANCELED", "NS_BINDING_ABORTED", "canceled", "cancelled",
			"The user aborted a request**", "The operation was aborted**", "signal is aborted without reason**", "**request was aborted**",
		},
	},
	{
		Name: "client_closed", Signals: append([]string{"retry", "failed_request"}, errorSignals...),
		Status: []string{"499"},
	},
}

// knownFor is a built-in false alarm, for some signals only.
func knownFor(name string, signals []string) suppressed {
	x := falseAlarms[slices.IndexFunc(falseAlarms, func(x suppressed) bool { return x.Name == name })]
	x.Signals = signals
	return x
}

// after is how long after an event what is clicked is left out, 0 when the event
// makes clicks before it forgotten.
func (x *suppressed) after() event.Millis {
	d, err := time.ParseDuration(x.For)
	if err != nil {
		return 0 // not set
	}
	return ms(d)
}

// leftOut reports that the i-th event that detectors see is a known false alarm
// of a signal.
func (o *oracle) leftOut(s *history, signal string, i int) bool {
	h := s.seen[i]
	for k := range o.lists.Suppress {
		x := &o.lists.Suppress[k]
		if !slices.Contains(x.Signals, signal) {
			continue
		}
		if x.after() > 0 {
			for _, last := range slices.Backward(s.seen[:i]) {
				if slices.Contains(x.After, last.e.Type.String()) {
					if d := apart(last, h); d >= 0 && d <= x.after() {
						return true
					}
					break
				}
			}
		}
		if h.e.Target != nil && x.fits(h.e.Target) {
			return true
		}
	}
	return false
}

// forgets reports an event that makes the clicks of a signal before it forgotten,
// but for those of a run that has begun.
func (o *oracle) forgets(signal string, e *event.Event) bool {
	return slices.ContainsFunc(o.lists.Suppress, func(x suppressed) bool {
		return x.after() == 0 && slices.Contains(x.Signals, signal) && slices.Contains(x.After, e.Type.String())
	})
}

// fits reports that a target looks like the false alarm.
func (x *suppressed) fits(t *event.Target) bool {
	for _, text := range x.Text {
		if strings.EqualFold(strings.TrimSpace(t.Text), strings.TrimSpace(text)) && t.Text != "" {
			return true
		}
	}
	for _, class := range t.Classes {
		for _, word := range x.Class {
			if class == word || strings.HasPrefix(class, word+"-") || strings.HasPrefix(class, word+"_") {
				return true
			}
		}
	}
	one := func(value string, of []string) bool { return value != "" && slices.Contains(of, value) }
	if one(t.Role, x.Role) || one(t.Tag, x.Tag) || one(t.InputType, x.InputType) {
		return true
	}
	glob := func(value string, patterns []string) bool {
		return value != "" && slices.ContainsFunc(patterns, func(p string) bool { return globs(p, value) })
	}
	return glob(t.ID, x.ID) || glob(t.Selector, x.Selector) || glob(t.Href, x.Href)
}
