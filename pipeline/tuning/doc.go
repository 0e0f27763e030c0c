// Package tuning decides which thresholds apply to which signals, and compiles them to a set of detectors.
//
// Owns: the section `signals` of the configuration, the presets that imitate other products, the overrides for some
// events, and the known false alarms. In: a [Config]. Out: a [detect.Set].
//
// May not: see events except to decide whether an entry of the configuration matches them, know how a signal is
// found.
package tuning
