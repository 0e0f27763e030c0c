package embedded

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen takes the address, and says in words what to do when it is taken.
func listen(addr, flag string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("address %q is not host:port: %w", addr, err)
	}
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("address %s is in use by another program: stop it, or choose another with %s (port 0 picks a free one): %w", addr, flag, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener, nil
}
