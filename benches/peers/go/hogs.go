package main

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// How long each keeps its worker.
const hogsFor = 2 * time.Second

// A hundred sleepers of a millisecond, and some goroutines that are started, beside a few that keep their worker.
func hogs(many int, keep func(time.Duration)) figures {
	const pause = time.Millisecond
	var isOver atomic.Bool
	var ends sync.WaitGroup
	late := make([][]float64, 100)
	for i := range late {
		ends.Add(1)
		go func() {
			defer ends.Done()
			for !isOver.Load() {
				start := time.Now()
				time.Sleep(pause)
				late[i] = append(late[i], lateBy(start, pause))
			}
		}()
	}
	time.Sleep(50 * pause)
	started := make(chan []float64)
	go func() { started <- starts() }()
	var hogs sync.WaitGroup
	for range many {
		hogs.Add(1)
		go func() {
			defer hogs.Done()
			keep(hogsFor)
		}()
	}
	hogs.Wait()
	isOver.Store(true)
	ends.Wait()
	var all []float64
	for _, some := range late {
		all = append(all, some...)
	}
	return figures{{"late", hundredth(all)}, {"start", hundredth(<-started)}}
}

// Starts one every millisecond: the times until they have begun. The other libraries have a thread of their own for that, which is
// nobody's victim. In Go there is none outside the scheduler, and whoever starts them is late like everybody else: so the time
// counts from when one was due, as if a thread had asked then.
func starts() []float64 {
	const apart = time.Millisecond
	many := int(hogsFor / apart)
	begun := make(chan float64, many)
	begin := time.Now()
	for i := range many {
		due := begin.Add(time.Duration(i) * apart)
		time.Sleep(time.Until(due))
		go func() { begun <- lateBy(due, 0) }()
	}
	late := make([]float64, many)
	for i := range late {
		late[i] = <-begun
	}
	return late
}

// Computes so long.
func spin(pause time.Duration) {
	for begin := time.Now(); time.Since(begin) < pause; {
	}
}

// A call that blocks its thread so long, which `time.Sleep` does not do. Signals, with which Go interrupts what computes, end it.
func block(pause time.Duration) {
	left := syscall.NsecToTimespec(pause.Nanoseconds())
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}
