package front

import (
	"bytes"
	"errors"
	"io"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// maxRevision is the newest protocol revision that lib/proto writes.
const maxRevision = proto.DBMS_TCP_PROTOCOL_VERSION

// nativeBlocks re-writes the engine's Native output, which is revision 0, for clients that asked for a newer revision:
// those expect block information and a flag per column.
type nativeBlocks struct {
	revision uint64
	out      chproto.Buffer
}

// convert passes each block of data, re-encoded, to sink. The bytes are valid only inside sink.
func (n *nativeBlocks) convert(data []byte, sink func([]byte) error) error {
	reader := chproto.NewReader(bytes.NewReader(data))
	for {
		block := proto.NewBlock()
		if err := block.Decode(reader, 0); err != nil {
			if errors.Is(err, io.EOF) && len(block.Columns) == 0 {
				return nil
			}
			return newEngineError(codeUnsupported, "NOT_IMPLEMENTED", "The result cannot be sent in Native format: %s", err)
		}
		n.out.Reset()
		if err := block.Encode(&n.out, n.revision); err != nil {
			return newEngineError(codeUnsupported, "NOT_IMPLEMENTED", "The result cannot be sent in Native format: %s", err)
		}
		if err := sink(n.out.Buf); err != nil {
			return err
		}
	}
}
