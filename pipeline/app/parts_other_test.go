//go:build !unix

package app

func maybeRunPart() {}
