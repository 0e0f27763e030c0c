package embedded

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
)

// usersXML is what the user of the engine may do.
//
//go:embed users.xml
var usersXML []byte

// serverXML is the configuration of the engine, with the places of users.xml and of an empty directory.
const serverXML = `<clickhouse>
  <users_config>%[1]s</users_config>
  <access_control_improvements>
    <table_engines_require_grant>true</table_engines_require_grant>
    <enable_read_write_grants>true</enable_read_write_grants>
  </access_control_improvements>
  <user_files_path>%[2]s</user_files_path>
  <user_scripts_path>%[2]s</user_scripts_path>
  <format_schema_path>%[2]s</format_schema_path>
</clickhouse>
`

// writeRights writes the configuration of the engine below the data directory, and returns its file. It is written at
// every start: what stands there is what this version of the program means.
func writeRights(dir string) (string, error) {
	dir = filepath.Join(dir, "config")
	empty, users, server := filepath.Join(dir, "empty"), filepath.Join(dir, "users.xml"), filepath.Join(dir, "server.xml")
	if err := os.MkdirAll(empty, 0o700); err != nil {
		return "", fmt.Errorf("make the directory of the engine's configuration: %w", err)
	}
	for name, text := range map[string][]byte{users: usersXML, server: fmt.Appendf(nil, serverXML, escapedXML(users), escapedXML(empty))} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return "", fmt.Errorf("write the engine's configuration: %w", err)
		}
	}
	return server, nil
}

func escapedXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
