package main

import (
	"crypto/tls"
	"net"
)

// Bytes of a message.
const message = 64

// Any port of this machine. The connections have TCP_NODELAY, which is Go's default.
func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	return listener
}

// A goroutine for each connection. Does not come back.
func serveEach(listener net.Listener, serve func(net.Conn)) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		go serve(connection)
	}
}

// Sends back what it reads, to the end; `work` is done before.
func echo(connection net.Conn, work func([]byte)) {
	defer connection.Close()
	buf := make([]byte, 1024)
	for {
		count, err := connection.Read(buf)
		if err != nil {
			return
		}
		work(buf[:count])
		if _, err := connection.Write(buf[:count]); err != nil {
			return
		}
	}
}

func serveEcho(listener net.Listener) {
	serveEach(listener, func(connection net.Conn) { echo(connection, func([]byte) {}) })
}

func echoed(int) figures {
	return served(listen(), serveEcho, "cpu", "middle", "slow")
}

// Connections that have said something once and then no more: what one takes.
func idle(connections int) figures {
	return resting(connections, listen(), serveEcho)
}

// The same over TLS.
func idleTLS(connections int) figures {
	return resting(connections, tls.NewListener(listen(), tlsConfig()), serveEcho)
}

// Some 20 us of computing for each message: a bare echo takes the server less than its client, which has the same processors.
func skewed(int) figures {
	serve := func(listener net.Listener) {
		serveEach(listener, func(connection net.Conn) { echo(connection, compute) })
	}
	return served(listen(), serve, "cpu", "per-second", "middle", "slow")
}

// A chain of multiplications, the same for all.
func compute(message []byte) {
	const steps = 10_000
	number := uint64(message[0])
	for range steps {
		number = number*6_364_136_223_846_793_005 + 1_442_695_040_888_963_407
	}
	if number == 0 {
		// It depends on all of them, and never is.
		panic("a chain that ends in nothing")
	}
}
