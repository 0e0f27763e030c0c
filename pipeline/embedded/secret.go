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
