package oracle

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
		copiedError(),
		deadSwipe(),
		slowClick(),
		anyError(),
		failedRequest(),
	}
}

// usualSettings are the defaults of all signals.
func usualSettings() settings {
	usual := settings{}
	for _, sig := range signals() {
		usual[sig.name+".enabled"] = "true"
		for key, v := range sig.usual {
			usual[sig.name+"."+key] = v
		}
	}
	return usual
}
