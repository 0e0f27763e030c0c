package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"friction/pipeline/config"
	"friction/pipeline/display"
	"friction/pipeline/embedded"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	embedded.MaybeRunChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	code := run(ctx, os.Args[1:], world{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()})
	stop()
	os.Exit(code)
}

// world is what a command may touch besides its flags.
type world struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
}

// answers is where a command writes what it was asked for.
func (w world) answers() *display.Terminal { return display.New(w.stdout) }

// say writes one line of an answer.
func (w world) say(format string, values ...any) { w.answers().Line(format, values...) }

// table writes a table, unless its rows were written as JSON.
func (w world) table(rows [][]string, written bool) error {
	out := w.answers()
	if !written {
		out.Table(rows)
	}
	return out.Err()
}

// json writes a value as one line.
func (w world) json(value any) error { return writeEncoded(w.answers(), value) }

// beside is where a command says what is not part of the answer.
func (w world) beside() *display.Terminal { return display.New(w.stderr) }

// note writes one line beside the answer.
func (w world) note(format string, values ...any) { w.beside().Line(format, values...) }

// explain writes the text of an error, which may have several lines.
func (w world) explain(text string) { w.beside().Text(text + "\n") }

// usageError is a mistake of the person who typed the command.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func misused(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errQuiet fails without a word: everything has been said.
var errQuiet = errors.New("")

// run is the program with its world given, and its exit code returned.
func run(ctx context.Context, args []string, w world) int {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	asked := false // for help
	parser, err := newParser(w, func(int) { asked = true })
	if err != nil {
		return report(w, "friction", err)
	}
	parsed, err := parser.Parse(args)
	switch {
	case asked:
		return exitOK
	case err != nil:
		return report(w, nameOf(err), usageError{err})
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return report(w, "friction "+commandOf(parsed), parsed.Run(w))
}

func newParser(w world, exit func(int)) (*kong.Kong, error) {
	return kong.New(&cli{},
		kong.Name("friction"),
		kong.Description("Measures where customers hurt, from what they do: clickstream and telemetry in, per-step friction scores out."),
		kong.Writers(w.stdout, w.stderr),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110, NoExpandSubcommands: true}),
	)
}

// report says what went wrong and returns the exit code for it.
func report(w world, name string, err error) int {
	wrongUse, wrongConfig := usageError{}, (*config.Error)(nil)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errQuiet):
		return exitFailed
	case errors.As(err, &wrongConfig):
		w.explain(wrongConfig.Error())
		return exitUsage
	case errors.As(err, &wrongUse):
		w.explain(fmt.Sprintf("%s: %v\nSee %s --help.", name, wrongUse, name))
		return exitUsage
	}
	w.explain(fmt.Sprintf("%s: %v", name, err))
	return exitFailed
}

// commandOf is the path of the chosen command without its arguments.
func commandOf(c *kong.Context) string {
	var words []string
	for _, p := range c.Path {
		if p.Command != nil {
			words = append(words, p.Command.Name)
		}
	}
	return strings.Join(words, " ")
}

// nameOf is the command a wrong command line was meant for, as far as it could be read.
func nameOf(err error) string {
	name := "friction"
	if e := (*kong.ParseError)(nil); errors.As(err, &e) && e.Context != nil {
		name = strings.TrimSpace(name + " " + commandOf(e.Context))
	}
	return name
}
