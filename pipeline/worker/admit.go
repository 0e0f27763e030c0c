package worker

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/groupconfig"
)

// admitEvery is how often a worker that may not join the group looks whether it may by now.
const admitEvery = 5 * time.Second

// admit returns once the worker's configuration is the one in force in the group, and ClickHouse knows its run. Until then
// the worker is not ready and says why.
func (w *Worker) admit(ctx context.Context) error {
	said := ""
	for {
		c, err := w.member.Admit(ctx)
		refused, other := errors.AsType[*groupconfig.RefusedError](err)
		switch {
		case err == nil:
			w.tasks.refuse("")
			w.log.Info("configuration in force", zap.String("name", c.Name()), zap.String("run", c.Run))
			return w.clickhouse.register(ctx, w.o.Rules)
		case !other:
			return err
		}
		w.tasks.refuse(refused.Error())
		if said != refused.Error() {
			said = refused.Error()
			w.log.Warn("not a member of the group: it works by another configuration", zap.Error(refused))
		}
		look := time.NewTimer(admitEvery)
		select {
		case <-look.C:
		case <-ctx.Done():
			look.Stop()
			return ctx.Err()
		}
	}
}
