package waiting

import (
	"time"

	"go.uber.org/zap"
)

// saidAgain is how often a program that runs on says again that a server does not answer.
const saidAgain = time.Minute

// Forever waits for servers as long as the program runs, and says so in its log when it lasts. What passes within
// seconds, such as a coordinator that a new group does not have yet, is not worth a line.
func Forever(log *zap.Logger) Patience {
	return Patience{Again: saidAgain, Say: func(n Notice) {
		if n.Over {
			log.Info("it answers again", zap.String("server", n.Server))
			return
		}
		log.Warn("waiting for a server, trying again until it answers", zap.String("server", n.Server), zap.String("what", n.Asked),
			zap.Duration("for", n.For.Round(time.Second)), zap.Error(n.Cause))
	}}
}
