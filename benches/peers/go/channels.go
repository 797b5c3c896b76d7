package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// A message there and back over two channels without a place.
func pingPong(events int) time.Duration {
	pings, pongs := make(chan int), make(chan int)
	go func() {
		for ping := range pings {
			pongs <- ping
		}
	}()
	start := time.Now()
	for i := range events {
		pings <- i
		<-pongs
	}
	elapsed := time.Since(start)
	close(pings)
	return elapsed
}

// Four senders, and so many receivers, with 1024 places between them.
func crowd(receivers, events int) time.Duration {
	const senders = 4
	messages := make(chan int, 1024)
	var sent, ends sync.WaitGroup
	var received atomic.Int64
	start := time.Now()
	for range receivers {
		ends.Add(1)
		go func() {
			defer ends.Done()
			many := 0
			for range messages {
				many++
			}
			received.Add(int64(many))
		}()
	}
	for range senders {
		sent.Add(1)
		go func() {
			defer sent.Done()
			for i := range events / senders {
				messages <- i
			}
		}()
	}
	sent.Wait()
	close(messages)
	ends.Wait()
	elapsed := time.Since(start)
	if received.Load() != int64(events) {
		panic("messages are lost")
	}
	return elapsed
}

// So many goroutines want one mutex.
func contenders(many, events int) time.Duration {
	var mutex sync.Mutex
	var ends sync.WaitGroup
	number := 0
	start := time.Now()
	for range many {
		ends.Add(1)
		go func() {
			defer ends.Done()
			for range events / many {
				mutex.Lock()
				number++
				mutex.Unlock()
			}
		}()
	}
	ends.Wait()
	elapsed := time.Since(start)
	if number != events {
		panic("another number")
	}
	return elapsed
}

// A message to one of four channels, and a select that finds it.
func selects(events int) time.Duration {
	var channels [4]chan int
	for i := range channels {
		channels[i] = make(chan int, 1)
	}
	a, b, c, d := channels[0], channels[1], channels[2], channels[3]
	start := time.Now()
	for i := range events {
		channels[i%4] <- i
		var value int
		select {
		case value = <-a:
		case value = <-b:
		case value = <-c:
		case value = <-d:
		}
		if value != i {
			panic("another message")
		}
	}
	return time.Since(start)
}
