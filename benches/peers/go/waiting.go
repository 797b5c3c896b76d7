package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// Little beside the time for all.
const looksApart = 500 * time.Microsecond

// Many wait at a gate, a channel that is closed to open it: what they take, and how long it takes to have them there and to let
// them go.
func parked(many int) figures {
	gate := make(chan struct{})
	var there atomic.Int64
	var ends sync.WaitGroup
	before := usageNow()
	start := time.Now()
	for range many {
		ends.Add(1)
		go func() {
			there.Add(1)
			<-gate
			ends.Done()
		}()
	}
	for there.Load() < int64(many) {
		time.Sleep(looksApart)
	}
	spawned := time.Since(start)
	during := usageNow()
	start = time.Now()
	close(gate)
	ends.Wait()
	woken := time.Since(start)
	return figures{
		{"many", float64(many)},
		{"memory", (during.bytes - before.bytes) / float64(many)},
		{"mappings", (during.mappings - before.mappings) / float64(many)},
		{"spawn", nanos(spawned, many)},
		{"wake", nanos(woken, many)},
	}
}

// Many sleep for up to two seconds: what that takes, and how late they are.
func timers(many int) figures {
	late := make([]float64, many)
	var ends sync.WaitGroup
	before := cpuTime()
	for i := range many {
		ends.Add(1)
		go func() {
			pause, start := pauseOf(i), time.Now()
			time.Sleep(pause)
			late[i] = lateBy(start, pause)
			ends.Done()
		}()
	}
	ends.Wait()
	cpu := cpuTime() - before
	return figures{{"many", float64(many)}, {"cpu", nanos(cpu, many)}, {"late", hundredth(late)}}
}

// Up to two seconds, in a different order than they are started in.
func pauseOf(number int) time.Duration {
	return time.Duration(number*7919%2_000_000) * time.Microsecond
}
