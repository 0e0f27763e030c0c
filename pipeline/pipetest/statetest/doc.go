// Package statetest checks that what is saved comes back: every field of a type, and nothing of bytes that are cut short.
//
// Owns: filling values with distinct contents, comparing them field by field.
// In: a type and its Save. Out: failures of tests, by the path of the field.
// May not: know what the fields mean, or be imported outside tests.
package statetest
