package detect

import (
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/event"
)

// rule finds a survey event whose answer is at the unhappy end of its scale.
func (c SurveyConfig) rule() rule {
	scales := c.Unhappy()
	return rule{
		kind: NegativeSurvey, subjects: typesOf(event.Survey),
		once: func(in *input) {
			for _, scale := range scales {
				if scale.unhappy(in.event) {
					x := in.begin(NegativeSurvey)
					x.Count = 1
					in.find(x)
					return
				}
			}
		},
		version: "negative_survey/1",
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
