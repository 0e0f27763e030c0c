package signals

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var negativeSurveySignal = detect.Declaration{
	Name: "negative_survey", Revision: 1,
	Summary: "a survey answered at the unhappy end of its scale",
	Means:   "says so",
	One:     "a survey answer at the unhappy end of its scale",
	Source: "Detractors of the net promoter score are 0 to 6 of 10, as its authors have it; of five stars and of " +
		"satisfaction the two lowest, of effort up to 3, and words such as \"no\" and \"bad\": our choice.",
	Cap: 3, SessionOnly: true, Where: detect.ByPage,
	Thresholds: SurveyThresholds{Enabled: true},
	Needs: []detect.Need{
		needs("an answer to a survey", `{"type": "survey", "attrs": {"rating": 2}}; names of attributes and scales: signals.negative_survey.scales`, detect.TypesOf(event.Survey)),
	},
	Rule: detect.RuleOf(SurveyThresholds.rule),
}

// SurveyThresholds says which answers are unhappy.
type SurveyThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Scales are the attributes that answers are in; any of them decides. Empty is nps up to 6, csat, rating, score and stars up to 2, ces up to 3, and words such as no and bad in answer and sentiment.
	Scales []Scale `yaml:"scales"`
}

// Scale is one attribute that an answer may be in.
type Scale struct {
	// Attr is the name of the attribute.
	Attr string `yaml:"attr"`
	// AtMost is the highest number that is unhappy; below 0 numbers say nothing.
	AtMost float64 `yaml:"at_most"`
	// Words are the answers that are unhappy.
	Words []string `yaml:"words"`
}

// Unhappy are the scales in force: detractors of the net promoter score are 0 to 6
// of 10; of five stars, and of a satisfaction from 1 to 5, the two lowest count.
func (c SurveyThresholds) Unhappy() []Scale {
	if len(c.Scales) > 0 {
		return c.Scales
	}
	return []Scale{
		{Attr: "nps", AtMost: 6},
		{Attr: "csat", AtMost: 2},
		{Attr: "rating", AtMost: 2},
		{Attr: "score", AtMost: 2},
		{Attr: "stars", AtMost: 2},
		{Attr: "ces", AtMost: 3},
		{Attr: "answer", AtMost: -1, Words: []string{"no", "bad", "negative", "unhappy", "dissatisfied", "thumbs_down"}},
		{Attr: "sentiment", AtMost: -1, Words: []string{"bad", "negative", "unhappy"}},
	}
}

// Validate names the key and the value it cannot work with.
func (c *SurveyThresholds) Validate() error {
	for i, s := range c.Scales {
		if s.Attr == "" {
			return fmt.Errorf("scales[%d].attr: missing", i)
		}
	}
	return nil
}

// rule finds a survey event whose answer is at the unhappy end of its scale.
func (c SurveyThresholds) rule() detect.Rule {
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
	}
}

func (c Scale) unhappy(e *event.Event) bool {
	text := e.Attr(c.Attr)
	if text == "" {
		return false
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return c.AtMost >= 0 && n <= c.AtMost
	}
	return slices.ContainsFunc(c.Words, func(word string) bool { return strings.EqualFold(word, text) })
}
