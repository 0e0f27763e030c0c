package testcluster

import (
	"fmt"
	"time"
)

// Minutes writes panes of two steps of a checkout, cart and payment, ten visits a minute each, 4 of them on iOS and 6 on
// Android, and says that all is complete up to their end, which it returns. Hurt is how many of payment's visits are
// hurt, as SQL over number, two a minute. They are of run g/1 of group g.
func (d *Database) Minutes(from time.Time, minutes int, hurt string) (until time.Time) {
	d.t.Helper()
	d.Ask("INSERT INTO db.runs_log (`group`, run, promoted_at, version) SELECT 'g', 'g/1', now64(6), 1 WHERE (SELECT count() FROM db.runs_log) = 0")
	for _, of := range []struct{ dimension, value, visits, share string }{
		{"", "", "10", "1"}, {"os", "iOS", "4", "0.4"}, {"os", "Android", "6", "0.6"},
	} {
		d.Ask(fmt.Sprintf(`INSERT INTO db.step_panes_log (run, app, journey, dimension, pane_start, step, value, task, step_index, pane_size_ms,
				visits, affected, pain_sum, pain_sq_sum, advanced, weights_version, version)
			SELECT 'g/1', 'shop', 'checkout', '%s', fromUnixTimestamp64Milli(%d + intDiv(number, 2) * 60000, 'UTC'), number %% 2 = 0 ? 'cart' : 'payment', '%s', 0,
				number %% 2, 60000, %s, toUInt64(ceil(if(number %% 2 = 0, 0, %s) * %s)) AS hurt, hurt * 400000, hurt * 160000, %s, 'w', 1
			FROM numbers(%d)`, of.dimension, from.UnixMilli(), of.value, of.visits, hurt, of.share, of.visits, 2*minutes))
	}
	until = from.Add(time.Duration(minutes) * time.Minute)
	d.Ask(fmt.Sprintf(`INSERT INTO db.progress_log (run, task, `+"`group`"+`, tasks, watermark, rows_until, settle_ms, wall_clock, version)
		SELECT 'g/1', 0, 'g', 1, fromUnixTimestamp64Milli(%[1]d, 'UTC'), fromUnixTimestamp64Milli(%[1]d, 'UTC'), 1860000, now64(3), %[1]d`, until.UnixMilli()))
	return until
}
