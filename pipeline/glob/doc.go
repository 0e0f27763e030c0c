// Package glob matches texts such as the names of pages with patterns.
//
// Owns: what a pattern means: `*` stands for any characters but `/`, `**` for any at
// all. In: a pattern and a text. Out: whether they match.
// May not: know what the texts are.
package glob
