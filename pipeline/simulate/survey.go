package simulate

import (
	"strconv"
	"time"
)

// Words of the truth file for answers to a survey.
const (
	CauseNegativeSurvey = "negative_survey" // said in a survey how they feel
	InnocentPraise      = "good_survey"     // an answer of someone content
)

// answerSurvey is a person being asked, as they leave, how it was. Few answer;
// those who were hurt more often.
func answerSurvey(p *person) {
	if p.visits.hurt && p.random.Chance(.06) {
		p.addCause(Act{Cause: CauseNegativeSurvey}, p.now, p.now)
		rate(p, p.random.IntBetween(1, 2))
	} else if p.random.Chance(.012) {
		p.addInnocent(Act{Cause: InnocentPraise}, p.now)
		rate(p, p.random.IntBetween(4, 5))
	}
}

// rate answers a survey with stars.
func rate(p *person, stars int) {
	b := append(p.begin("survey", p.now), `,"name":"how_was_it","attrs":{"rating":`...)
	b = strconv.AppendInt(b, int64(stars), 10)
	p.end(append(b, `,"scale":5}`...), p.now, clickstream)
	p.pass(p.random.LogNormal(1500*time.Millisecond, .4))
}
