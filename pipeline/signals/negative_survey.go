package signals

import (
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// Rule finds a survey event whose answer is at the unhappy end of its scale.
func (c SurveyConfig) Rule() detect.Rule {
	scales := c.Unhappy()
	return detect.Rule{
		Triggers: detect.TypesOf(event.Survey),
		Once: func(in *detect.Input) {
			for _, scale := range scales {
				if scale.unhappy(in.Event) {
					x := in.Begin()
					x.Count = 1
					in.Find(x)
					return
				}
			}
		},
		Version: "negative_survey/1",
	}
}

func (c ScaleConfig) unhappy(e *event.Event) bool {
	text := e.Attr(c.Attr)
	if text == "" {
		return false
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return c.AtMost >= 0 && n <= c.AtMost
	}
	return slices.ContainsFunc(c.Words, func(word string) bool { return strings.EqualFold(word, text) })
}
