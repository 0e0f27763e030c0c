//go:build !unix

package worker

func maybeRunProcess() {}
