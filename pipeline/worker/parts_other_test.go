//go:build !unix

package worker

func maybeRunPart() {}
