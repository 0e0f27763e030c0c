package signals

// kinds is the catalogue. Weights are our choice until measured ones replace them.
var kinds = [NumKinds]About{
	RageClick: {
		Name: "rage_click", Means: "hammers one place in anger",
		Run:    "at least 4 clicks at one place, the first to the fourth within 1 s",
		Counts: "clicks", Weight: 0.35, Cap: 3,
	},
	DeadClick: {
		Name: "dead_click", Means: "clicks on something and nothing happens",
		Run:    "a click on something interactive to which nothing reacts within 2.5 s",
		Counts: "1", Weight: 0.15, Cap: 3,
	},
	ErrorClick: {
		Name: "error_click", Means: "clicks and gets an error",
		Run:    "a click, and an error or failed request at most 2 s after it",
		Counts: "1", Weight: 0.25, Cap: 3,
	},
	Retry: {
		Name: "retry", Means: "has to try again",
		Run:    "the same operation again at most 30 s after it failed, was slow or had no answer",
		Counts: "repeats", Weight: 0.20, Cap: 3,
	},
	QuickBack: {
		Name: "quick_back", Means: "opens a page and turns round at once",
		Run:    "to another page and back within 5 s",
		Counts: "times", Weight: 0.10, Cap: 3,
	},
	PageLoop: {
		Name: "page_loop", Means: "goes round in circles",
		Run:    "the same page entered at least 3 times within 15 s",
		Counts: "entries", Weight: 0.20, Cap: 2,
	},
	DropOff: {
		Name: "drop_off", Means: "gives up at a step",
		Run:    "a visit of a configured journey that ended `dropped`",
		Counts: "1", Weight: 0, Cap: 1, Session: true,
	},
	RageTap: {
		Name: "rage_tap", Means: "hammers one place on a touch screen",
		Run:    "at least 3 taps on one target within 1 s",
		Counts: "taps", Weight: 0.35, Cap: 3,
	},
	ThrashedCursor: {
		Name: "thrashed_cursor", Means: "shakes the pointer",
		Run:    "the pointer turns round at least 20 times on one axis within 2 s",
		Counts: "turns", Weight: 0.15, Cap: 2,
	},
	ExcessiveScroll: {
		Name: "excessive_scroll", Means: "searches up and down a page",
		Run:    "scrolling turns round at least 6 times within 10 s on one page, by 100 px or more each time",
		Counts: "turns", Weight: 0.10, Cap: 2,
	},
	ReloadLoop: {
		Name: "reload_loop", Means: "reloads a page that does not come right",
		Run:    "a page viewed again at least 3 times within 30 s while on it, with nothing done in between",
		Counts: "reloads", Weight: 0.20, Cap: 2,
	},
	RepeatedSubmit: {
		Name: "repeated_submit", Means: "sends the same form again",
		Run:    "the same form submitted again at most 5 s after it was, although it had not failed, and nothing put in since",
		Counts: "repeats", Weight: 0.20, Cap: 3,
	},
	ValidationLoop: {
		Name: "validation_loop", Means: "cannot get a form accepted",
		Run:    "the same form refused at least 2 times, each at most 2 m after the last",
		Counts: "refusals", Weight: 0.30, Cap: 2,
	},
	FormAbandonment: {
		Name: "form_abandonment", Means: "fills in a form and leaves it",
		Run:    "at least 2 fields of a page filled in, and the page left without a submit",
		Counts: "fields", Weight: 0.25, Cap: 1,
	},
	FieldReentry: {
		Name: "field_reentry", Means: "comes back to the same field",
		Run:    "the same field entered at least 3 times within 60 s, and left in between",
		Counts: "entries", Weight: 0.10, Cap: 2,
	},
	Hesitation: {
		Name: "hesitation", Means: "does not know what to put in a field",
		Run:    "a pause of at least 10 s in a field, nothing else done, before it is filled or left",
		Counts: "1", Weight: 0.05, Cap: 3,
	},
	RepeatedSearch: {
		Name: "repeated_search", Means: "does not find what they look for",
		Run:    "at least 3 searches, each at most 60 s after the last, no result opened in between",
		Counts: "searches", Weight: 0.15, Cap: 2,
	},
	SlowResponse: {
		Name: "slow_response", Means: "waits, and pokes at it",
		Run:    "a request of more than 3 s, and a click, tap or submit at least 1 s after it began and before its answer",
		Counts: "acts", Weight: 0.20, Cap: 3,
	},
	ErrorLeave: {
		Name: "error_leave", Means: "meets an error and leaves",
		Run:    "the session ends at most 10 s after an error, a crash or a status of 500 or more",
		Counts: "1", Weight: 0.40, Cap: 1,
	},
	ServerErrorChain: {
		Name: "server_error_chain", Means: "meets a server that is down",
		Run:    "at least 3 answers of 500 or more in a row, each at most 30 s after the last, of at least 2 operations",
		Counts: "failures", Weight: 0.35, Cap: 2,
	},
	Crash: {
		Name: "crash", Means: "sees the app crash",
		Run:    "a crash",
		Counts: "1", Weight: 0.60, Cap: 2,
	},
	CrashRestart: {
		Name: "crash_restart", Means: "has to start the app again",
		Run:    "the app started again at most 30 s after a crash",
		Counts: "1", Weight: 0.60, Cap: 2,
	},
	Hang: {
		Name: "hang", Means: "looks at an app that does not answer",
		Run:    "a hang of at least 2 s, or at least 5 shorter ones within 10 s",
		Counts: "hangs", Weight: 0.30, Cap: 3,
	},
	RequestStorm: {
		Name: "request_storm", Means: "has an app that repeats itself",
		Run:    "at least 20 requests of one operation within 5 s",
		Counts: "requests", Weight: 0.15, Cap: 1,
	},
	ErrorBounce: {
		Name: "error_bounce", Means: "sees one page and an error, and leaves",
		Run:    "a session of one page at most that ends at most 30 s after an error, a crash or a status of 500 or more",
		Counts: "1", Weight: 0, Cap: 1, Session: true,
	},
	BackTracking: {
		Name: "back_tracking", Means: "goes back in a journey",
		Run:    "a visit of a configured journey that ended `back`",
		Counts: "1", Weight: 0, Cap: 3, Session: true,
	},
	HelpSeeking: {
		Name: "help_seeking", Means: "asks for help in the middle of a journey",
		Run:    "support or help events on an open attempt of a configured journey, each at most 60 s after the last",
		Counts: "events", Weight: 0, Cap: 3, Session: true,
	},
	NegativeSurvey: {
		Name: "negative_survey", Means: "says so",
		Run:    "a survey answer at the unhappy end of its scale",
		Counts: "1", Weight: 0, Cap: 3, Session: true,
	},
}
