package main

import (
	"io"
	"net"
)

// Of each channel.
const places = 16

// What the one that knows all is told: who has joined, or what somebody has said.
type event struct {
	joined chan<- []byte
	said   []byte
}

// A chat: one goroutine knows all who have joined, and each of these has one that reads and one that writes. Nobody leaves
// before all is over.
func serveFanOut(listener net.Listener) {
	events := make(chan event, places)
	go tellAll(events)
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		hears := make(chan []byte, places)
		go writeAll(connection, hears)
		events <- event{joined: hears}
		go readAll(connection, events)
	}
}

func tellAll(events <-chan event) {
	var all []chan<- []byte
	for event := range events {
		if event.joined != nil {
			event.joined <- make([]byte, message)
			all = append(all, event.joined)
		}
		if event.said != nil {
			for _, hears := range all {
				hears <- event.said
			}
		}
	}
}

func writeAll(connection net.Conn, heard <-chan []byte) {
	for said := range heard {
		if _, err := connection.Write(said); err != nil {
			// It is read no more, and nobody is to wait for that.
			for range heard {
			}
		}
	}
}

func readAll(connection net.Conn, events chan<- event) {
	for {
		said := make([]byte, message)
		if _, err := io.ReadFull(connection, said); err != nil {
			return
		}
		events <- event{said: said}
	}
}
