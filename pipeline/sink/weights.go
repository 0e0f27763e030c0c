package sink

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Weight is what signals of one kind weigh.
type Weight struct {
	Weight float64 // chance that one signal is enough to hurt, 0 to 1
	Cap    uint32  // signals beyond this number add nothing to a visit
}

// RegisterWeights writes down what a version of the weights means, so that the
// pain of a row can be computed again from its counts. A version that is there is
// written again with the same content. app is empty for weights of all apps.
//
// In SQL, with weights a map from kind to (weight, cap), pain in millionths is
//
//	1e6 * (1 - arrayFold((rest, kind, n) -> rest * pow(1 - weights[kind].1, least(n, weights[kind].2)),
//	    mapKeys(signals), mapValues(signals), 1.))
//
// and not arrayProduct, which gives 0 for a visit without signals.
func (s *Sink) RegisterWeights(ctx context.Context, app, version string, weights map[string]Weight) error {
	kinds := slices.Sorted(maps.Keys(weights))
	w, caps := make([]float64, len(kinds)), make([]uint32, len(kinds))
	for i, k := range kinds {
		w[i], caps[i] = weights[k].Weight, weights[k].Cap
	}
	// The replacing version counts down, so that the first registration stands.
	err := s.Exec(ctx, "INSERT INTO "+s.table("score_weights_log")+" (app, weights_version, kind, weight, cap, registered_at, version)"+
		" SELECT {app:String}, {version:String}, k, w, c, now64(3), 18446744073709551615 - toUInt64(toUnixTimestamp64Micro(now64(6)))"+
		" FROM (SELECT {kinds:Array(String)} AS ks, {weights:Array(Float64)} AS ws, {caps:Array(UInt32)} AS cs) ARRAY JOIN ks AS k, ws AS w, cs AS c",
		clickhouse.Named("app", app), clickhouse.Named("version", version),
		clickhouse.Named("kinds", kinds), clickhouse.Named("weights", w), clickhouse.Named("caps", caps))
	if err != nil {
		return fmt.Errorf("register weights %s: %w", version, err)
	}
	return nil
}
