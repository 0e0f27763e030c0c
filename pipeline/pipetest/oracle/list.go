package oracle

// signal is the second reading of one signal.
type signal struct {
	name  string
	usual values // defaults, as docs/semantics.md has them
	// The keys of the thresholds that an override's count, within and distance stand for.
	count, within, distance string
	// absorbedBy names the signals that count in its place where both have found the same event.
	absorbedBy []string
	awaitsRage bool // it is held back until it is known whether its click is part of a rage
	shares     bool // its first events count for one finding only, whatever rules there are
	// find reads one rule over one session; nil for signals that are made of visits.
	find func(*reading) []*finding
	// visit reports a visit of a configured journey that is a signal.
	visit func(*visit) bool
}

// signals are all there are. A new signal is a file beside this one, and a line here.
func signals() []*signal {
	return []*signal{
		rageClick(),
		rageTap(),
		deadClick(),
		errorClick(),
		thrashedCursor(),
		excessiveScroll(),
		quickBack(),
		pageLoop(),
		reloadLoop(),
		retry(),
		repeatedSubmit(),
		validationLoop(),
		formAbandonment(),
		fieldReentry(),
		hesitation(),
		repeatedSearch(),
		slowResponse(),
		errorLeave(),
		serverErrorChain(),
		crash(),
		crashRestart(),
		hang(),
		requestStorm(),
		errorBounce(),
		dropOff(),
		backTracking(),
		helpSeeking(),
		negativeSurvey(),
	}
}
