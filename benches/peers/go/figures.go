package main

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// What is told of a measurement.
type figures []figure

type figure struct {
	metric string
	value  float64
}

// So many events took that long together.
func each(events int, elapsed time.Duration) figures {
	return figures{{"time", nanos(elapsed, events)}}
}

func nanos(elapsed time.Duration, events int) float64 {
	return float64(elapsed.Nanoseconds()) / float64(events)
}

// What the process takes.
type usage struct {
	// Resident, and the page tables for it.
	bytes    float64
	mappings float64
}

func usageNow() usage {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		fail(err)
	}
	kib := field(status, "VmRSS:") + field(status, "VmPTE:")
	return usage{kib * 1024, float64(bytes.Count(maps, []byte("\n")))}
}

func field(status []byte, name string) float64 {
	for _, line := range bytes.Split(status, []byte("\n")) {
		if value, ok := bytes.CutPrefix(line, []byte(name)); ok {
			number, err := strconv.ParseFloat(string(bytes.Fields(value)[0]), 64)
			if err != nil {
				fail(err)
			}
			return number
		}
	}
	return 0
}

// What the process has had of the processors. Children are not counted.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		fail(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// What one in a hundred reaches.
func hundredth(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)*99/100]
}

// Microseconds.
func lateBy(start time.Time, pause time.Duration) float64 {
	return float64(max(time.Since(start)-pause, 0).Nanoseconds()) / 1000
}
