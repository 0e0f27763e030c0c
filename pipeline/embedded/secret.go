package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

const (
	// User is the name that goes with the token. The server does not look at it.
	User = "default"
	// PasswordEnv names the variable that holds a password to use instead of a token; with _FILE behind it, the variable
	// names a file that holds it.
	PasswordEnv = "FRICTION_CLICKHOUSE_PASSWORD"

	tokenFile = "token"
	// minPassword is the least length of a password that somebody chooses.
	minPassword = 12
)

// Token is what a client gives as the password of the ClickHouse in a data directory. The first start there makes it.
func Token(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err != nil {
		return "", fmt.Errorf("read the token of ClickHouse: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// makeToken returns the token of a data directory, and makes one when there is none.
func makeToken(dir string) (string, error) {
	token, err := Token(dir)
	if err == nil && token != "" {
		return token, os.Chmod(filepath.Join(dir, tokenFile), 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	token = rand.Text()
	if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the token of ClickHouse: %w", err)
	}
	return token, nil
}

// password is the one that was set in the environment, or "".
func password() (string, error) {
	text := environment(PasswordEnv)
	if name := environment(PasswordEnv + "_FILE"); name != "" {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("%s_FILE: %w", PasswordEnv, err)
		}
		text = strings.TrimRight(string(b), "\r\n")
	}
	if text != "" && len(text) < minPassword {
		return "", fmt.Errorf("%s: a password of fewer than %d characters can be guessed", PasswordEnv, minPassword)
	}
	return text, nil
}

// errNoPassword is why other machines are not served: the token is in a file that only this machine's user can read.
var errNoPassword = fmt.Errorf("an address beyond this machine needs a password: set %s, or %s_FILE to a file that holds one; or listen on 127.0.0.1", PasswordEnv, PasswordEnv)

// address is where a server answers, with what it asks for.
func address(host, password string) string {
	return (&url.URL{Scheme: "http", User: url.UserPassword(User, password), Host: host}).String()
}

// AskFunction is a function of a shell that asks the ClickHouse at an address whose token is in a data directory. The
// token goes over a pipe: everybody on a machine can read the arguments of every process. Without a token curl asks for
// the password.
func AskFunction(dir, addr string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	file := filepath.Join(dir, tokenFile)
	if _, err := os.Stat(file); err != nil {
		return fmt.Sprintf(`ask() { curl -sS -u %s 'http://%s/?default_format=PrettyCompact' --data-binary "$1"; }`, User, addr)
	}
	file = "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	return fmt.Sprintf(`ask() { printf 'user = "default:%%s"' "$(cat %s)" | curl -sS -K - 'http://%s/?default_format=PrettyCompact' --data-binary "$1"; }`, file, addr)
}
