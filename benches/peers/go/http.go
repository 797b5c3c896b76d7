package main

import (
	"io"
	"net"
	"net/http"
)

// By `net/http`, which is what a Go user names. It does more than the loop that the other libraries are given: it reads the
// head into a map, writes a date, watches the connection while it answers, and knows HTTP/2 and timeouts.
func serveHTTP(listener net.Listener) {
	answer := func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "text/plain")
		io.WriteString(answer, "Hello, World!")
	}
	fail(http.Serve(listener, http.HandlerFunc(answer)))
}
