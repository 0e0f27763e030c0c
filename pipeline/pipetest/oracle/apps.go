package oracle

import "slices"

// known is an app that has a place: sessions of it are counted under its name.
type known struct {
	name  string
	open  int // sessions
	since int // how many sessions had closed when its last one did
}

// nameOf is the app under which a session is counted that opens now. Where there are too many apps, the one that has been
// without a session for longest makes room; else it is `other`.
func (o *oracle) nameOf(app string) string {
	at := slices.IndexFunc(o.apps, func(k *known) bool { return k.name == app })
	if at < 0 {
		if len(o.apps) >= o.limits.MaxApps && !o.dropApp() || app == "other" {
			return "other"
		}
		o.apps = append(o.apps, &known{name: app})
		at = len(o.apps) - 1
	}
	o.apps[at].open++
	return app
}

func (o *oracle) dropApp() bool {
	at := -1
	for i, k := range o.apps {
		if k.open == 0 && !o.isNamed(k.name) && (at < 0 || k.since < o.apps[at].since) {
			at = i
		}
	}
	if at < 0 {
		return false
	}
	o.apps = slices.Delete(o.apps, at, at+1)
	return true
}

// nameApps gives the apps that the configuration names their places.
func (o *oracle) nameApps() {
	for _, x := range o.lists.Overrides {
		if x.match == nil {
			continue
		}
		for _, app := range x.match.App {
			if !slices.ContainsFunc(o.apps, func(k *known) bool { return k.name == app }) {
				o.apps = append(o.apps, &known{name: app})
			}
		}
	}
}

// isNamed says that the configuration names an app.
func (o *oracle) isNamed(app string) bool {
	for _, x := range o.lists.Overrides {
		if x.match != nil && slices.Contains(x.match.App, app) {
			return true
		}
	}
	return false
}

// appClosed notes that a session has ended.
func (o *oracle) appClosed(name string) {
	o.ended++
	for _, k := range o.apps {
		if k.name == name {
			k.open--
			k.since = o.ended
		}
	}
}
