package main

import (
	"runtime"
	"runtime/debug"
)

// version is set when the binary is built; see the Makefile.
var version = ""

type versionCommand struct{}

func (versionCommand) Help() string {
	return "Example:\n  friction version"
}

func (versionCommand) Run(w world) error {
	w.say("friction %s %s %s/%s", release(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// release is the version of this binary, or of the module it was installed from.
func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
