// Package target decides which targets a rule is about: what was clicked, as data.
//
// Owns: [Targets], and reading the path of elements in a selector. In: an [event.Target]. Out: whether it is taken.
//
// May not: know signals, or anything of an event but its target.
package target
