package source_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"friction/pipeline/source"
)

func ExampleFiles() {
	files, err := source.OpenFiles([]string{"-"}, source.FilesOptions{
		MaxBytes: 20,
		Stdin:    strings.NewReader("{\"type\":\"click\"}\n" + strings.Repeat("x", 50) + "\n{}"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = files.Close() }()
	for {
		rec, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s (%d bytes)\n", files.Place(), rec.Value, rec.Bytes())
	}
	// Output:
	// standard input:1: {"type":"click"} (16 bytes)
	// standard input:2:  (50 bytes)
	// standard input:3: {} (2 bytes)
}
