package kafkawire

import (
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go/compress"
)

// Codec is the code of a compression in the protocol; 0 is none.
type Codec int16

// CodecOf returns the codec of a name: none, gzip, snappy, lz4 or zstd.
func CodecOf(name string) (Codec, error) {
	switch name {
	case "none", "":
		return 0, nil
	case "gzip":
		return Codec(compress.Gzip), nil
	case "snappy":
		return Codec(compress.Snappy), nil
	case "lz4":
		return Codec(compress.Lz4), nil
	case "zstd":
		return Codec(compress.Zstd), nil
	}
	return 0, fmt.Errorf("%q is none of none, gzip, snappy, lz4, zstd", name)
}

// errTooLarge says that decompressing takes more memory than is allowed.
var errTooLarge = errors.New("more than fits")
