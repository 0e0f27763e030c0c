// Package tuning decides which thresholds of which signals are in force, and
// compiles them to a set of detectors.
//
// Owns: the section `signals` of the configuration, the presets that imitate other
// products, the overrides that hold in some places, and the known false alarms. In: a
// [Config]. Out: a [detect.Set].
//
// May not: see events other than to decide whether an entry of the configuration
// holds for them, know how a signal is found.
package tuning
