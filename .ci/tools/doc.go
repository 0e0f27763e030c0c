// Package tools checks the files of deploy/ with the libraries of the tools that will read them: Helm, Kubernetes,
// Prometheus Operator, BuildKit and Compose. It is a module of its own, so that none of them becomes part of the program.
package tools
