package loadgen_test

import (
	"fmt"

	"friction/pipeline/loadgen"
)

func ExampleNew() {
	load, err := loadgen.New(loadgen.Options{Seed: 1, Events: 10_000, Users: 500})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range load.Records() {
	}
	fmt.Printf("%+v\n", load.Counts())
	// Output:
	// {Events:10000 Clickstream:7013 Telemetry:2987 Disordered:517 Users:162 Sessions:275 RageClicks:22}
}
