package oracle

import (
	"strconv"
	"strings"

	"friction/pipeline/event"
)

func negativeSurvey() *signal {
	return &signal{
		name: "negative_survey",
		find: func(r *reading) (found []*finding) {
			for _, h := range r.s.seen {
				if h.e.Type == event.Survey && r.mine(h) && r.lists.unhappy(h.e) {
					found = append(found, r.s.alone(r.sig.name, h))
				}
			}
			return found
		},
	}
}

// usualScales are in force where none are configured. Detractors of the net
// promoter score are 0 to 6 of 10; of five stars the two lowest count.
var usualScales = []scale{
	{Attr: "nps", AtMost: 6},
	{Attr: "csat", AtMost: 2},
	{Attr: "rating", AtMost: 2},
	{Attr: "score", AtMost: 2},
	{Attr: "stars", AtMost: 2},
	{Attr: "ces", AtMost: 3},
	{Attr: "answer", AtMost: -1, Words: []string{"no", "bad", "negative", "unhappy", "dissatisfied", "thumbs_down"}},
	{Attr: "sentiment", AtMost: -1, Words: []string{"bad", "negative", "unhappy"}},
}

// unhappy reads an answer.
func (l *lists) unhappy(e *event.Event) bool {
	scales := l.NegativeSurvey.Scales
	if len(scales) == 0 {
		scales = usualScales
	}
	for _, scale := range scales {
		text := e.Attr(scale.Attr)
		if text == "" {
			continue
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			if scale.AtMost >= 0 && n <= scale.AtMost {
				return true
			}
			continue
		}
		for _, w := range scale.Words {
			if strings.EqualFold(w, text) {
				return true
			}
		}
	}
	return false
}
