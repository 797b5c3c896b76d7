package main

import (
	"runtime"
	"sync"
	"time"
)

// So many goroutines yield to each other, of which the main one is one.
func yields(goroutines, events int) time.Duration {
	turns := events / goroutines
	yield := func() {
		for range turns {
			runtime.Gosched()
		}
	}
	var others sync.WaitGroup
	others.Add(goroutines - 1)
	start := time.Now()
	for range goroutines - 1 {
		go func() {
			defer others.Done()
			yield()
		}()
	}
	yield()
	others.Wait()
	return time.Since(start)
}

// One is started and waited for, and then the next. Go has no handle to join: a WaitGroup and a variable are less than a channel.
func spawnJoin(events int) time.Duration {
	var end sync.WaitGroup
	var result int
	start := time.Now()
	for i := range events {
		end.Add(1)
		go func() {
			result = i
			end.Done()
		}()
		end.Wait()
		if result != i {
			panic("another result")
		}
	}
	return time.Since(start)
}

// All are started, and then waited for.
func spawnThenJoin(events int) time.Duration {
	var ends sync.WaitGroup
	start := time.Now()
	results := make([]int, events)
	for i := range events {
		ends.Add(1)
		go func() {
			results[i] = i
			ends.Done()
		}()
	}
	ends.Wait()
	return time.Since(start)
}

// The benchmark of that name: github.com/atemerev/skynet. Its result is known.
func skynet(leaves int) time.Duration {
	start := time.Now()
	if sum := branch(0, leaves); sum != leaves*(leaves-1)/2 {
		panic("another sum")
	}
	return time.Since(start)
}

func branch(number, size int) int {
	if size == 1 {
		return number
	}
	sums := make(chan int, 10)
	part := size / 10
	for i := range 10 {
		go func() { sums <- branch(number+i*part, part) }()
	}
	sum := 0
	for range 10 {
		sum += <-sums
	}
	return sum
}
