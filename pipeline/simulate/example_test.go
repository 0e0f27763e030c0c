package simulate_test

import (
	"fmt"
	"time"

	"friction/pipeline/simulate"
)

// The payment step breaks half an hour after the shop opens; the first person
// whom that hurts is shown.
func ExampleNew() {
	opening := time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)
	incident, err := simulate.ParseIncident("checkout/payment")
	if err != nil {
		fmt.Println(err)
		return
	}
	incident.First = opening.Add(30 * time.Minute)
	shown := false
	shop, err := simulate.New(simulate.Options{
		Seed: 1, Start: opening, Incidents: []simulate.Incident{incident},
		Truth: func(v simulate.Visit) {
			if !v.Incident || !v.Hurt() || shown {
				return
			}
			shown = true
			fmt.Println(v.User, v.Journey, v.Step, v.EnteredAt.Format(time.TimeOnly), v.LeftAt.Format(time.TimeOnly))
			for _, a := range v.Causes {
				fmt.Println(a.First.Format(time.TimeOnly), a.Cause, a.Target, a.Op, a.N)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range shop.Records(opening.Add(time.Hour)) {
	}
	// Output:
	// u0009971 checkout payment 09:29:48 09:30:17
	// 09:30:01 form_abandonment   3
	// 09:30:13 dead_click pay  0
	// 09:30:17 quick_back   1
}
